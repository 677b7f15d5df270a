"""`studio plan` beside the loops that people write around Terraform, in one run.

Run it with `python tests/bench/bench_plan.py [stacks] [--json]`. It needs the AWS provider in
STUDIO_PROVIDER_MIRROR and starts its own emulator. Three ways plan the same small stacks with the
same parallelism, after an unmeasured round that warms the disk cache:

* `terraform plan -out` alone, which gates nothing;
* `terraform plan -out` and `terraform show -json`, without which nothing can judge a plan;
* `studio plan`, which does both and keeps digests, SHA-256 and counts.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from delivery.workbench import PLACE, Workbench, stack_body

from agent_studio.delivery.planning import workers
from agent_studio.rehearsal.emulator import running

_ROUNDS = 3
"""Rounds in which each way is measured; the ways take turns, and the best of each counts."""


def main(count: int, *, as_json: bool = False) -> None:
    """Measure and print the three ways side by side.

    Args:
        count: how many changed stacks to plan.
        as_json: print a row of the table of all benchmarks instead.
    """
    with tempfile.TemporaryDirectory(prefix="bench-plan-") as scratch:
        folder = Path(scratch)
        with running(folder / "emulator.log") as endpoint:
            bench = Workbench(folder, endpoint)
            places = [replace(PLACE, stack=f"cell-bench-{n}") for n in range(count)]
            bench.synthesize({p.stack: stack_body(p, suffixes=("a",)) for p in places})
            bench.make_state_buckets(PLACE)
            _studio(bench)
            work = [bench.state / "work" / place.stack for place in places]
            ways: dict[str, Callable[[], None]] = {
                "terraform plan": lambda: _bare(bench, work, show=False),
                "terraform plan, show -json": lambda: _bare(bench, work, show=True),
                "studio plan": lambda: _studio(bench),
            }
            best: dict[str, tuple[float, float]] = {}
            for _ in range(_ROUNDS):
                for name, way in ways.items():
                    best[name] = min(best.get(name, (1e9, 1e9)), _measured(way))
    if as_json:
        print(json.dumps({"figures": [_figure(count, best)]}, indent=2))
    else:
        _print(count, best)


def _figure(count: int, best: dict[str, tuple[float, float]]) -> dict[str, object]:
    bare, own = best["terraform plan"][0], best["studio plan"][0]
    return {
        "figure": f"plan: seconds for {count} changed stacks",
        "target": round(bare * 1.05, 2),
        "ours": round(own, 2),
        "stock": round(bare, 2),
        "stock_way": "terraform plan in a loop, as many at once",
        "ratio": round(bare / own, 2),
    }


def _print(count: int, best: dict[str, tuple[float, float]]) -> None:
    print(f"{count} changed stacks, {workers()} at once, best of {_ROUNDS}")
    print(f"{'':28}{'wall s':>8}{'CPU s':>8}{'against studio':>16}")
    own = best["studio plan"][0]
    for name, (wall, cpu) in best.items():
        print(f"{name:28}{wall:8.1f}{cpu:8.1f}{(own / wall - 1) * 100:+15.1f}%")


def _measured(way: Callable[[], None]) -> tuple[float, float]:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    way()
    wall = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def _studio(bench: Workbench) -> None:
    done = bench.studio("--format", "json", "plan")
    assert done.returncode == 0, done.stderr
    assert all(stack["add"] for stack in json.loads(done.stdout)["stacks"])


def _bare(bench: Workbench, work: list[Path], *, show: bool) -> None:
    environment = {
        **bench.environment(),
        "TF_CLI_CONFIG_FILE": str(bench.state / "terraform.tfrc"),
        "TF_IN_AUTOMATION": "1",
        "TF_VAR_studio_role": "plan",
    }
    environment.pop("GOGC", None)
    program = os.environ.get("STUDIO_TERRAFORM", "terraform")

    def one(folder: Path) -> None:
        plan = [program, "plan", "-input=false", "-lock=false", "-out=bare.bin"]
        subprocess.run(plan, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        if show:
            with (folder / "bare.json").open("wb") as out:
                read = [program, "show", "-json", "bare.bin"]
                subprocess.run(read, cwd=folder, env=environment, check=True, stdout=out)

    with ThreadPoolExecutor(workers()) as executor:
        list(executor.map(one, work))


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    main(numbers[0] if numbers else 4, as_json="--json" in sys.argv)
