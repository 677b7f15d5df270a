"""Which stacks to plan: those whose digest moved."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent_studio.delivery.files import read_json_if_any
from agent_studio.delivery.layout import Layout
from agent_studio.delivery.synthesized import SynthesizedStack, read_stacks
from agent_studio.estate.errors import ExitCode, StudioError

_SOURCES = ("constructs", "stacks", "policies", "runtime_images")
"""The source roots of the kit, for a revision that is the kit's own repository."""

_SYNTH_TIMEOUT = 900
"""Seconds that the synthesis of another revision may take."""


def digests_applied(layout: Layout) -> dict[str, str]:
    """The digest of each stack that was last applied from this state folder."""
    found: dict[str, str] = {}
    for path in sorted((layout.root / "apply").glob("*.json")):
        record = read_json_if_any(path)
        if record and record.get("status") in ("applied", "unchanged"):
            found[path.stem] = str(record.get("digest"))
    return found


def digests_at(revision: str, estate_file: Path) -> dict[str, str]:
    """Synthesize the estate as a git revision has it, with that revision's own code.

    Args:
        revision: anything that `git rev-parse` takes.
        estate_file: the estate's file; its place in the repository is looked up at the revision.

    Returns:
        Stack name -> digest at the revision; empty when the revision has no such estate file.

    Raises:
        StudioError: no such revision, no git repository, or that revision cannot be synthesized.
    """
    top = Path(_git(estate_file.resolve().parent, "rev-parse", "--show-toplevel"))
    relative = estate_file.resolve().relative_to(top)
    # `--end-of-options` keeps a revision that starts with a dash from being an option.
    commit = _git(top, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    with tempfile.TemporaryDirectory(prefix="studio-revision-") as scratch:
        tree = Path(scratch) / "tree"
        _git(top, "worktree", "add", "--detach", "--quiet", str(tree), commit)
        try:
            if not (tree / relative).is_file():
                return {}
            return _synthesize(tree, relative, Path(scratch) / "state", revision)
        finally:
            _git(top, "worktree", "remove", "--force", str(tree))


def moved(
    stacks: Sequence[SynthesizedStack], before: Mapping[str, str]
) -> tuple[SynthesizedStack, ...]:
    """Keep the stacks whose digest is not the one that they had before."""
    return tuple(stack for stack in stacks if before.get(stack.name) != stack.digest)


def _synthesize(tree: Path, relative: Path, state: Path, revision: str) -> dict[str, str]:
    roots = [str(tree / source) for source in _SOURCES if (tree / source).is_dir()]
    inherited = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from agent_studio.cli.main import main; main()",
            "--estate",
            str(tree / relative),
            "--state-dir",
            str(state),
            "synth",
        ],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*roots, *inherited])},
        capture_output=True,
        check=False,
        text=True,
        timeout=_SYNTH_TIMEOUT,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise StudioError(
            f"{revision} cannot be synthesized",
            found=" ".join(done.stderr.split())[-400:],
            fix="name a revision whose estate is valid, or plan with --all",
        )
    return {stack.name: stack.digest for stack in read_stacks(Layout(state))}


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False, text=True
        )
    except OSError as error:
        raise StudioError("git cannot be started", found=str(error)) from error
    if done.returncode != 0:
        raise StudioError(
            f"git {arguments[0]} failed",
            found=" ".join(done.stderr.split())[:300],
            fix="name a revision of the repository that holds the estate's file",
            exit_code=ExitCode.USAGE,
        )
    return done.stdout.strip()
