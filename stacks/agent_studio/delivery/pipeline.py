"""The steps of the pipeline over many stacks, as the command line and the rehearsal call them."""

import fcntl
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from types import FrameType

from agent_studio.delivery import gating
from agent_studio.delivery.applying import Applied, Options, apply_one, pending
from agent_studio.delivery.engine.process import allow_all, interrupt_all, pause
from agent_studio.delivery.journal import Run, unsettled
from agent_studio.delivery.ordering import dependencies, in_order
from agent_studio.delivery.planning import workers
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.estate import Layer
from agent_studio.estate.errors import ExitCode, StudioError

_SECONDS_APART = 5.0
"""Between the starts of stacks that are worked on all at once: the core, then the largest.

An engine computes for some ten seconds before it asks the cloud for anything. Started together,
all of them would come to their first call last."""


def apply_all(
    tools: Toolchain,
    stacks: Sequence[SynthesizedStack],
    executor: Executor,
    *,
    accounts: Mapping[str, str],
    options: Options,
    progress: Callable[[Applied], None],
) -> tuple[Applied, ...]:
    """Apply every stack that has an unapplied plan or an interrupted apply, in order.

    Every plan's gate record is verified before anything is applied, and again for each stack as
    its turn comes.

    Args:
        tools: the engine and the state folder.
        stacks: the stacks to look at.
        executor: where the work of a layer runs in parallel.
        accounts: stack -> account id, for what depends on what.
        options: how to apply.
        progress: told of each stack as soon as it has ended.

    Returns:
        One entry for each stack that was due, in the order of apply.

    Raises:
        StudioError: a record is missing or denies (exit code 3; nothing was applied), or another
            apply runs in this state folder.
    """
    with _alone(tools):
        due = [stack for stack in stacks if pending(tools, stack)]
        _verify(tools, due)
        if not due:
            return ()
        work = _Work(tools, Run(tools), options, progress)
        if options.at_once:
            due.sort(key=lambda stack: (stack.layer is not Layer.CORE, -stack.resources))
        needs = dependencies(due, accounts)
        return in_order(due, needs, executor, work, at_once=options.at_once)


@contextmanager
def pool(*, waiting: bool = False, jobs: int | None = None) -> Iterator[Executor]:
    """An executor of this machine; Ctrl-C and SIGTERM ask every engine to stop and wait for it.

    Terraform writes its state and releases its lock before it stops.

    Args:
        waiting: whether the work is mostly waiting, as an apply is.
        jobs: how many stacks to work on at once; by default what the machine bears.
    """
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        executor.shutdown(wait=False, cancel_futures=True)
        interrupt_all()

    main = threading.current_thread() is threading.main_thread()
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)} if main else {}
    count = jobs or workers(waiting=waiting)
    executor = ThreadPoolExecutor(max_workers=count, thread_name_prefix="stack")
    allow_all()
    try:
        for number in before:
            signal.signal(number, stop)
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked.is_set():
        raise KeyboardInterrupt


class _Work:
    """How `in_order` applies one stack."""

    def __init__(
        self,
        tools: Toolchain,
        run: Run,
        options: Options,
        progress: Callable[[Applied], None],
    ) -> None:
        self._apply = partial(apply_one, tools, run)
        self._begun = 0
        self._options = options
        self._progress = progress

    def start(self, executor: Executor, stack: SynthesizedStack) -> "Future[Applied]":
        delay = self._begun * _SECONDS_APART if self._options.at_once else 0.0
        self._begun += 1
        return executor.submit(self._apply_after, delay, stack)

    def _apply_after(self, delay: float, stack: SynthesizedStack) -> Applied:
        pause(delay)
        return self._apply(stack, self._options)

    def ended(self, stack: SynthesizedStack, future: "Future[Applied]") -> Applied:
        try:
            result = future.result()
        except StudioError as error:
            denied = error.exit_code is ExitCode.DENIED
            result = Applied(
                stack=stack.name,
                status="denied" if denied else "failed",
                message=error.line,
                exit_code=error.exit_code,
            )
        self._progress(result)
        return result

    def skipped(self, stack: SynthesizedStack, because: Sequence[str]) -> Applied:
        result = Applied(
            stack=stack.name,
            status="skipped",
            message=f"{', '.join(because)} was not applied",
            exit_code=ExitCode.ERROR,
        )
        self._progress(result)
        return result


def _verify(tools: Toolchain, due: Sequence[SynthesizedStack]) -> None:
    # A stack whose apply was cut short is planned and judged anew; its old record says nothing.
    open_ = {step.stack for step in unsettled(tools.layout.runs)}
    refused = []
    for stack in due:
        plan_file = tools.layout.plan(stack.name) / "plan.bin"
        if stack.name in open_ or not plan_file.exists():
            continue
        try:
            gating.verify(tools, stack, plan_file)
        except StudioError as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise StudioError(
            f"the gate allows {len(refused)} of the plans not",
            found="; ".join(error.line for error in refused[:5]),
            fix="run `studio gate`, and look at its findings",
            exit_code=ExitCode.DENIED,
        )


@contextmanager
def _alone(tools: Toolchain) -> Iterator[None]:
    with tools.layout.apply_lock.open("a+") as file:
        try:
            # The kernel releases it with the process, however that ends.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise StudioError(
                "another apply runs in this state folder",
                found=f"process {file.read().strip() or 'unknown'}",
                fix="wait for it to end",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
