"""The gate: seconds a plan after start-up, beside `checkov -f` once per plan.

Judges real plans: those of the last `studio plan` (`.studio/plan/*/plan.json`), or any folder of
plans; without either the small example stack of the tests.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "tests" / "policies" / "fixtures" / "cell-example"
TARGET = 0.1
ROUNDS = 5


def ours(folder: Path) -> dict[str, float]:
    """Median wall seconds of judging each plan below a folder, all in this process."""
    from agent_studio.policies import Stage, builtin
    from agent_studio.policies.gate import judge
    from agent_studio.policies.inputs import from_folder

    builtin.load()
    seconds: dict[str, float] = {}
    for item in from_folder(folder):
        if item.plan_json is None:
            continue
        runs = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            judge([item], stage=Stage.PLAN, require_plan_file=False)
            runs.append(time.perf_counter() - start)
        # The first round pays for what Python and checkov cache.
        seconds[str(item.plan_json)] = median(runs[1:])
    return seconds


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
    last = ROOT / ".studio"
    folder = arguments.folder or (last if any(last.glob("plan/*/plan.json")) else EXAMPLE)
    seconds = ours(folder)
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
    ]
    if arguments.json:
        print(json.dumps({"figures": figures}, indent=2))
        return
    for figure in figures:
        print(
            f"{figure['figure']}: {figure['ours']} s (target {TARGET} s); "
            f"{figure['stock_way']}: {figure['stock']} s; {figure['ratio']} times as fast"
        )


if __name__ == "__main__":
    main()
