"""What earlier applies of a stack left open."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agent_studio.delivery.files import write_json, write_text
from agent_studio.delivery.host import end_session, wait_for
from agent_studio.delivery.journal import Step, unsettled
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.estate.errors import StudioError


@dataclass
class Interrupted:
    """The open end of one stack's earlier applies.

    Attributes:
        steps: the steps to settle once the stack is applied.
        started: addresses whose creation was begun.
        created: address -> id of creations that were finished.
    """

    steps: list[Step] = field(default_factory=list)
    started: set[str] = field(default_factory=set)
    created: dict[str, str] = field(default_factory=dict)

    def settle(self) -> None:
        """Close the steps: the stack was brought to its planned state."""
        for step in self.steps:
            step.settle("recovered")


def open_ends(tools: Toolchain, stack: str, *, tell: Callable[[str], None]) -> Interrupted | None:
    """Look at a stack's earlier steps; wait for an engine that still works.

    Args:
        tools: the engine and the state folder.
        stack: the stack.
        tell: told, in one line, of each thing that is waited for or found.

    Returns:
        What has to be recovered; None when nothing has.

    Raises:
        StudioError: an unfinished apply was started on another machine.
    """
    found = Interrupted()
    errored = tools.layout.work(stack) / "errored.tfstate"
    for step in [one for one in unsettled(tools.layout.runs) if one.stack == stack]:
        if not step.local():
            assert step.host is not None  # noqa: S101 - a step without a host is local
            raise StudioError(
                f"{stack}: an apply on {step.host.name} has not been settled",
                found=str(step.folder),
                fix=f"run `studio apply` on {step.host.name}; when that machine is gone for good, "
                f"remove the folder and plan again",
            )
        if step.alive():
            tell(f"{stack}: waiting for the engine of an earlier apply (process {step.pid})")
            wait_for(step.pid, step.started)
        if step.pid:
            left = end_session(step.pid, step.started)
            if left:
                tell(f"{stack}: ended {left} provider processes of an interrupted apply")
        _sort(tools, step, found, errored=errored.exists(), tell=tell)
    if errored.exists() or any(step.kind == "apply" for step in found.steps):
        return found
    found.settle()
    return None


def _sort(
    tools: Toolchain,
    step: Step,
    found: Interrupted,
    *,
    errored: bool,
    tell: Callable[[str], None],
) -> None:
    if step.pid == 0:
        step.settle("never-started")
        return
    messages = step.messages
    if step.kind == "apply" and messages.completed and not messages.errors and not errored:
        tell(f"{step.stack}: an earlier apply had finished; its result is taken")
        record_applied(tools, step)
        # It was begun only after what older steps had left was taken into its plan.
        found.settle()
        found.steps.clear()
        found.started.clear()
        found.created.clear()
        return
    found.steps.append(step)
    found.started |= messages.started
    found.created.update(messages.created)


def record_applied(tools: Toolchain, step: Step, *, status: str = "applied") -> Path:
    """Write down what a stack now stands at, and settle the step that brought it there."""
    intent = step.intent
    path = tools.layout.applied(step.stack)
    write_json(
        path,
        {
            "stack": step.stack,
            "digest": intent["digest"],
            "plan_sha256": intent["plan_sha256"],
            "time": intent["time"],
            "status": status,
            "run": step.folder.parent.name,
        },
    )
    source = tools.layout.work(step.stack) / "cdk.tf.json"
    if source.exists():
        # The next plan tells from it which constructs changed.
        write_text(path.with_suffix(".tf.json"), source.read_text(encoding="utf-8"))
    step.settle(status)
    return path
