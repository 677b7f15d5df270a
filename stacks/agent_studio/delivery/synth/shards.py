"""Stacks are independent, so they are synthesized by several processes, a few in each."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent_studio.delivery.synth.digest import digest, resource_count
from agent_studio.delivery.synth.speed import FLAGS, fast
from agent_studio.estate.errors import ExitCode

LARGEST = 64
"""Stacks that one process synthesizes at most: what it holds in memory grows with them, 270 MiB
with so many, and its start costs two seconds."""

SMALLEST = 4
"""Fewer are not worth a process of their own, whose start takes about a second."""

_APP = "agent_studio.delivery.app"


@dataclass(frozen=True, kw_only=True)
class Shard:
    """What one process does.

    Attributes:
        estate_file: the estate's file.
        stacks: names of the stacks.
        out: an empty folder for its output.
    """

    estate_file: Path
    stacks: tuple[str, ...]
    out: Path


@dataclass(frozen=True, kw_only=True)
class Written:
    """One stack as a process wrote it."""

    name: str
    file: Path
    digest: str
    resources: int


@dataclass(frozen=True, kw_only=True)
class ShardResult:
    """What one process did.

    Attributes:
        written: what it wrote.
        problems: one line for each thing that went wrong.
        denied: whether nothing else went wrong than that the gate denied a stack.
    """

    written: tuple[Written, ...]
    problems: tuple[str, ...]
    denied: bool = False


def split(names: Sequence[str], *, jobs: int) -> list[tuple[str, ...]]:
    """Deal stacks out to processes, so that each gets a like share of large and small ones.

    Args:
        names: the stacks.
        jobs: how many processes run at a time.

    >>> [len(each) for each in split([str(n) for n in range(50)], jobs=2)]
    [25, 25]
    """
    if not names:
        return []
    at_once = max(1, min(jobs, -(-len(names) // SMALLEST)))
    waves = -(-len(names) // (at_once * LARGEST))
    shards = min(at_once * waves, len(names))
    return [tuple(names[start::shards]) for start in range(shards)]


def run_shard(shard: Shard) -> ShardResult:
    """Synthesize some stacks in a process of their own.

    Never raises for what the app reports: the caller collects the lines of every shard.
    """
    environment = {
        **fast(os.environ),
        "STUDIO_ESTATE": str(shard.estate_file),
        "STUDIO_STACKS": ",".join(shard.stacks),
        "CDKTF_OUTDIR": str(shard.out),
    }
    done = subprocess.run(
        [sys.executable, *FLAGS, "-m", _APP],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
    )
    problems = _problems(done)
    written = []
    for name in shard.stacks:
        file = shard.out / "stacks" / name / "cdk.tf.json"
        if not file.is_file():
            if not any(name in line for line in problems):
                problems.append(f"{name}: not synthesized")
            continue
        stack = json.loads(file.read_bytes())
        written.append(
            Written(name=name, file=file, digest=digest(stack), resources=resource_count(stack))
        )
    return ShardResult(
        written=tuple(written),
        problems=tuple(problems),
        denied=done.returncode == ExitCode.DENIED,
    )


def _problems(done: subprocess.CompletedProcess[str]) -> list[str]:
    if done.returncode == 0:
        return []
    marked = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    if marked:
        return [line.removeprefix("error: ") for line in marked]
    # Killed, or ended before the app could say anything.
    last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "")
    end = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
    return [f"the app ended with {end}" + (f"; found {last.strip()}" if last else "")]
