"""How fast an estate of 100 cells is synthesized, beside the stock way.

`.venv/bin/python tests/bench/bench_synth.py [CELLS]`. The stock way is one process that builds
every stack: it is measured here on fewer cells, with the lean bindings, and extrapolated in a
straight line, which favours it (its memory grows with the estate, and the stock bindings' own
start is not counted).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.estates import write_estate

from agent_studio.delivery.synth import synthesize
from agent_studio.stacks.clouds import CELLS

_STOCK_CELLS = 10
_TARGET_MS = 3.0
_CLOUDS_TARGET_S = 25.0
_CLOUDS_TARGET_MIB = 600


class Peak:
    """The most memory that this process's children held, together and each, in MiB."""

    def __enter__(self) -> "Peak":
        self.mib = 0.0
        self.largest = 0.0
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
                    held = each.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
                total += held
                self.largest = max(self.largest, held / 2**20)
            self.mib = max(self.mib, total / 2**20)


@dataclass(frozen=True)
class Synthesis:
    """One synthesis with nothing cached.

    Attributes:
        wall: seconds.
        cpu: seconds of all its processes.
        resources: how many it wrote.
        mib: what its processes held together, at most.
        largest: what one of them held, at most, in MiB.
    """

    wall: float
    cpu: float
    resources: int
    mib: float
    largest: float


def ours(folder: Path, cells: int, clouds: Sequence[str] = ("aws",)) -> Synthesis:
    """Synthesize an estate of cells over clouds."""
    name = f"{cells}-{len(clouds)}"
    estate = write_estate(folder / f"{name}.yaml", cells, clouds=clouds)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Peak() as peak:
        start = time.perf_counter()
        stacks = synthesize(estate, folder / f"state-{name}")
        wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Synthesis(wall, cpu, sum(each.resources for each in stacks), peak.mib, peak.largest)


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
        1 when synthesis takes longer than its target, else 0; always 0 with `--json`.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cells", nargs="?", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    cells = arguments.cells
    sample = min(_STOCK_CELLS, cells)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = ours(folder, max(1, cells // 2))
        whole = ours(folder, cells)
        start = time.perf_counter()
        synthesize(folder / f"{cells}-1.yaml", folder / f"state-{cells}-1")
        again = time.perf_counter() - start
        stock_wall, stock_mib = one_process(folder, sample)
        wide = ours(folder, cells, tuple(CELLS))
    each = whole.wall / whole.resources * 1000
    stock = stock_wall * cells / sample
    way = f"one process, extrapolated from {stock_wall:.1f} s for {sample} cells"
    if arguments.json:
        figures = [
            {
                "figure": f"synth of {cells} cells, ms a resource",
                "target": _TARGET_MS,
                "ours": round(each, 2),
                "stock": round(stock / whole.resources * 1000, 2),
                "stock_way": way,
                "ratio": round(stock / whole.wall, 2),
            },
            {
                "figure": f"synth of {cells} cells, MiB at most (half the cells: {small.mib:.0f})",
                "target": None,
                "ours": round(whole.mib),
                "stock": round(stock_mib),
                "stock_way": f"one process, {sample} cells only",
                "ratio": None,
            },
            {
                "figure": f"synth of {cells} cells again, nothing changed, s",
                "target": None,
                "ours": round(again, 2),
                "stock": round(stock, 1),
                "stock_way": way,
                "ratio": round(stock / again, 1),
            },
            {
                "figure": f"synth of {cells} cells over {len(CELLS)} clouds, s "
                f"({wide.resources} resources)",
                "target": _CLOUDS_TARGET_S,
                "ours": round(wide.wall, 1),
                "stock": None,
                "stock_way": "",
                "ratio": None,
            },
            {
                "figure": f"the same, MiB of the largest process ({len(CELLS)} clouds)",
                "target": _CLOUDS_TARGET_MIB,
                "ours": round(wide.largest),
                "stock": None,
                "stock_way": "",
                "ratio": None,
            },
        ]
        print(json.dumps({"figures": figures}, indent=2))
        return 0
    load = os.getloadavg()[0]
    print(f"{cells} cells, {whole.resources} resources, {os.cpu_count()} CPUs, load {load:.1f}")
    print(
        f"synth: {whole.wall:.1f} s, {each:.2f} ms a resource (target {_TARGET_MS}), "
        f"{whole.cpu:.1f} s CPU"
    )
    print(
        f"memory: {whole.mib:.0f} MiB; of half the cells ({small.resources} resources) "
        f"{small.mib:.0f} MiB"
    )
    print(f"again, nothing changed: {again:.2f} s")
    print(f"{way}: {stock:.1f} s; it holds {stock_mib:.0f} MiB for {sample} cells")
    print(
        f"over {len(CELLS)} clouds: {wide.wall:.1f} s for {wide.resources} resources "
        f"(target {_CLOUDS_TARGET_S}), {wide.largest:.0f} MiB in the largest process "
        f"(target {_CLOUDS_TARGET_MIB})"
    )
    print(f"ratio: {stock / whole.wall:.2f} times as fast as one process")
    return int(each > _TARGET_MS)


if __name__ == "__main__":
    sys.exit(main())
