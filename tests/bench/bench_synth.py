"""How fast an estate of 100 cells is synthesized, beside the stock way.

`.venv/bin/python tests/bench/bench_synth.py [CELLS]`. The stock way is one process that builds
every stack: it is measured here on fewer cells, with the lean bindings, and extrapolated in a
straight line, which favours it (its memory grows with the estate, and the stock bindings' own
start, 24 s and 1.4 GB in docs, is not counted).
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.estates import write_estate

from agent_studio.delivery.synth import synthesize

_STOCK_CELLS = 10
_TARGET_MS = 3.0


class Peak:
    """The most memory that this process and its children held together, in MiB."""

    def __enter__(self) -> "Peak":
        self.mib = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._done.wait(0.2):
            total = 0
            for each in me.children(recursive=True):
                try:
                    total += each.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.mib = max(self.mib, total / 2**20)


def ours(folder: Path, cells: int) -> tuple[float, int, float, float]:
    """Give seconds of wall and of CPU, resources and peak MiB of `synthesize`, nothing cached."""
    estate = write_estate(folder / f"{cells}.yaml", cells)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Peak() as peak:
        start = time.perf_counter()
        stacks = synthesize(estate, folder / f"state-{cells}")
        wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, sum(each.resources for each in stacks), peak.mib, cpu


def one_process(folder: Path, cells: int) -> tuple[float, float]:
    """Give seconds and peak MiB of one process that builds every stack."""
    estate = write_estate(folder / "stock.yaml", cells)
    with Peak() as peak:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "agent_studio.stacks"],
            env={
                **os.environ,
                "STUDIO_ESTATE": str(estate),
                "CDKTF_OUTDIR": str(folder / "stock"),
                "STUDIO_STACKS": "",
            },
            check=True,
        )
        wall = time.perf_counter() - start
    return wall, peak.mib


def main() -> int:
    """Print the figures.

    Returns:
        1 when synthesis takes longer than its target, else 0.
    """
    cells = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, small_count, small_mib, _ = ours(folder, max(1, cells // 2))
        wall, count, mib, cpu = ours(folder, cells)
        again = time.perf_counter()
        synthesize(folder / f"{cells}.yaml", folder / f"state-{cells}")
        again = time.perf_counter() - again
        stock_wall, stock_mib = one_process(folder, min(_STOCK_CELLS, cells))
    each = wall / count * 1000
    scale = cells / min(_STOCK_CELLS, cells)
    print(f"{cells} cells, {count} resources, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(f"synth: {wall:.1f} s, {each:.2f} ms a resource (target {_TARGET_MS}), {cpu:.1f} s CPU")
    print(
        f"memory: {mib:.0f} MiB; with half the cells {small_mib:.0f} MiB ({small_count} resources)"
    )
    print(f"again, nothing changed: {again:.2f} s")
    print(
        f"one process: {stock_wall * scale:.1f} s, extrapolated from {stock_wall:.1f} s for "
        f"{min(_STOCK_CELLS, cells)} cells, where it holds {stock_mib:.0f} MiB"
    )
    print(f"ratio: {stock_wall * scale / wall:.2f} times as fast as one process")
    return int(each > _TARGET_MS)


if __name__ == "__main__":
    sys.exit(main())
