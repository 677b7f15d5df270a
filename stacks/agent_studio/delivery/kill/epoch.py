"""The kill epoch: what a cell's mailbox says about whose actions are denied.

The document is `docs/reference/json/kill-epoch.schema.json`. Its number only ever rises, so that a
reader who saw a higher one knows a stale copy. A reader takes what it can't read for a denial of
everything.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Protocol

from agent_studio.delivery.kill.confirm import READ_BACK_SECONDS, UnconfirmedError, Watch

EVERYTHING = "*"
"""What denies all runtimes of a cell."""

UNSET = "unset"
"""What a parameter holds until somebody writes it (`constructs.aws.mailbox`)."""

_TRIES = 5
_LONGEST_REASON = 500

_HIGHEST = 2**53 - 1
"""The highest whole number that every JSON reader keeps exact (RFC 8259, section 6)."""


class ConflictError(UnconfirmedError):
    """Somebody else wrote in between."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What a mailbox holds.

    Attributes:
        text: the document; empty where there is none yet.
        mark: what tells this version from others, where the cloud has such a mark.
    """

    text: str
    mark: str | None = None


class Mailbox(Protocol):
    """The place of the kill epoch in a cell's mailbox."""

    def read(self, watch: Watch) -> Stored:
        """Read it.

        Raises:
            UnconfirmedError: it can't be read, or the mailbox has no place for it.
        """

    def write(self, text: str, before: Stored, watch: Watch) -> Iterable[str]:
        """Replace what was read before.

        Returns:
            what others wrote after that and before this, which is now replaced too: not every
            cloud can refuse the second of two writers.

        Raises:
            ConflictError: somebody else wrote in between, and nothing was replaced.
            UnconfirmedError: it can't be written.
        """


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """A kill epoch.

    Attributes:
        number: rises with each.
        deny: names of runtimes, or `*` for all.
    """

    number: int
    deny: frozenset[str]


NONE_YET = Epoch(number=0, deny=frozenset())


def parse(text: str) -> Epoch:
    """Read a document.

    Raises:
        ValueError: it is none.
    """
    if text.strip() in ("", UNSET):
        return NONE_YET
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("no JSON object")
    number, deny = document.get("epoch"), document.get("deny")
    if type(number) is not int or not 0 < number <= _HIGHEST:
        raise ValueError("no number of an epoch")
    if not isinstance(deny, list) or not all(isinstance(each, str) and each for each in deny):
        raise ValueError("no list of what is denied")
    return Epoch(number=number, deny=frozenset(deny))


def render(epoch: Epoch, **about: str) -> str:
    """Write a document.

    Args:
        epoch: the epoch.
        about: when, by whom and why.
    """
    document: dict[str, Any] = {"epoch": epoch.number, "deny": sorted(epoch.deny), **about}
    if "reason" in document:
        document["reason"] = document["reason"][:_LONGEST_REASON]
    return json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class Change:
    """What to deny from now on, or no more.

    Attributes:
        names: names of runtimes, or `*` for all.
        lift: whether they are denied no more.
    """

    names: frozenset[str]
    lift: bool = False

    @property
    def total(self) -> bool:
        """Whether what stood before is of no matter."""
        return EVERYTHING in self.names

    def of(self, deny: frozenset[str]) -> frozenset[str]:
        """What to deny, where `deny` is denied.

        Raises:
            UnconfirmedError: everything is denied and only some of it shall be lifted: nobody can
                tell what to leave.
        """
        if not self.lift:
            return deny | self.names
        if self.total:
            return frozenset()
        if EVERYTHING in deny:
            raise UnconfirmedError(
                "the whole cell is killed, so no single runtime of it can be allowed",
                found="deny *",
                fix="undo the kill of the whole cell, with --cell",
            )
        return deny - self.names


def put(
    mailbox: Mailbox,
    change: Change,
    watch: Watch,
    *,
    about: dict[str, str],
    clock: Callable[[], float] = time.time,
) -> Epoch:
    """Raise the epoch, and see that it stands.

    The number is the time in milliseconds, or one more than the last where that is higher: two
    machines whose clocks differ still never go back. Where this overwrote what another wrote at the
    same time, it is written again, with what the other denied and a higher number than the other's.

    Args:
        mailbox: where it lies.
        change: what to deny.
        watch: the time for it.
        about: what else to write down.
        clock: seconds since 1970.

    Returns:
        What was read back: this epoch, or a later one that denies as wanted.

    Raises:
        UnconfirmedError: it was not confirmed.
    """
    replaced = NONE_YET
    for _ in range(_TRIES):
        stored = watch.persist(lambda: mailbox.read(watch))
        before = _both(understood(stored.text, change), replaced)
        wanted = Epoch(number=_next(before, clock), deny=change.of(before.deny))
        text = render(wanted, **about)
        try:
            missed = watch.persist(partial(mailbox.write, text, stored, watch))
        except ConflictError:
            continue
        if others := [understood(each, change) for each in missed]:
            replaced = reduce(_both, others, replaced)
            continue
        found = _read_back(mailbox, wanted, watch)
        if change.of(found.deny) == found.deny:
            return found
    raise UnconfirmedError(
        "others write the kill epoch at the same time",
        found=f"{_TRIES} tries",
        fix="run the same command again when they are done",
    )


def understood(text: str, change: Change) -> Epoch:
    """What stood before; what can't be read is of no matter where everything is denied or lifted.

    Raises:
        UnconfirmedError: it can't be read, and some of it should stay.
    """
    try:
        return parse(text)
    except (ValueError, RecursionError):
        if change.total:
            return NONE_YET
        raise UnconfirmedError(
            "the mailbox holds something that is no kill epoch",
            found=f"{len(text)} characters",
            fix="kill the whole cell, which replaces it",
        ) from None


def _both(one: Epoch, other: Epoch) -> Epoch:
    """What two epochs deny together."""
    return Epoch(number=max(one.number, other.number), deny=one.deny | other.deny)


def _next(before: Epoch, clock: Callable[[], float]) -> int:
    number = max(before.number + 1, int(clock() * 1000))
    if number > _HIGHEST:
        # A reader would take it for no epoch; and one that starts again is older than this.
        raise UnconfirmedError(
            "the kill epoch cannot rise any more",
            found=f"epoch {before.number}",
            fix="find out who wrote it; remove it from the mailbox, and run the same command again",
        )
    return number


def _read_back(mailbox: Mailbox, wanted: Epoch, watch: Watch) -> Epoch:
    last = NONE_YET

    def look() -> str | None:
        nonlocal last
        try:
            last = parse(mailbox.read(watch).text)
        except (ValueError, RecursionError):
            return "something that is no kill epoch"
        if last.number >= wanted.number:
            return None
        return f"epoch {last.number}, not {wanted.number}"

    watch.within(READ_BACK_SECONDS).until(look)
    return last
