"""After an apply: see that it has converged, and take what the cloud adds into the state.

One plan serves both. If it wants nothing, applying it writes the refreshed state and touches
nothing else (tried with Terraform 1.11: a saved plan without changes stores its prior state).
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agent_studio.delivery.files import PRIVATE_FILE, private_folder
from agent_studio.delivery.journal import Run
from agent_studio.delivery.planning import command_failed, show_plan
from agent_studio.delivery.recovery.locks import held_lock, release
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain

_CHANGES = 2
"""What `plan -detailed-exitcode` ends with where there are changes (Terraform CLI, `plan`)."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What a plan right after an apply showed.

    Attributes:
        empty: whether it wants nothing; else the stack has not converged.
        messages: the engine's messages.
    """

    empty: bool
    messages: Path


def settle(
    tools: Toolchain,
    run: Run,
    stack: SynthesizedStack,
    work: Path,
    *,
    tell: Callable[[str], None],
    keep: bool = False,
) -> Settled:
    """Plan an applied stack again, and refresh its state.

    What one resource sets on another (a bucket's versioning, a group's rules) stands in the
    other's state only after a refresh; without one, the next drift report would show it all.

    Args:
        tools: the engine and the state folder.
        run: the apply's run; it keeps the plan's messages, and not the plan.
        stack: the stack that was applied.
        work: its working directory.
        tell: told, in one line, of a state that could not be refreshed.
        keep: whether to keep the plan's JSON beside the stack (`Layout.second`), for the gate: it
            shows every value as the cloud gives it back.

    Returns:
        whether the plan wants nothing.

    Raises:
        StudioError: the engine could not plan, or the state's lock is someone else's.
    """
    second = run.folder / f"{stack.name}.second-plan.bin"
    command = [*tools.engine.command, "plan", "-input=false", "-lock=false", "-json"]
    command += ["-detailed-exitcode", f"-out={second.resolve()}"]
    second.touch(mode=PRIVATE_FILE)
    try:
        # A step, so that an apply that is killed here is taken up again.
        step, done = run.step(stack.name, "second-plan", command, folder=work, role="plan")
        if done.status not in (0, _CHANGES):
            step.settle("failed")
            raise command_failed(stack.name, done, step.messages, doing="planned")
        empty = done.status == 0
        if keep:
            folder = private_folder(tools.layout.second(stack.name))
            show_plan(tools, work=work, plan_file=second, plan_json=folder / "plan.json")
            shutil.copyfile(stack.path, folder / stack.path.name)
        if step.messages.drifted:
            what = [str(second.resolve())] if empty else ["-refresh-only", "-auto-approve"]
            _refresh(tools, run, stack, work, what, tell=tell)
        step.settle("planned")
    finally:
        second.unlink(missing_ok=True)
    return Settled(empty=empty, messages=done.stdout)


def _refresh(
    tools: Toolchain,
    run: Run,
    stack: SynthesizedStack,
    work: Path,
    what: list[str],
    *,
    tell: Callable[[str], None],
) -> None:
    command = [*tools.engine.command, "apply", "-input=false", "-json", *what]
    begin = partial(run.step, stack.name, "refresh", command, folder=work, role="plan")
    step, done = begin()
    lock = held_lock(step.messages) if done.status != 0 else None
    if lock is not None:
        step.settle("failed", reason="locked")
        release(tools, stack=stack.name, work=work, lock=lock)
        step, done = begin()
    step.settle("refreshed" if done.status == 0 else "failed")
    if done.status != 0:
        tell(f"{stack.name}: applied, but its state could not be refreshed")
