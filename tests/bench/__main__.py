"""Every benchmark, one after the other, in one table: `python tests/bench`.

Each `bench_*.py` is a script of its own; with `--json` it prints
`{"figures": [{figure, target, ours, stock, stock_way, ratio}]}`. They run one at a time, so that
none disturbs another.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ORDER = ("bench_start.py", "bench_synth.py", "bench_plan.py", "bench_gate.py")
COLUMNS = ("figure", "target", "ours", "stock way", "ratio")


def run(script: Path) -> list[dict[str, Any]] | str:
    """The figures of one benchmark, or why there are none."""
    done = subprocess.run(
        [sys.executable, str(script), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        if done.returncode == 0:
            figures: list[dict[str, Any]] = json.loads(done.stdout)["figures"]
            return figures
    except (ValueError, KeyError):
        return f"{script.name} printed no figures"
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return f"{script.name} ended with {done.returncode}: {last}"


def main() -> int:
    """Run all benchmarks and print one table; 1 if one failed or missed its target."""
    from rich.console import Console
    from rich.table import Table

    scripts = [HERE / name for name in ORDER]
    scripts += sorted(set(HERE.glob("bench_*.py")) - set(scripts))
    table = Table(title="Benchmarks", title_justify="left")
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    failures: list[str] = []
    for script in scripts:
        print(f"running {script.name}", file=sys.stderr, flush=True)
        figures = run(script) if script.exists() else f"{script.name} is missing"
        if isinstance(figures, str):
            failures.append(figures)
            continue
        for one in figures:
            target, found = one.get("target"), one.get("ours")
            if (
                isinstance(target, int | float)
                and isinstance(found, int | float)
                and found > target
            ):
                failures.append(f"{one['figure']}: {found}, target {target}")
            way = one.get("stock_way")
            table.add_row(
                str(one.get("figure")),
                "" if target is None else f"at most {target}",
                str(found),
                "" if one.get("stock") is None else f"{one['stock']} ({way})",
                "" if one.get("ratio") is None else f"{one['ratio']}x",
            )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    for failure in failures:
        print(f"missed: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
