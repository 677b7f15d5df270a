"""A gated apply: plan, judge, ask, and become the engine that applies what was judged."""

import os
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from agent_studio.delivery.engine import Engine
from agent_studio.delivery.files import PRIVATE_FILE, read_json, sha256
from agent_studio.delivery.gated import decision
from agent_studio.delivery.gated import engine as engines
from agent_studio.delivery.gated import place as places
from agent_studio.delivery.gated.call import Gated
from agent_studio.delivery.gated.place import Place
from agent_studio.estate.errors import ExitCode, StudioError

_QUESTION = {
    False: (
        "\nDo you want to perform these actions?\n"
        "  The actions described above will be performed.\n"
    ),
    True: (
        "\nDo you really want to destroy all resources?\n"
        "  All managed infrastructure will be destroyed, as shown above.\n"
        "  There is no undo.\n"
    ),
}
"""The first lines are Terraform's own: the CDK CLI looks for them (`deploy-machine.ts`)."""


def deploy(call: Gated, environment: Mapping[str, str]) -> int:
    """Do what an apply asks for, if the gate allows it.

    Args:
        call: the apply, taken apart.
        environment: the engine's environment, without `TF_CLI_ARGS`.

    Returns:
        The exit status where nothing was applied; else this process becomes the engine.

    Raises:
        StudioError: the gate denies it, or it can't be judged.
    """
    place = places.find(call.folder, environment)
    engine = engines.find()
    places.hold(place)
    plan_file = place.folder / "plan.bin"
    plan_json = place.folder / "plan.json"
    plan_file.unlink(missing_ok=True)
    digest = place.digest()
    if call.plan_file is not None:
        _copy(call.plan_file, plan_file)
    else:
        words = [*call.before, "plan", *call.plan_words, f"-out={plan_file.resolve()}"]
        status = engines.run(engine, words, environment)
        if status != 0:
            return status
        plan_file.chmod(PRIVATE_FILE)
    shown = [*call.before, "show", "-json", str(plan_file.resolve())]
    engines.write_json(engine, shown, environment, plan_json)
    judged = decision.decide(place, engine, plan_file=plan_file, plan_json=plan_json, digest=digest)
    if not call.approved and not _approved(plan_json, destroy=call.destroy):
        sys.stdout.write("\nApply cancelled.\n")
        return int(ExitCode.ERROR)
    return _apply(call, engine, place, plan_file, judged, environment)


def _copy(source: Path, target: Path) -> None:
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise StudioError(
                    "this is no plan file",
                    found=str(source),
                    fix="name a file that plan -out wrote; for another folder use -chdir",
                )
            made = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with os.fdopen(made, "wb") as copy:
                shutil.copyfileobj(file, copy)
    except OSError as error:
        raise StudioError(
            "the plan file can't be read", found=f"{source}: {error.strerror}"
        ) from None


def _approved(plan_json: Path, *, destroy: bool) -> bool:
    if read_json(plan_json).get("applyable") is False:
        # As Terraform does: there is nothing to approve.
        return True
    sys.stdout.write(_QUESTION[destroy] + "  Only 'yes' will be accepted to approve.\n\n")
    sys.stdout.write("  Enter a value: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() == "yes"


def _apply(
    call: Gated,
    engine: Engine,
    place: Place,
    plan_file: Path,
    judged: str,
    environment: Mapping[str, str],
) -> int:
    if sha256(plan_file) != judged:
        raise StudioError(
            f"the plan file of {place.stack} is not the one that was judged",
            found=str(plan_file),
            fix="deploy again",
            exit_code=ExitCode.DENIED,
        )
    words = [*call.before, "apply", *call.apply_words, str(plan_file.resolve())]
    engines.become(engine, words, environment)
