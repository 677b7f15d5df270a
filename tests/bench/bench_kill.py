"""How long a kill of one cell with 50 live logins takes until every step is confirmed.

Against a real OpenBao server for each jurisdiction, AWS's emulator, and servers of our own that
speak the REST interfaces of Google Cloud and Azure, all on this machine; so what a cloud itself
takes to end an instance is not in it. The cell runs two services with a task each. Logged in are 50
agents of the cell, and beside them as many of another cell of the account, which must stay: Vault
lists both. There is no stock way: nothing else does this.

    python tests/bench/bench_kill.py [--runs 5] [--logins 50] [--json]
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pytest
from delivery.kill.world import ESTATE, World, faults, running_world

from agent_studio.delivery.kill.scope import Aim
from agent_studio.estate.loader import load_estate
from agent_studio.rehearsal.emulator import running as running_emulator
from agent_studio.rehearsal.vault.clusters import running as running_clusters

CELL, REGION, BESIDE = "aws-eu-west-1-payments-eu", "eu-west-1", "eu-central-1"
TARGET_SECONDS = 5.0


@contextmanager
def world() -> Iterator[World]:
    """An estate in which everything runs; all of it is stopped in the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="studio-bench-")))
        clusters = stack.enter_context(running_clusters(load_estate(ESTATE).cells))
        emulator = stack.enter_context(running_emulator(folder / "log"))
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        yield stack.enter_context(running_world(clusters, emulator, folder, environment))


def killed(found: World, logins: int) -> tuple[float, dict[str, float]]:
    """Seconds until the cell's kill is confirmed, and those of each step.

    Raises:
        SystemExit: a step was not confirmed, or a login of another cell is gone.
    """
    found.set_up()
    cell, beside = found.cell(REGION), found.cell(BESIDE)
    for number in range(logins):
        found.log_in(cell, ("analyst", "collector")[number % 2])
    others = [found.log_in(beside) for _ in range(logins)]
    means = found.means()
    began = time.perf_counter()
    report = found.kill(Aim(kind="cell", name=CELL), estate=means.estate)
    seconds = time.perf_counter() - began
    if not report.confirmed:
        sys.exit(f"not confirmed: {faults(report)}")
    for login in others:
        login.auth.token.lookup_self()
        login.auth.token.revoke_self()
    steps = {each.name: each.seconds for one in report.cells for each in one.outcomes}
    return seconds, steps


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="measured kills")
    parser.add_argument("--logins", type=int, default=50, help="live logins of the cell")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    with world() as found:
        runs = [killed(found, arguments.logins) for _ in range(arguments.runs)]
    seconds = [each[0] for each in runs]
    slowest, steps = max(runs, key=lambda each: each[0])
    result = {
        "logins": arguments.logins,
        "runs": arguments.runs,
        "seconds": round(statistics.median(seconds), 2),
        "seconds_slowest": round(slowest, 2),
        "steps_of_the_slowest": {name: round(each, 2) for name, each in steps.items()},
    }
    if arguments.json:
        print(json.dumps({**result, "figures": [_figure(result)]}, indent=2))
        return
    shown = ", ".join(f"{name} {each}" for name, each in result["steps_of_the_slowest"].items())
    print(
        f"kill of a cell with {arguments.logins} live logins, confirmed: "
        f"median {result['seconds']} s, slowest of {arguments.runs} "
        f"{result['seconds_slowest']} s ({shown})"
    )


def _figure(result: dict[str, object]) -> dict[str, object]:
    """The row of the table of all benchmarks: the slowest run, so that every one is in time."""
    return {
        "figure": f"kill of a cell with {result['logins']} live logins, confirmed: s, slowest",
        "target": TARGET_SECONDS,
        "ours": result["seconds_slowest"],
        "stock": None,
        "stock_way": None,
        "ratio": None,
    }


if __name__ == "__main__":
    main()
