"""The kill epoch: its document, and how it only ever rises, whoever writes at the same time."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support.schemas import SCHEMAS

from agent_studio.delivery.kill import epoch
from agent_studio.delivery.kill.confirm import UnconfirmedError, Watch
from agent_studio.delivery.kill.epoch import Change, Epoch, Stored

SCHEMA = Draft202012Validator(json.loads((SCHEMAS / "kill-epoch.schema.json").read_text()))
ABOUT = {"id": "x", "time": "2026-11-23T00:00:00+00:00", "by": "ada@host"}
NAMES = st.from_regex(r"[a-z](?:-?[a-z0-9]){0,10}", fullmatch=True)


def watch(seconds: float = 30.0) -> Watch:
    """A watch whose time passes by sleeping alone."""
    now = [0.0]

    def sleep(some: float) -> None:
        now[0] += some

    return Watch(seconds, clock=lambda: now[0], sleep=sleep)


@dataclass
class Versions:
    """A mailbox whose versions are counted; `meanwhile` happens once, before the next writing.

    Attributes:
        texts: every version, the oldest first.
        meanwhile: what another writer does between our reading and our writing.
        refuses: whether it refuses the second of two writers, as Azure does.
    """

    texts: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None
    refuses: bool = False

    def read(self, watch: Watch) -> Stored:  # noqa: ARG002 - answers at once
        """The last version."""
        return Stored(text=self.texts[-1] if self.texts else "", mark=str(len(self.texts)))

    def write(self, text: str, before: Stored, watch: Watch) -> Iterable[str]:  # noqa: ARG002
        """One more version."""
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            happens()
        missed = self.texts[int(before.mark or 0) :]
        if missed and self.refuses:
            raise epoch.ConflictError("somebody else wrote")
        self.texts.append(text)
        return missed

    @property
    def last(self) -> Epoch:
        """What stands."""
        return epoch.parse(self.texts[-1])

    @property
    def numbers(self) -> list[int]:
        """The numbers of all versions."""
        return [epoch.parse(text).number for text in self.texts]


def deny(*names: str) -> Change:
    """Deny some."""
    return Change(names=frozenset(names))


def lift(*names: str) -> Change:
    """Deny some no more."""
    return Change(names=frozenset(names), lift=True)


def put(mailbox: epoch.Mailbox, change: Change, at: float = 1.7e9) -> Epoch:
    """Put, at some time."""
    return epoch.put(mailbox, change, watch(), about=ABOUT, clock=lambda: at)


@given(st.text())
def test_any_text_is_an_epoch_or_refused(text: str) -> None:
    """Nothing but a document or the words for nothing yet is taken; nothing else is raised."""
    try:
        found = epoch.parse(text)
    except (ValueError, RecursionError):
        return
    assert found == epoch.NONE_YET
    assert text.strip() in ("", "unset")


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"epoch": 1}',
        '{"epoch": true, "deny": []}',
        '{"epoch": 0, "deny": []}',
        '{"epoch": 1.0, "deny": []}',
        '{"epoch": 9007199254740992, "deny": []}',
        '{"epoch": 1, "deny": "*"}',
        '{"epoch": 1, "deny": [""]}',
        '{"epoch": 1, "deny": [1]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_epoch_is_replaced_by_a_whole_kill_alone(text: str) -> None:
    """A kill of the whole cell replaces it; that of a runtime can't tell what else is denied."""
    mailbox = Versions([text])
    with pytest.raises(UnconfirmedError, match="holds something that is no kill epoch") as raised:
        put(mailbox, deny("analyst"))
    assert raised.value.fix == "kill the whole cell, which replaces it"
    assert put(mailbox, deny("*")).deny == {"*"}


@given(st.integers(1, 2**53 - 1), st.frozensets(st.one_of(NAMES, st.just("*"))), st.text())
def test_a_document_reads_as_it_was_written(
    number: int, names: frozenset[str], reason: str
) -> None:
    """And follows its schema, whatever the reason says."""
    text = epoch.render(Epoch(number=number, deny=names), **ABOUT, reason=reason)
    SCHEMA.validate(json.loads(text))
    assert text.isascii()
    assert epoch.parse(text) == Epoch(number=number, deny=names)


CHANGES = st.builds(
    Change,
    names=st.frozensets(st.sampled_from(["*", "a", "b", "c"]), min_size=1),
    lift=st.booleans(),
)


@given(st.lists(st.tuples(CHANGES, st.floats(-2e9, 4e9))))
def test_the_number_rises_whatever_the_clocks_say(changes: list[tuple[Change, float]]) -> None:
    """Machines with any clocks, one after the other: each number is higher than the last."""
    mailbox = Versions()
    for change, at in changes:
        try:
            put(mailbox, change, at)
        except UnconfirmedError as refused:
            assert "no single runtime of it can be allowed" in refused.cause  # noqa: PT017
    assert mailbox.numbers == sorted(set(mailbox.numbers))


@pytest.mark.parametrize("refuses", [False, True])
@given(first=CHANGES, second=st.sampled_from(["*", "a", "b"]), at=st.floats(0, 4e9))
def test_a_kill_by_another_at_the_same_time_is_kept(
    refuses: bool, first: Change, second: str, at: float
) -> None:
    """Between our reading and our writing another kills: afterwards both hold, numbers rose."""
    mailbox = Versions(refuses=refuses)
    mailbox.meanwhile = lambda: put(mailbox, deny(second), at) and None
    try:
        found = put(mailbox, first)
    except UnconfirmedError as refused:
        assert "no single runtime" in refused.cause  # noqa: PT017
        assert mailbox.last.deny >= {second} or first.lift
        return
    assert found == mailbox.last
    if not first.lift:
        assert mailbox.last.deny >= first.names | {second}
    elif not first.total:
        assert mailbox.last.deny == {second} - first.names
    assert mailbox.last.number == max(mailbox.numbers)


def test_others_that_never_stop_writing_are_told() -> None:
    """After some tries it is not confirmed."""

    class Busy(Versions):
        def write(self, text: str, before: Stored, watch: Watch) -> Iterable[str]:
            self.texts.append(epoch.render(Epoch(number=len(self.texts) + 1, deny=frozenset())))
            return super().write(text, before, watch)

    with pytest.raises(UnconfirmedError, match="others write the kill epoch at the same time"):
        put(Busy(), deny("*"))


def test_a_number_that_can_rise_no_more_is_told() -> None:
    """Not written over by a lower one, which readers would take for stale."""
    mailbox = Versions([epoch.render(Epoch(number=2**53 - 1, deny=frozenset()), **ABOUT)])
    with pytest.raises(UnconfirmedError, match="the kill epoch cannot rise any more"):
        put(mailbox, deny("*"))
    assert len(mailbox.texts) == 1


def test_what_is_answered_counts_for_nothing_until_it_is_read_back() -> None:
    """A mailbox that takes writings and keeps none is not confirmed, and tells what it holds."""

    class Forgetful(Versions):
        def write(self, text: str, before: Stored, watch: Watch) -> Iterable[str]:  # noqa: ARG002
            return ()

    old = epoch.render(Epoch(number=7, deny=frozenset()), **ABOUT)
    with pytest.raises(UnconfirmedError, match="not confirmed within 30 s") as raised:
        put(Forgetful([old]), deny("*"))
    assert raised.value.found == "epoch 7, not 1700000000000"


def test_a_later_epoch_that_does_not_deny_is_no_confirmation() -> None:
    """Read back, but lifted again by another: it is denied anew."""

    class Lifted(Versions):
        lifts = 1

        def read(self, watch: Watch) -> Stored:
            if self.lifts and len(self.texts) == 1:
                self.lifts -= 1
                put(self, lift("*"))
            return super().read(watch)

    mailbox = Lifted()
    assert put(mailbox, deny("*")).deny == {"*"}
    assert len(mailbox.texts) == 3
