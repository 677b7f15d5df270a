"""Synthesize the stacks of an estate."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from agent_studio.delivery.files import read_json_if_any, sha256, sync_folder, write_json
from agent_studio.delivery.synth.cache import stack_key, toolchain_key
from agent_studio.delivery.synth.shards import Shard, Written, run_shard, split
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.estate import Estate, StackRef
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.stacks.selection import select

_FILE = "cdk.tf.json"
_SOURCES = "sources.json"


class SynthFailed(StudioError):  # noqa: N818 - says what happened, as EstateInvalid does
    """Some stacks could not be synthesized; nothing was replaced.

    Args:
        lines: one for each failure.
        denied: whether every failure is a denial by the gate.
    """

    def __init__(self, lines: Sequence[str], *, denied: bool = False) -> None:
        self.problems = tuple(dict.fromkeys(lines))
        super().__init__(
            "; ".join(self.problems), exit_code=ExitCode.DENIED if denied else ExitCode.ERROR
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """Every failure on its own line."""
        return tuple(f"error: {each}" for each in self.problems)


def synthesize(
    estate_file: Path,
    state_dir: Path,
    *,
    stacks: str | None = None,
    out: Path | None = None,
    jobs: int | None = None,
    executor: Executor | None = None,
) -> list[SynthesizedStack]:
    """Write `stacks/<stack>/cdk.tf.json` for each stack, and `manifest.json` with their digests.

    What is written replaces the last synthesis once every stack succeeded; after a failure the last
    synthesis stands as it was. Stacks that the estate no longer has are removed.

    Args:
        estate_file: the estate's file.
        state_dir: the state folder; output goes to its `synth/`.
        stacks: only stacks whose name matches; the others stay as they were.
        out: an output folder other than `<state_dir>/synth`.
        jobs: processes at a time; the number of CPUs by default.
        executor: what runs the shards; threads of this process by default.

    Returns:
        The stacks asked for, in the order of apply.

    Raises:
        EstateInvalid: the estate's file is invalid.
        SynthFailed: some stacks could not be synthesized.
        StudioError: no stack matches, or the core lies on a cloud that has no stack for it yet.
    """
    estate = load_estate(estate_file)
    chosen = _chosen(estate, stacks)
    folder = out or state_dir / "synth"
    kept = _Kept(folder)
    toolchain = toolchain_key(estate_file)
    keys = {ref.name: stack_key(estate, ref, toolchain) for ref in chosen} if toolchain else {}
    stale = [ref.name for ref in chosen if not kept.holds(ref.name, keys.get(ref.name))]

    with _scratch(folder) as scratch:
        written = _run(estate_file, stale, scratch, jobs or os.cpu_count() or 1, executor)
        for each in written:
            target = folder / "stacks" / each.name / _FILE
            _put(each.file, target)
            _put_beside(each.file.with_name(_SOURCES), target.with_name(_SOURCES))
    known = {ref.name for ref in estate.stacks}
    entries = {name: entry for name, entry in kept.entries.items() if name in known}
    layers = {ref.name: ref.layer.value for ref in estate.stacks}
    for each in written:
        entries[each.name] = {
            "name": each.name,
            "layer": layers[each.name],
            "path": f"stacks/{each.name}",
            "digest": each.digest,
            "resources": each.resources,
            "key": keys.get(each.name),
            "sha256": sha256(folder / "stacks" / each.name / _FILE),
        }
    ordered = [entries[ref.name] for ref in estate.stacks if ref.name in entries]
    write_json(folder / "manifest.json", {"stacks": ordered})
    _prune(folder / "stacks", known=set(entries))
    return [_stack(ref, folder, entries[ref.name]) for ref in chosen]


class _Kept:
    """What the last synthesis left; anything unreadable counts as nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            manifest = read_json_if_any(folder / "manifest.json") or {}
        except StudioError:
            manifest = {}
        listed = manifest.get("stacks")
        self.entries: dict[str, dict[str, Any]] = {
            str(each["name"]): each
            for each in (listed if isinstance(listed, list) else [])
            if isinstance(each, dict) and "name" in each and self._file(str(each["name"])).is_file()
        }

    def holds(self, name: str, key: str | None) -> bool:
        """Whether the stack's file is what a synthesis now would write."""
        entry = self.entries.get(name)
        if entry is None or key is None or entry.get("key") != key:
            return False
        return sha256(self._file(name)) == entry.get("sha256")

    def _file(self, name: str) -> Path:
        return self._folder / "stacks" / name / _FILE


def _chosen(estate: Estate, pattern: str | None) -> tuple[StackRef, ...]:
    if pattern is None:
        return select(estate, None)
    names = [ref.name for ref in estate.stacks if fnmatchcase(ref.name, pattern)]
    if not names:
        raise StudioError(
            "no stack has such a name",
            found=pattern,
            allowed=", ".join(ref.name for ref in estate.stacks[:8]),
            fix="list them: studio estate show",
            exit_code=ExitCode.USAGE,
        )
    return select(estate, names)


def _run(
    estate_file: Path, names: Sequence[str], scratch: Path, jobs: int, executor: Executor | None
) -> list[Written]:
    shards = [
        Shard(estate_file=estate_file.resolve(), stacks=part, out=scratch / str(number))
        for number, part in enumerate(split(names, jobs=jobs))
    ]
    if executor is not None:
        results = list(executor.map(run_shard, shards))
    else:
        with ThreadPoolExecutor(jobs) as threads:
            results = list(threads.map(run_shard, shards))
    problems = [line for result in results for line in result.problems]
    if problems:
        denied = all(result.denied for result in results if result.problems)
        raise SynthFailed(problems, denied=denied)
    return [each for result in results for each in result.written]


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder beside the output, so that its files can be renamed into place."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    except OSError as error:
        raise StudioError(
            "the synthesis cannot be written",
            found=f"{folder}: {error.strerror}",
            fix="name another folder",
        ) from error
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _put(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    file.replace(target)
    sync_folder(target.parent)


def _put_beside(file: Path, target: Path) -> None:
    # What the last synthesis knew would point at lines that have moved.
    if file.is_file():
        _put(file, target)
    else:
        target.unlink(missing_ok=True)


def _prune(folder: Path, *, known: set[str]) -> None:
    if not folder.is_dir():
        return
    for each in folder.iterdir():
        if each.name not in known and (each / _FILE).is_file():
            shutil.rmtree(each, ignore_errors=True)


def _stack(ref: StackRef, folder: Path, entry: dict[str, Any]) -> SynthesizedStack:
    return SynthesizedStack(
        name=ref.name,
        layer=ref.layer,
        path=folder / "stacks" / ref.name / _FILE,
        digest=str(entry["digest"]),
        resources=int(entry["resources"]),
    )
