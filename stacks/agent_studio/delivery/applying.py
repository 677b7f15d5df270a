"""Apply one stack's gated plan, whatever an earlier apply of it left behind."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent_studio.delivery import gating
from agent_studio.delivery.engine import Finished
from agent_studio.delivery.files import PRIVATE_FILE, read_json_if_any
from agent_studio.delivery.journal import Run, Step, unsettled
from agent_studio.delivery.planning import command_failed, plan_one
from agent_studio.delivery.recovery.interrupted import open_ends, record_applied
from agent_studio.delivery.recovery.locks import held_lock, release
from agent_studio.delivery.recovery.replan import ADOPTION_FILE, replan
from agent_studio.delivery.settling import settle
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.delivery.workspace import prepare
from agent_studio.estate import Estate
from agent_studio.estate.errors import ExitCode, StudioError


@dataclass(frozen=True, kw_only=True)
class Applied:
    """One stack's end.

    Attributes:
        stack: the stack's name.
        status: `applied`, `unchanged`, `failed`, `denied` or `skipped`.
        seconds: wall time.
        record: what was written down about it, if it was applied.
        message: why it was not applied.
        second_plan: what a plan made right after the apply showed: `empty` or `changes`.
        exit_code: what its failure makes the command end with.
    """

    stack: str
    status: str
    seconds: float = 0.0
    record: Path | None = None
    message: str | None = None
    second_plan: str | None = None
    exit_code: ExitCode = ExitCode.DONE

    @property
    def succeeded(self) -> bool:
        """Whether stacks that depend on this one may go on."""
        return self.status in ("applied", "unchanged")


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to apply.

    Attributes:
        estate: what a plan is judged by that an apply has to make itself.
        absent: addresses that the operator says were never created.
        tell: told of everything worth a line.
        verify: whether a stack fails whose plan, made again right after its apply, is not empty.
        at_once: whether to work on all layers at the same time.
        parallelism: resources of one stack to work on at once; None leaves it to the engine.
    """

    estate: Estate
    absent: frozenset[str]
    tell: Callable[[str], None]
    verify: bool = False
    at_once: bool = False
    parallelism: int | None = None


def pending(tools: Toolchain, stack: SynthesizedStack) -> bool:
    """Whether a stack has a plan that was not applied yet, or an apply that was cut short."""
    if any(step.stack == stack.name for step in unsettled(tools.layout.runs)):
        return True
    if (tools.layout.work(stack.name) / "errored.tfstate").exists():
        return True
    meta = read_json_if_any(tools.layout.plan(stack.name) / "meta.json")
    if meta is None:
        return False
    record = read_json_if_any(tools.layout.applied(stack.name)) or {}
    return record.get("plan_sha256") != meta.get("plan_sha256")


def apply_one(tools: Toolchain, run: Run, stack: SynthesizedStack, options: Options) -> Applied:
    """Apply one stack.

    Raises:
        StudioError: it cannot be applied; the line says why and what to do.
    """
    begun = time.monotonic()
    left = open_ends(tools, stack.name, tell=options.tell)
    work = prepare(tools, stack)
    if left is not None:
        options.tell(f"{stack.name}: an earlier apply was cut short; planning anew")
        before = gating.approved(tools, stack)
        planned = replan(tools, run, stack, work, left, absent=options.absent, tell=options.tell)
        gating.judge_again(tools, stack, planned.plan_sha256, estate=options.estate, before=before)
    elif not pending(tools, stack):
        # An orphan finished the work; it was killed off from what follows an apply.
        return _settled(tools, run, stack, work, options, status="applied", begun=begun)
    status = _apply(tools, run, stack, work, options)
    if left is not None:
        left.settle()
    (work / ADOPTION_FILE).unlink(missing_ok=True)
    return _settled(tools, run, stack, work, options, status=status, begun=begun)


def _settled(
    tools: Toolchain,
    run: Run,
    stack: SynthesizedStack,
    work: Path,
    options: Options,
    *,
    status: str,
    begun: float,
) -> Applied:
    found = None
    if status == "applied" or options.verify:
        second = settle(tools, run, stack, work, tell=options.tell, keep=options.verify)
        found = "empty" if second.empty else "changes"
        if not second.empty:
            restless = StudioError(
                f"{stack.name}: applied, but a second plan is not empty",
                fix=f"read {second.messages}; a provider or a construct does not settle",
            )
            if options.verify:
                raise restless
            options.tell(restless.line)
    return Applied(
        stack=stack.name,
        status=status,
        seconds=round(time.monotonic() - begun, 2),
        record=tools.layout.applied(stack.name),
        second_plan=found,
    )


def _apply(
    tools: Toolchain, run: Run, stack: SynthesizedStack, work: Path, options: Options
) -> str:
    released = stale = False
    while True:
        step, done = _attempt(tools, run, stack, work, options)
        if done is None or done.status == 0:
            status = "unchanged" if done is None else "applied"
            record_applied(tools, step, status=status)
            return status
        messages = step.messages
        lock = held_lock(messages)
        if lock is not None and not released:
            step.settle("failed", reason="locked")
            holder = release(tools, stack=stack.name, work=work, lock=lock)
            options.tell(f"{stack.name}: released the lock of a dead apply (process {holder.pid})")
            released = True
        elif not stale and any("plan is stale" in one.summary for one in messages.errors):
            step.settle("failed", reason="stale")
            options.tell(f"{stack.name}: its plan is stale; planning anew")
            before = gating.approved(tools, stack)
            planned = plan_one(tools, stack)
            gating.judge_again(
                tools, stack, planned.plan_sha256, estate=options.estate, before=before
            )
            stale = True
        else:
            if done.status > 0 and not (work / "errored.tfstate").exists():
                step.settle("failed")
            raise command_failed(stack.name, done, messages, doing="applied")


def _attempt(
    tools: Toolchain, run: Run, stack: SynthesizedStack, work: Path, options: Options
) -> tuple[Step, Finished | None]:
    # What is verified is a copy that nobody else writes to, and that copy is applied.
    folder = tools.layout.plan(stack.name)
    copy = run.folder / f"{stack.name}.plan.bin"
    shutil.copyfile(folder / "plan.bin", copy)
    copy.chmod(PRIVATE_FILE)
    why = {"digest": stack.digest, "plan_sha256": gating.verify(tools, stack, copy)}
    try:
        meta = read_json_if_any(folder / "meta.json") or {}
        if meta.get("applyable") is False:
            return run.note(stack.name, **why), None
        command = [*tools.engine.command, "apply", "-input=false", "-json"]
        if options.parallelism is not None:
            command.append(f"-parallelism={options.parallelism}")
        command.append(str(copy.resolve()))
        return run.step(stack.name, "apply", command, folder=work, role="apply", **why)
    finally:
        copy.unlink(missing_ok=True)
