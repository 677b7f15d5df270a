"""The gate: seconds a plan after start-up, beside `checkov -f` once per plan.

Judges real stacks and plans of the example estate (the tests keep them packed), or any folder of
the estate's plans; then 100 of them at once, over all cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.packed import packed, stacks

from agent_studio.estate.loader import load_estate
from agent_studio.policies import builtin
from agent_studio.policies.gate import judge
from agent_studio.policies.inputs import from_folder
from agent_studio.policies.model import PlanInput, Stage
from agent_studio.policies.spreading import spread

ROOT = Path(__file__).resolve().parents[2]
MANY, MANY_TARGET = 100, 10.0
TARGET = 0.1
ESTATE = load_estate(ROOT / "regions.yaml")
ROUNDS = 5


def unpacked(folder: Path) -> Path:
    """The packed stacks and plans of the example estate, as folders."""
    for stack in stacks():
        (folder / stack).mkdir()
        (folder / stack / "cdk.tf.json").write_text(packed(stack, "stack"))
        (folder / stack / "plan.json").write_text(packed(stack, "plan"))
    return folder


def judge_each(items: Sequence[PlanInput]) -> int:
    """Judge stacks with their plans; how many were judged."""
    for item in items:
        judge([item], estate=ESTATE, stage=Stage.PLAN, require_plan_file=False)
    return len(items)


def ours(folder: Path) -> tuple[dict[str, float], float]:
    """Median wall seconds of judging each plan in this process, and those of 100 at once."""
    builtin.load()
    seconds: dict[str, float] = {}
    items = [item for item in from_folder(folder) if item.plan_json is not None]
    for item in items:
        runs = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            judge_each([item])
            runs.append(time.perf_counter() - start)
        # The first round pays for what Python and checkov cache.
        seconds[str(item.plan_json)] = median(runs[1:])
    many = [items[index % len(items)] for index in range(MANY)]
    start = time.perf_counter()
    assert sum(spread(judge_each, many)) == MANY
    return seconds, time.perf_counter() - start


def stock(plan: Path) -> float:
    """Wall seconds of checkov's command line on one plan, without its network calls."""
    command = [sys.executable, "-m", "checkov.main", "-f", str(plan), "--quiet", "--compact"]
    options = ["--framework", "terraform_plan", "--skip-download", "-o", "json"]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, *options],
        capture_output=True,
        check=False,
        env={**os.environ, "LOG_LEVEL": "CRITICAL"},
    )
    elapsed = time.perf_counter() - start
    if done.returncode not in (0, 1) or not done.stdout.strip():
        raise SystemExit(f"checkov failed on {plan}: {done.stderr.decode()[-500:]}")
    return elapsed


def main() -> None:
    """Measure and print, as a table or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--from", dest="folder", type=Path, help="a folder of stacks and plans")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-gate-") as scratch:
        folder = arguments.folder or unpacked(Path(scratch))
        _report(folder, as_json=arguments.json)


def _report(folder: Path, *, as_json: bool) -> None:
    seconds, at_once = ours(folder)
    if not seconds:
        raise SystemExit(f"no plan below {folder}")
    theirs = [stock(Path(plan)) for plan in seconds]
    mean, worst = sum(seconds.values()) / len(seconds), max(seconds.values())
    usual = sum(theirs) / len(theirs)
    figures = [
        {
            "figure": f"gate: seconds a plan, mean of {len(seconds)} plans",
            "target": TARGET,
            "ours": round(mean, 3),
            "stock": round(usual, 2),
            "stock_way": "checkov -f, once per plan",
            "ratio": round(usual / mean, 1),
        },
        {
            "figure": f"gate: seconds a plan, largest of {len(seconds)} plans",
            "target": TARGET,
            "ours": round(worst, 3),
            "stock": round(max(theirs), 2),
            "stock_way": "checkov -f, once per plan",
            "ratio": round(max(theirs) / worst, 1),
        },
        {
            "figure": f"gate: seconds for {MANY} plans over {os.cpu_count()} cores",
            "target": MANY_TARGET,
            "ours": round(at_once, 1),
            "stock": round(usual * MANY, 0),
            "stock_way": "checkov -f, once per plan",
            "ratio": round(usual * MANY / at_once, 1),
        },
    ]
    if as_json:
        print(json.dumps({"figures": figures}, indent=2))
        return
    for figure in figures:
        print(
            f"{figure['figure']}: {figure['ours']} s (target {figure['target']} s); "
            f"{figure['stock_way']}: {figure['stock']} s; {figure['ratio']} times as fast"
        )


if __name__ == "__main__":
    main()
