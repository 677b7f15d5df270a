"""One rehearsal from start to end: emulator, steps, tables, report, and what it ends with."""

import json
import os
import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.rehearsal.demo import demonstrate
from agent_studio.rehearsal.emulator import running
from agent_studio.rehearsal.mirror import set_up_mirror
from agent_studio.rehearsal.outcome import Outcome
from agent_studio.rehearsal.progress import Progress
from agent_studio.rehearsal.report import write_report
from agent_studio.rehearsal.run import STEPS, Rehearsal
from agent_studio.rehearsal.states import forget
from agent_studio.rehearsal.tables import show


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What to rehearse.

    Attributes:
        patterns: names of stacks (globs); none means every stack.
        last: the last step to run.
        keep: leave everything up until interrupted, instead of destroying it.
        demo: run the demo.
    """

    patterns: tuple[str, ...] = ()
    last: str = "destroy"
    keep: bool = False
    demo: bool = False

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps to run."""
        chosen = STEPS[: STEPS.index(self.last) + 1]
        return tuple(step for step in chosen if not (self.keep and step == "destroy"))


def rehearse_estate(*, estate: Path, folder: Path, wish: Wish, as_json: bool) -> None:
    """Rehearse an estate, and say how it went.

    Args:
        estate: the estate's file; never written.
        folder: the rehearsal's own state folder; what an earlier rehearsal left is removed.
        wish: what to rehearse.
        as_json: print the outcome as JSON on stdout.

    Raises:
        StudioError: a step failed; tables and report are written all the same.
    """
    load_estate(estate)
    set_up_mirror()
    forget(folder)
    progress = Progress(lambda line: print(line, file=sys.stderr, flush=True))
    progress.tell("starting the AWS emulator")
    with running(folder / "logs" / "emulator.log") as endpoint:
        progress.tell(f"it listens on {endpoint.url}")
        rehearsal = Rehearsal(
            estate=estate,
            folder=folder,
            endpoint=endpoint,
            progress=progress,
            patterns=wish.patterns,
        )
        failure: StudioError | None = None
        try:
            if wish.demo:
                demonstrate(rehearsal)
            else:
                rehearsal.run(wish.steps)
        except StudioError as error:
            failure = error
        finally:
            rehearsal.outcome.seconds = round(progress.elapsed, 1)
        _say(rehearsal.outcome, folder / "report.html", as_json=as_json)
        if failure is not None:
            raise failure
        if wish.keep:
            _serve(rehearsal)


def _say(outcome: Outcome, report: Path, *, as_json: bool) -> None:
    write_report(outcome, report)
    if as_json:
        print(json.dumps(outcome.as_json(), indent=2))
    else:
        show(outcome)
    print(f"report: {report}", file=sys.stderr)


def _serve(rehearsal: Rehearsal) -> None:
    """Keep the emulator up until Ctrl-C, and say how to use it."""
    mirror = os.environ.get("STUDIO_PROVIDER_MIRROR")
    variables = {
        **({"STUDIO_PROVIDER_MIRROR": mirror} if mirror else {}),
        **rehearsal.endpoint.variables,
        "STUDIO_OVERLAY": str(rehearsal.overlay.resolve()),
        "STUDIO_STATE_DIR": str(rehearsal.folder.resolve()),
        "STUDIO_ESTATE": str(rehearsal.estate.resolve()),
    }
    print("# The emulator is up until Ctrl-C. In another shell:")
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print("# then, for example: studio plan --all", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
