"""Prove that an apply has converged: a plan made right after it wants nothing."""

from pathlib import Path

from agent_studio.delivery.engine.messages import read_messages
from agent_studio.delivery.engine.process import run as run_engine
from agent_studio.delivery.journal import Run
from agent_studio.delivery.planning import command_failed
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.estate.errors import StudioError

_CHANGES = 2
"""What `plan -detailed-exitcode` ends with where there are changes (Terraform CLI, `plan`)."""


def expect_empty_plan(tools: Toolchain, run: Run, stack: SynthesizedStack, work: Path) -> None:
    """Plan an applied stack again.

    Nothing is kept of the plan but its messages, under the run's folder.

    Args:
        tools: the engine and the state folder.
        run: the apply's run.
        stack: the stack that was applied.
        work: its working directory.

    Raises:
        StudioError: the plan failed, or wants changes.
    """
    stdout = run.folder / f"{stack.name}.second-plan.out"
    done = run_engine(
        [
            *tools.engine.command,
            "plan",
            "-input=false",
            "-lock=false",
            "-json",
            "-detailed-exitcode",
        ],
        folder=work,
        environment=tools.environment("plan"),
        stdout=stdout,
        stderr=stdout.with_suffix(".err"),
    )
    if done.status == 0:
        return
    messages = read_messages(stdout)
    if done.status != _CHANGES:
        raise command_failed(stack.name, done, messages, doing="planned")
    raise StudioError(
        f"{stack.name}: applied, but a second plan is not empty",
        fix=f"read {stdout}; a provider or a construct does not settle",
    )
