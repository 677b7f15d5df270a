"""Core, then guardrails, then cells; one failure stops its dependents only."""

from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from agent_studio.delivery.ordering import dependencies, in_order
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.estate import Layer

ACCOUNTS = {"core": "1", "guardrails-a": "2", "guardrails-b": "3", "cell-a": "2", "cell-b": "3"}
STACKS = [
    SynthesizedStack(
        name=name, layer=Layer(name.split("-")[0]), path=Path(name), digest="d", resources=1
    )
    for name in ACCOUNTS
]


@dataclass(frozen=True)
class End:
    """A stack's end."""

    name: str
    how: str

    @property
    def succeeded(self) -> bool:
        """Whether it was applied."""
        return self.how == "applied"


class Trace:
    """Applies nothing; fails the named stacks and notes the order."""

    def __init__(self, *failing: str) -> None:
        self.begun: list[str] = []
        self._failing = failing

    def start(self, executor: Executor, stack: SynthesizedStack) -> "Future[End]":
        """Note that the stack's turn has come."""
        self.begun.append(stack.name)
        how = "failed" if stack.name in self._failing else "applied"
        return executor.submit(End, stack.name, how)

    def ended(self, _stack: SynthesizedStack, future: "Future[End]") -> End:
        """Take the result."""
        return future.result()

    def skipped(self, stack: SynthesizedStack, because: Sequence[str]) -> End:
        """Leave it alone."""
        return End(stack.name, f"skipped for {', '.join(because)}")


def _apply(*failing: str) -> tuple[list[str], list[str]]:
    trace = Trace(*failing)
    with ThreadPoolExecutor(2) as executor:
        ends = in_order(STACKS, dependencies(STACKS, ACCOUNTS), executor, trace)
    return trace.begun, [one.how for one in ends]


def test_layers_are_applied_one_after_the_other() -> None:
    """No guardrails before the core, no cell before the guardrails."""
    begun, ends = _apply()
    assert begun == ["core", "guardrails-a", "guardrails-b", "cell-a", "cell-b"]
    assert ends == ["applied"] * 5


def test_failed_guardrails_stop_the_cells_of_their_account_alone() -> None:
    """The cell of the other account is applied."""
    _, ends = _apply("guardrails-a")
    assert ends == ["applied", "failed", "applied", "skipped for guardrails-a", "applied"]


def test_a_failed_core_stops_everything() -> None:
    """Every other stack names the core's roles in its policies."""
    begun, ends = _apply("core")
    assert begun == ["core"]
    assert ends[1:3] == ["skipped for core"] * 2


def test_at_once_no_stack_waits_for_another_or_fails_with_it() -> None:
    """Where nothing enforces the order, every stack is begun at once and ends as it ends."""
    trace = Trace("core")
    with ThreadPoolExecutor(1) as executor:
        needs = dependencies(STACKS, ACCOUNTS)
        ends = in_order(STACKS, needs, executor, trace, at_once=True)
    assert trace.begun == list(ACCOUNTS)
    assert [one.how for one in ends] == ["failed"] + ["applied"] * 4
