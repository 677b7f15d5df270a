"""Which steps a kill has in a cell, and which its undoing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from agent_studio.delivery.kill import cloud, epoch, logins
from agent_studio.delivery.kill.confirm import Watch
from agent_studio.delivery.kill.scope import Target
from agent_studio.delivery.kill.tokens import Tokens
from agent_studio.delivery.kill.vault import CellVault

LOGINS, TOKENS, EPOCH, STRAYS, LAST = "logins", "tokens", "epoch", "strays", "tokens-after"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step.

    Attributes:
        name: its name, unique in the cell.
        run: does it and sees that it is done, or raises `UnconfirmedError`.
    """

    name: str
    run: Callable[[Watch], object]


@dataclass(frozen=True, kw_only=True)
class CellPlan:
    """The steps of a cell.

    Attributes:
        cell: the cell's id.
        tracks: steps one after the other; tracks beside each other.
        last: steps after all tracks.
        strict: whether nothing is done any more after a step that was not confirmed.
    """

    cell: str
    tracks: tuple[tuple[Step, ...], ...]
    last: tuple[Step, ...] = ()
    strict: bool = False

    @property
    def names(self) -> Iterable[str]:
        """The names of all steps."""
        return [step.name for track in (*self.tracks, self.last) for step in track]


def scale(runtime: str) -> str:
    """The name of the step that scales a runtime."""
    return f"scale/{runtime}"


def kill_plan(
    target: Target,
    vault: CellVault,
    services: cloud.CellCloud,
    *,
    about: Mapping[str, str],
    keep: logins.Keep,
) -> CellPlan:
    """The steps that kill a target: whatever becomes of one, all others are tried.

    Args:
        target: the cell, as far as it is aimed at.
        vault: its Vault.
        services: its cloud.
        about: what to write into the epoch.
        keep: writes down from where a role took logins.
    """
    tokens = Tokens(vault)
    deny = _change(target)
    tracks: list[tuple[Step, ...]] = [
        (
            Step(name=LOGINS, run=lambda watch: logins.close(vault, watch, keep)),
            Step(name=TOKENS, run=tokens.revoke),
        ),
        (_raised(services.mailbox, deny, about),),
    ]
    own = {each.name: services.services.name(each) for each in target.runtimes}
    for runtime, service in own.items():
        run = partial(cloud.stop, services.services, service)
        tracks.append((Step(name=scale(runtime), run=run),))
    if target.whole:
        run = partial(cloud.stop_others, services.services, tuple(own.values()))
        tracks.append((Step(name=STRAYS, run=run),))
    # A login that was under way when the roles were closed can't have outlived its service.
    return CellPlan(
        cell=target.cell.id,
        tracks=tuple(tracks),
        last=(Step(name=LAST, run=tokens.revoke),),
    )


def undo_plan(
    target: Target,
    vault: CellVault,
    services: cloud.CellCloud,
    *,
    about: Mapping[str, str],
    former: Mapping[str, list[str]],
) -> CellPlan:
    """The steps that let a target work again; what allows anything comes last.

    Args:
        target: the cell, as far as it is aimed at.
        vault: its Vault.
        services: its cloud.
        about: what to write into the epoch.
        former: from where roles took logins.
    """
    lift = _change(target, lift=True)

    def check(watch: Watch) -> None:
        stored = watch.persist(lambda: services.mailbox.read(watch))
        lift.of(epoch.understood(stored.text, lift).deny)

    steps = [
        Step(name="mailbox", run=check),
        Step(name=LOGINS, run=lambda watch: logins.reopen(vault, watch, former)),
        *(
            Step(name=scale(each.name), run=partial(cloud.resume, services.services, each))
            for each in target.runtimes
        ),
        _raised(services.mailbox, lift, about),
    ]
    return CellPlan(cell=target.cell.id, tracks=(tuple(steps),), strict=True)


def _change(target: Target, *, lift: bool = False) -> epoch.Change:
    """What the epoch shall say of a target."""
    names = frozenset(each.name for each in target.runtimes)
    return epoch.Change(names=frozenset({epoch.EVERYTHING}) if target.whole else names, lift=lift)


def _raised(mailbox: epoch.Mailbox, change: epoch.Change, about: Mapping[str, str]) -> Step:
    """The step that raises the epoch."""
    return Step(name=EPOCH, run=lambda watch: epoch.put(mailbox, change, watch, about=dict(about)))
