"""How long the app takes to start, and how much memory, with lean and with stock bindings.

A start ends when `cdktf`, every block and stack of the app (and so all bindings in use) are
imported and jsii's kernel has loaded their packages. Each way runs once unmeasured before, so that
byte code and jsii's caches are warm. Wall time is measured from outside; memory is the highest sum
of the resident sets of Python and Node, sampled every 20 ms.

    python tests/bench/bench_start.py [--runs 5] [--stock-runs 1] [--lean-only] [--json]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import psutil

from agent_studio.bindings.build import check, survey
from agent_studio.bindings.cdk import use_own_node
from agent_studio.bindings.fetch import fetch

READY = "import jsii; import agent_studio.stacks.app; jsii.stats(); print('ready', flush=True)"
LEAN = f"from agent_studio.bindings import cdk; cdk.select(); {READY}"
SAMPLE_SECONDS = 0.02
MIB = 2**20


def start(code: str, environment: dict[str, str]) -> tuple[float, float]:
    """Start the app once.

    Args:
        code: the program; prints a line when it is ready.
        environment: its environment.

    Returns:
        Seconds until it was ready, and the peak of its resident memory in MiB.
    """
    begun = time.perf_counter()
    process = psutil.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    peak = 0
    while not process.stdout.read():
        if process.poll() is not None:
            raise SystemExit(f"error: the app failed to start with exit code {process.returncode}")
        peak = max(peak, resident(process))
        time.sleep(SAMPLE_SECONDS)
    seconds = time.perf_counter() - begun
    peak = max(peak, resident(process))
    process.wait()
    return seconds, peak / MIB


def resident(process: psutil.Process) -> int:
    """Add up the resident memory of a process and its descendants, in bytes."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def measure(code: str, environment: dict[str, str], runs: int) -> dict[str, float]:
    """Start the app once to warm up and then some times; give the medians."""
    start(code, environment)
    results = [start(code, environment) for _ in range(runs)]
    return {
        "seconds": round(statistics.median(seconds for seconds, _ in results), 3),
        "fastest_seconds": round(min(seconds for seconds, _ in results), 3),
        "peak_mib": round(statistics.median(peak for _, peak in results), 1),
        "runs": runs,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="measured starts with lean bindings")
    parser.add_argument("--stock-runs", type=int, default=1, help="measured starts with stock ones")
    parser.add_argument("--lean-only", action="store_true", help="leave the stock bindings out")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()

    targets = survey()
    check(targets)
    use_own_node()
    environment = dict(os.environ)
    environment.pop("STUDIO_CDK", None)
    result: dict[str, object] = {
        "modules": sum(len(target.names) for target in targets if target.pin.framework == "cdktf"),
        "lean": (lean := measure(LEAN, environment, arguments.runs)),
    }
    if not arguments.lean_only:
        with tempfile.TemporaryDirectory(prefix="stock-bindings-") as folder:
            for target in targets:
                if target.pin.framework == "cdktf":
                    with zipfile.ZipFile(fetch(target.pin)) as wheel:
                        wheel.extractall(folder)
            stock_environment = environment | {
                "PYTHONPATH": folder,
                "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(Path(folder, "jsii-cache")),
            }
            Path(folder, "jsii-cache").mkdir(mode=0o700)
            stock = measure(READY, stock_environment, arguments.stock_runs)
        result["stock"] = stock
        result["ratio"] = {key: round(stock[key] / lean[key], 1) for key in ("seconds", "peak_mib")}
    if arguments.json:
        print(json.dumps({**result, "figures": _figures(result)}, indent=2))
        return
    print(f"app start, {result['modules']} provider modules in use")
    for way in ("lean", "stock"):
        if isinstance(figures := result.get(way), dict):
            print(f"  {way:5}  {figures['seconds']:7.2f} s  {figures['peak_mib']:7.0f} MiB")
    if isinstance(ratio := result.get("ratio"), dict):
        print(f"  stock/lean  {ratio['seconds']} x time, {ratio['peak_mib']} x memory")


def _figures(result: dict[str, object]) -> list[dict[str, object]]:
    """The rows of the table of all benchmarks."""
    lean, stock, ratio = (result.get(key) for key in ("lean", "stock", "ratio"))
    rows: list[dict[str, object]] = []
    for key, name, target in (("seconds", "seconds", 1.2), ("peak_mib", "MiB, peak", 250)):
        assert isinstance(lean, dict)
        rows.append(
            {
                "figure": f"app start: {name}",
                "target": target,
                "ours": round(lean[key], 2),
                "stock": round(stock[key], 2) if isinstance(stock, dict) else None,
                "stock_way": "prebuilt bindings",
                "ratio": ratio[key] if isinstance(ratio, dict) else None,
            }
        )
    return rows


if __name__ == "__main__":
    main()
