"""What each cloud gives a kill: the cell's mailbox, and its services."""

from collections.abc import Iterable
from functools import partial
from typing import Protocol

from agent_studio.delivery.kill.confirm import UnconfirmedError, Watch
from agent_studio.delivery.kill.epoch import Mailbox
from agent_studio.estate.model import Runtime


class Services(Protocol):
    """The services of one cell."""

    def name(self, runtime: Runtime) -> str:
        """A runtime's service, by its computed name."""

    def all(self, watch: Watch) -> Iterable[str]:
        """The names of all services that there are in the cell.

        Raises:
            UnconfirmedError: they can't be listed.
        """

    def stop(self, name: str, watch: Watch) -> None:
        """Let a service have no instance, and no more come.

        Raises:
            UnconfirmedError: the cloud refused it.
        """

    def running(self, name: str, watch: Watch) -> str | None:
        """What of a service still runs or may start; None if nothing does.

        Raises:
            UnconfirmedError: it can't be told, or there is no such service.
        """

    def resume(self, runtime: Runtime, watch: Watch) -> None:
        """Let a service have instances again, up to its runtime's ceiling.

        Raises:
            UnconfirmedError: the cloud refused it.
        """

    def resting(self, runtime: Runtime, watch: Watch) -> str | None:
        """What still keeps a service from starting; None if nothing does.

        Raises:
            UnconfirmedError: it can't be told.
        """

    def stray(self, watch: Watch) -> str | None:
        """Stop what runs in the cell outside of any service; None once nothing does.

        Raises:
            UnconfirmedError: it can't be told.
        """


class CellCloud(Protocol):
    """A cell, as its cloud shows it."""

    @property
    def mailbox(self) -> Mailbox:
        """Where its kill epoch lies."""

    @property
    def services(self) -> Services:
        """Its services."""


def stop(services: Services, name: str, watch: Watch) -> None:
    """Scale a service to zero, and see that nothing of it runs.

    Raises:
        UnconfirmedError: it was not confirmed.
    """
    watch.persist(lambda: services.stop(name, watch))
    watch.until(lambda: services.running(name, watch))


def stop_others(services: Services, declared: Iterable[str], watch: Watch) -> None:
    """Stop all in the cell that the estate does not declare, and see that nothing of it runs.

    Args:
        services: the cell's services.
        declared: names of services with steps of their own.
        watch: the time for it.

    Raises:
        UnconfirmedError: it was not confirmed for all of them.
    """
    fault: UnconfirmedError | None = None
    others = set(watch.persist(lambda: list(services.all(watch)))) - set(declared)
    for name in sorted(others):
        try:
            watch.persist(partial(services.stop, name, watch))
        except UnconfirmedError as error:
            fault = fault or error
    if fault is not None:
        raise fault
    for name in sorted(others):
        watch.until(partial(services.running, name, watch))
    watch.until(lambda: services.stray(watch))


def resume(services: Services, runtime: Runtime, watch: Watch) -> None:
    """Let a runtime's service scale again, and see that it may.

    Raises:
        UnconfirmedError: it was not confirmed.
    """
    watch.persist(lambda: services.resume(runtime, watch))
    watch.until(lambda: services.resting(runtime, watch))
