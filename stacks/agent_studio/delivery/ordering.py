"""Which stacks wait for which: core, then guardrails, then cells."""

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Protocol, TypeVar

from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.estate import Layer


class Outcome(Protocol):
    """What working on one stack comes to."""

    @property
    def succeeded(self) -> bool:
        """Whether stacks that depend on this one may go on."""


T = TypeVar("T", bound=Outcome)


class Work(Protocol[T]):
    """How one stack is worked on, and how its end is told."""

    def start(self, executor: Executor, stack: SynthesizedStack) -> "Future[T]":
        """Begin to work on a stack."""

    def ended(self, stack: SynthesizedStack, future: "Future[T]") -> T:
        """Take a stack's result."""

    def skipped(self, stack: SynthesizedStack, because: Sequence[str]) -> T:
        """A stack is left alone because those that it depends on failed."""


def dependencies(
    stacks: Sequence[SynthesizedStack], accounts: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    """What each stack depends on, among the given ones.

    Everything depends on the core, whose roles the policies of the others name; a cell depends on
    the guardrails of its own account.

    Args:
        stacks: the stacks to work on.
        accounts: stack -> account id.
    """
    found: dict[str, frozenset[str]] = {}
    for stack in stacks:
        found[stack.name] = frozenset(
            other.name
            for other in stacks
            if (other.layer is Layer.CORE and stack.layer is not Layer.CORE)
            or (
                other.layer is Layer.GUARDRAILS
                and stack.layer is Layer.CELL
                and accounts.get(other.name) == accounts.get(stack.name)
            )
        )
    return found


def in_order(
    stacks: Sequence[SynthesizedStack],
    needs: Mapping[str, frozenset[str]],
    executor: Executor,
    work: Work[T],
    *,
    at_once: bool = False,
) -> tuple[T, ...]:
    """Work on stacks layer by layer; within a layer in parallel.

    Args:
        stacks: the stacks.
        needs: what `dependencies` gave.
        executor: where the work runs.
        work: what is done with each.
        at_once: all layers at the same time; then no stack waits for, or fails with, another.

    Returns:
        The results in the order of the stacks given.
    """
    done: dict[str, T] = {}
    for group in [frozenset(Layer)] if at_once else [frozenset({layer}) for layer in Layer]:
        running: dict[Future[T], SynthesizedStack] = {}
        for stack in [one for one in stacks if one.layer in group]:
            failed = sorted(n for n in needs[stack.name] if n in done and not done[n].succeeded)
            if failed:
                done[stack.name] = work.skipped(stack, failed)
            else:
                running[work.start(executor, stack)] = stack
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                stack = running.pop(future)
                done[stack.name] = work.ended(stack, future)
    return tuple(done[stack.name] for stack in stacks)
