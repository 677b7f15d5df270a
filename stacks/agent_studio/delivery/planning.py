"""Plan stacks: in parallel, under the plan role, with the plan file and its JSON kept."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agent_studio.delivery.engine import Finished, run
from agent_studio.delivery.engine.messages import Messages, read_messages
from agent_studio.delivery.files import (
    PRIVATE_FILE,
    private_folder,
    read_json,
    sha256,
    write_json,
)
from agent_studio.delivery.journal import unsettled
from agent_studio.delivery.schemas import reattached
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.delivery.workspace import prepare
from agent_studio.estate.errors import StudioError


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One stack's plan, or why there is none.

    Attributes:
        stack: the stack's name.
        plan_file: the plan that `apply` takes; None when planning failed.
        plan_json: the same plan as JSON.
        plan_sha256: the plan file's SHA-256.
        add: resources to create; a replacement counts here and under destroy, as Terraform counts.
        change: resources to update in place.
        destroy: resources to destroy.
        adopt: existing resources to take into the state.
        applyable: whether applying the plan would do anything.
        seconds: wall time.
        error: one line, when planning failed.
    """

    stack: str
    plan_file: Path | None = None
    plan_json: Path | None = None
    plan_sha256: str = ""
    add: int = 0
    change: int = 0
    destroy: int = 0
    adopt: int = 0
    applyable: bool = False
    seconds: float = 0.0
    error: str | None = None


def plan_all(
    tools: Toolchain,
    stacks: Sequence[SynthesizedStack],
    executor: Executor,
    *,
    progress: Callable[[Planned], None],
) -> tuple[Planned, ...]:
    """Plan stacks in parallel; one stack's failure stops no other.

    Args:
        tools: the engine and the state folder.
        stacks: what to plan.
        executor: where the planning runs.
        progress: told of each stack as soon as it is done.

    Returns:
        One entry for each stack, in the order given.
    """
    futures = {executor.submit(plan_one, tools, stack): stack.name for stack in stacks}
    done: dict[str, Planned] = {}
    for future in as_completed(futures):
        try:
            planned = future.result()
        except StudioError as error:
            planned = Planned(stack=futures[future], error=error.line)
        done[planned.stack] = planned
        progress(planned)
    return tuple(done[stack.name] for stack in stacks)


def plan_one(tools: Toolchain, stack: SynthesizedStack) -> Planned:
    """Prepare one stack's working directory and plan it.

    Raises:
        StudioError: the engine could not plan; the line gives its first errors.
    """
    begun = time.monotonic()
    refuse_while_applied(tools, stack.name)
    folder = forget_plan(tools, stack.name)
    work = prepare(tools, stack)
    # No lock: planning changes no state, a plan beside a running apply is stale and apply refuses
    # it, and a planner that is killed leaves nothing to release.
    command = plan_command(tools, folder, "-lock=false")
    done = run(
        command,
        folder=work,
        environment=tools.environment("plan"),
        stdout=folder / "plan.out",
        stderr=folder / "plan.err",
    )
    return finish_plan(tools, stack, work=work, done=done, begun=begun)


def refuse_while_applied(tools: Toolchain, stack: str) -> None:
    """Leave a stack alone whose engine still works: its files are in use.

    Raises:
        StudioError: an apply of the stack still runs on this machine.
    """
    for step in unsettled(tools.layout.runs):
        if step.stack == stack and step.alive():
            raise StudioError(
                f"{stack}: an apply of it still runs",
                found=f"process {step.pid}",
                fix="wait for it; if `studio` itself was killed, `studio apply` takes its result",
            )


def forget_plan(tools: Toolchain, stack: str) -> Path:
    """Remove a stack's last plan and its gate record, which the next plan makes worthless."""
    folder = private_folder(tools.layout.plan(stack))
    for name in ("plan.bin", "plan.json", "meta.json"):
        (folder / name).unlink(missing_ok=True)
    tools.layout.gate_record(stack).unlink(missing_ok=True)
    return folder


def plan_command(tools: Toolchain, folder: Path, *options: str) -> list[str]:
    """The words that plan into `plan.bin` of a folder."""
    out = (folder / "plan.bin").resolve()
    return [*tools.engine.command, "plan", "-input=false", "-json", f"-out={out}", *options]


def finish_plan(
    tools: Toolchain, stack: SynthesizedStack, *, work: Path, done: Finished, begun: float
) -> Planned:
    """Keep a finished plan: its JSON, its counts, its SHA-256, and what it was made from.

    Raises:
        StudioError: the plan failed.
    """
    messages = read_messages(done.stdout)
    if done.status != 0:
        raise command_failed(stack.name, done, messages, doing="planned")
    folder = tools.layout.plan(stack.name)
    plan_file, plan_json = folder / "plan.bin", folder / "plan.json"
    plan_file.chmod(PRIVATE_FILE)
    show_plan(tools, work=work, plan_file=plan_file, plan_json=plan_json)
    plan = read_json(plan_json)
    counts = count_changes(plan)
    planned = Planned(
        stack=stack.name,
        plan_file=plan_file,
        plan_json=plan_json,
        plan_sha256=sha256(plan_file),
        add=counts["add"],
        change=counts["change"],
        destroy=counts["destroy"],
        adopt=counts["adopt"],
        applyable=bool(plan.get("applyable", any(counts.values()))),
        seconds=round(time.monotonic() - begun, 2),
    )
    write_json(
        folder / "meta.json",
        {
            "stack": stack.name,
            "layer": stack.layer.value,
            "digest": stack.digest,
            "plan_sha256": planned.plan_sha256,
            "engine": f"{tools.engine.kind} {tools.engine.version}",
            "add": planned.add,
            "change": planned.change,
            "destroy": planned.destroy,
            "adopt": planned.adopt,
            "applyable": planned.applyable,
            "seconds": planned.seconds,
        },
    )
    return planned


def show_plan(tools: Toolchain, *, work: Path, plan_file: Path, plan_json: Path) -> None:
    """Write a plan file's JSON form.

    Raises:
        StudioError: the engine could not read the plan file.
    """
    command = [*tools.engine.command, "show", "-json", str(plan_file.resolve())]
    environment = tools.environment("plan")
    with reattached(work, plan_file, environment) as schemas:
        for added in (schemas, {}) if schemas else ({},):
            done = run(
                command,
                folder=work,
                environment={**environment, **added},
                stdout=plan_json,
                stderr=plan_file.with_suffix(".show.err"),
            )
            if done.status == 0:
                return
    reason = " ".join(done.stderr.read_text(encoding="utf-8", errors="replace").split())
    raise StudioError(f"cannot read the plan {plan_file}", found=reason[:400])


def count_changes(plan: dict[str, Any]) -> dict[str, int]:
    """Count a plan's resource changes as Terraform does: a replacement adds and destroys."""
    counts = {"add": 0, "change": 0, "destroy": 0, "adopt": 0}
    for resource in plan.get("resource_changes", []):
        change = resource.get("change", {})
        actions = change.get("actions", [])
        counts["add"] += "create" in actions
        counts["change"] += "update" in actions
        counts["destroy"] += "delete" in actions
        counts["adopt"] += change.get("importing") is not None
    return counts


def command_failed(
    stack: str, done: Finished, messages: Messages, *, doing: Literal["planned", "applied"]
) -> StudioError:
    """Say on one line why a command failed: the engine's first errors, and how many more."""
    errors = messages.errors
    if errors:
        shown = "; ".join(one.line for one in errors[:3])
        more = f" (and {len(errors) - 3} more)" if len(errors) > 3 else ""
        return StudioError(f"{stack}: cannot be {doing}", found=shown + more)
    text = " ".join(done.stderr.read_text(encoding="utf-8", errors="replace").split())
    return StudioError(
        f"{stack}: cannot be {doing}",
        found=text[-400:] or _ended(done.status),
        fix=f"read {done.stdout}",
    )


def _ended(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


def workers(*, waiting: bool = False) -> int:
    """How many stacks to work on at once.

    Planning computes a little more than it waits: three stacks to two cores. Applying waits for
    the cloud most of the time: two a core. A stack holds about 600 MB at its peak, which bounds the
    count on a large machine too.

    Args:
        waiting: whether the work is mostly waiting.
    """
    cores = os.cpu_count() or 1
    return min(cores * 2 if waiting else (cores * 3 + 1) // 2, 16)
