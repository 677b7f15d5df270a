"""Look at every stack for drift, in parallel, without changing anything."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from agent_studio.delivery.drift.differences import Drifted, drifted
from agent_studio.delivery.engine import run
from agent_studio.delivery.engine.messages import read_messages
from agent_studio.delivery.files import private_folder, read_json, write_json
from agent_studio.delivery.planning import command_failed, plan_command, show_plan
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.delivery.workspace import prepare
from agent_studio.estate.errors import StudioError


@dataclass(frozen=True, kw_only=True)
class StackDrift:
    """One stack's drift.

    Attributes:
        stack: the stack's name.
        status: `clean`, `drifted` or `failed`.
        drift: what drifted, worst first.
        seconds: wall time.
        error: one line, when the stack could not be looked at.
    """

    stack: str
    status: str
    drift: tuple[Drifted, ...] = ()
    seconds: float = 0.0
    error: str | None = None


def detect_all(
    tools: Toolchain,
    stacks: Sequence[SynthesizedStack],
    executor: Executor,
    *,
    progress: Callable[[StackDrift], None],
) -> tuple[StackDrift, ...]:
    """Look at stacks in parallel; one stack's failure stops no other.

    Args:
        tools: the engine and the state folder.
        stacks: what to look at.
        executor: where the work runs.
        progress: told of each stack as soon as it is done.

    Returns:
        One entry for each stack, in the order given.
    """
    futures = {executor.submit(detect_one, tools, stack): stack.name for stack in stacks}
    done: dict[str, StackDrift] = {}
    for future in as_completed(futures):
        name = futures[future]
        try:
            found = future.result()
        except StudioError as error:
            found = StackDrift(stack=name, status="failed", error=error.line)
        done[name] = found
        progress(found)
    return tuple(done[stack.name] for stack in stacks)


def detect_one(tools: Toolchain, stack: SynthesizedStack) -> StackDrift:
    """Refresh one stack's state in memory and compare it with what is recorded.

    Raises:
        StudioError: the engine could not read the stack's resources.
    """
    begun = time.monotonic()
    work = prepare(tools, stack)
    folder = private_folder(tools.layout.root / "drift" / stack.name)
    done = run(
        plan_command(tools, folder, "-refresh-only", "-lock=false"),
        folder=work,
        environment=tools.environment("plan"),
        stdout=folder / "plan.out",
        stderr=folder / "plan.err",
    )
    messages = read_messages(done.stdout)
    if done.status != 0:
        raise command_failed(stack.name, done, messages, doing="planned")
    found = _details(tools, work, folder) if messages.drifted else ()
    # The plan holds every value of the stack, and has told all that is kept of it.
    (folder / "plan.bin").unlink()
    result = StackDrift(
        stack=stack.name,
        status="drifted" if found else "clean",
        drift=found,
        seconds=round(time.monotonic() - begun, 2),
    )
    write_json(tools.layout.drift(stack.name), {**as_row(result), "time": time.time()})
    return result


def _details(tools: Toolchain, work: Path, folder: Path) -> tuple[Drifted, ...]:
    # The engine's messages name what drifted; which attributes did stands in the plan alone, and
    # reading it costs as much as a third of making it.
    plan_json = folder / "plan.json"
    show_plan(tools, work=work, plan_file=folder / "plan.bin", plan_json=plan_json)
    found = drifted(read_json(plan_json))
    plan_json.unlink()
    return found


def joined(stacks: Sequence[StackDrift], more: Sequence[StackDrift]) -> tuple[StackDrift, ...]:
    """Add findings of another kind to those of Terraform's own, stack by stack.

    Args:
        stacks: one entry for each stack.
        more: entries of the same stacks, or of what is in none.
    """
    found = {one.stack: one for one in stacks}
    for one in more:
        there = found.get(one.stack)
        if there is None:
            found[one.stack] = one
            continue
        drift = sorted((*there.drift, *one.drift), key=lambda each: each.severity.rank)
        status = "failed" if "failed" in (there.status, one.status) else "drifted"
        found[one.stack] = replace(
            there, status=status, drift=tuple(drift), error=there.error or one.error
        )
    return tuple(found.values())


def as_row(found: StackDrift) -> dict[str, object]:
    """One stack's drift as the machine-readable output has it."""
    return {
        "name": found.stack,
        "status": found.status,
        "seconds": found.seconds,
        "drift": [
            {
                "address": one.address,
                "kind": one.kind,
                "severity": one.severity.value,
                "paths": list(one.paths),
            }
            for one in found.drift
        ],
        **({"error": found.error} if found.error else {}),
    }
