"""One rehearsal from start to end: emulator, steps, tables, report, and what it ends with."""

import json
import os
import shlex
import sys
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from agent_studio.estate import Cloud, Estate
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names.vault import JOB_TOKEN
from agent_studio.rehearsal.cast import cast, stand_in_for_core
from agent_studio.rehearsal.demo import demonstrate
from agent_studio.rehearsal.emulator import running
from agent_studio.rehearsal.mirror import set_up_mirror
from agent_studio.rehearsal.outcome import Outcome
from agent_studio.rehearsal.progress import Progress
from agent_studio.rehearsal.report import write_report
from agent_studio.rehearsal.run import STEPS, Rehearsal
from agent_studio.rehearsal.states import forget
from agent_studio.rehearsal.tables import show
from agent_studio.rehearsal.twins.mirror import TWINS, VAULT, beside, lay_out
from agent_studio.rehearsal.vault.clusters import serving


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What to rehearse.

    Attributes:
        patterns: names of stacks (globs); none means every stack.
        clouds: only stacks on these; none means every cloud.
        last: the last step to run.
        keep: leave everything up until interrupted, instead of destroying it.
        demo: run the demo.
    """

    patterns: tuple[str, ...] = ()
    clouds: tuple[Cloud, ...] = ()
    last: str = "destroy"
    keep: bool = False
    demo: bool = False

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps to run."""
        chosen = STEPS[: STEPS.index(self.last) + 1]
        return tuple(step for step in chosen if not (self.keep and step == "destroy"))

    def chosen(self, estate: Estate) -> tuple[str, ...]:
        """Names of the wanted stacks, as patterns; none means every stack.

        Raises:
            StudioError: the estate has no such stack.
        """
        if not self.clouds:
            return self.patterns
        patterns = self.patterns or ("*",)
        found = tuple(
            ref.name
            for ref in estate.stacks
            if ref.cloud in self.clouds and any(fnmatchcase(ref.name, each) for each in patterns)
        )
        if not found:
            raise StudioError(
                "the estate has no such stack",
                found=f"{', '.join(patterns)} on {', '.join(self.clouds)}",
                allowed=", ".join(sorted({ref.cloud for ref in estate.stacks})),
                fix="list them: studio estate show",
                exit_code=ExitCode.USAGE,
            )
        return found


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
    loaded = load_estate(estate)
    chosen = wish.chosen(loaded)
    set_up_mirror()
    forget(folder)
    progress = Progress(lambda line: print(line, file=sys.stderr, flush=True))
    progress.tell("starting the AWS emulator and the Vault clusters")
    with (
        running(folder / "logs" / "emulator.log") as endpoint,
        serving(loaded.spec.vault.clusters) as vaults,
    ):
        progress.tell(f"the emulator listens on {endpoint.url}")
        for name, server in vaults.servers.items():
            progress.tell(f"the cluster of {name} is OpenBao at {server.address}")
        cast(loaded, vaults, folder / "twins" / "clouds" / VAULT, at_once=wish.demo)
        if chosen and not any(fnmatchcase("core", each) for each in chosen):
            stand_in_for_core(loaded, vaults)
        rehearsal = Rehearsal(
            estate=estate,
            folder=folder,
            endpoint=endpoint,
            progress=progress,
            vaults=vaults,
            mirror=_with_twins(loaded, folder),
            patterns=chosen,
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


def _with_twins(estate: Estate, folder: Path) -> Path:
    """A mirror with twins of the providers that the estate needs, and the real ones beside them."""
    used = {ref.cloud for ref in estate.stacks}
    providers = [VAULT, *(TWINS[cloud] for cloud in TWINS if cloud in used)]
    mirror = lay_out(folder / "twins" / "mirror", folder / "twins" / "clouds", providers)
    real = os.environ.get("STUDIO_PROVIDER_MIRROR")
    if real:
        beside(Path(real), mirror)
    return mirror


def _say(outcome: Outcome, report: Path, *, as_json: bool) -> None:
    write_report(outcome, report)
    if as_json:
        print(json.dumps(outcome.as_json(), indent=2))
    else:
        show(outcome)
    print(f"report: {report}", file=sys.stderr)


def _serve(rehearsal: Rehearsal) -> None:
    """Keep the emulator up until Ctrl-C, and say how to use it."""
    variables = {
        "STUDIO_PROVIDER_MIRROR": str(rehearsal.mirror.resolve()),
        **rehearsal.endpoint.variables,
        JOB_TOKEN: rehearsal.environment[JOB_TOKEN],
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
