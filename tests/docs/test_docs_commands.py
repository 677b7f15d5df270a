"""Every command in the README and under docs/ is one that exists; those that can run here, run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from support.markdown import ROOT, Block, blocks, pages

from agent_studio.cli.main import studio

BASH = list(blocks("bash"))
BIN = Path(sys.executable).parent
# Run by the test suite's own caller, by tests of their own, or needing a cloud account.
NOT_STUDIO = {"make", "source", "export", "npx", "cd", "git", "aws", "terraform"}


def commands(block: Block) -> list[list[str]]:
    """Split a block into commands: continuation lines joined, comments and assignments dropped."""
    joined = block.text.replace("\\\n", " ")
    found = [shlex.split(line, comments=True) for line in joined.splitlines()]
    return [
        [w for i, w in enumerate(words) if not re.match(r"^[A-Z_]+=", w) or i] for words in found
    ]


@pytest.mark.parametrize("block", BASH, ids=str)
def test_every_studio_command_in_the_docs_parses(block: Block) -> None:
    """Each `studio` line names a command and options that the command line takes."""
    for words in commands(block):
        if not words:
            continue
        if words[0] != "studio":
            assert words[0] in NOT_STUDIO, f"{block}: unknown command {words[0]}"
            continue
        context = studio.make_context("studio", words[1:], resilient_parsing=False)
        command: click.Command = studio
        rest = [*context._protected_args, *context.args]
        while isinstance(command, click.Group) and rest:
            sub = command.get_command(context, rest[0])
            assert sub is not None, f"{block}: no command {' '.join(words)}"
            context = sub.make_context(rest[0], rest[1:], parent=context)
            command, rest = sub, [*getattr(context, "_protected_args", []), *context.args]


@pytest.mark.parametrize("block", BASH, ids=str)
def test_every_make_target_in_the_docs_exists(block: Block) -> None:
    """Each `make` line names a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for words in commands(block):
        if words[:1] == ["make"]:
            assert set(words[1:]) <= targets, f"{block}: {words}"


@pytest.mark.parametrize(
    "block",
    [b for b in BASH if not {"cloud", "rehearsal"} & {*b.info} and "studio" in b.text],
    ids=str,
)
def test_every_command_that_needs_no_cloud_runs(block: Block, tmp_path: Path) -> None:
    """A block runs from a copy of the example estate, unless its fence says otherwise.

    `cloud` means that an account is needed, `rehearsal` that the rehearsal's tests run the same.
    """
    shutil.copy(ROOT / "regions.yaml", tmp_path)
    if "region remove" in block.text and "region add" not in block.text:
        add = "studio region add aws/eu-central-1 payments-eu --runtime analyst"
        _run(add, tmp_path)
    script = "\n".join(
        shlex.join(words) for words in commands(block) if words and words[0] == "studio"
    )
    _run(script, tmp_path)


def _run(script: str, folder: Path) -> None:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """Each relative link and picture of a page points at a file or folder that exists."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", prose):
        assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"
