"""Reads one cluster, within a deadline, with errors that show nothing."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

import hvac  # type: ignore[import-untyped]

from agent_studio.delivery.vault_operator import Operator
from agent_studio.identity.connection import Connection, document
from agent_studio.identity.errors import IdentityError, SecretMissingError
from agent_studio.identity.faults import fault
from agent_studio.identity.guarded import outcome

T = TypeVar("T")

MOST = 5000
"""How many entries of one list are read one by one; more are too many to look at."""


class TooManyError(IdentityError):
    """A list is longer than can be looked at."""

    fault = "size"


class Cluster:
    """One cluster, as one person may read it.

    Args:
        address: its https address.
        operator: as whom to come.

    Raises:
        OSError: the authority's file can't be read.
    """

    def __init__(self, address: str, operator: Operator) -> None:
        self.address = address
        self._operator = operator
        self._connection = Connection(address, operator.authority)

    def ask(self, namespace: str, request: Callable[[hvac.Client], T]) -> T | None:
        """Send a request in a namespace.

        Returns:
            the answer; None where Vault says that there is nothing.

        Raises:
            IdentityError: Vault refused it, or was not reached in time.
        """
        result = outcome(
            lambda: request(self._connection.client(namespace, self._operator.token)), fault
        )
        if isinstance(result, SecretMissingError):
            return None
        if isinstance(result, IdentityError):
            raise result
        return result

    def names(self, namespace: str, path: str) -> list[str]:
        """The entries of a list (`LIST`), without slashes at their ends.

        Raises:
            IdentityError: see `ask`.
            TooManyError: there are more than can be looked at.
        """
        answer = self.ask(namespace, lambda client: client.list(path))
        found = [str(each).rstrip("/") for each in _data(answer).get("keys") or ()]
        if len(found) > MOST:
            raise TooManyError(f"{path} holds more than {MOST} entries")
        return found

    def read(self, namespace: str, path: str) -> dict[str, Any]:
        """What stands at a path (`GET`); empty where nothing does.

        Raises:
            IdentityError: see `ask`.
        """
        return _data(self.ask(namespace, lambda client: client.read(path)))

    def lookup(self, namespace: str, accessors: Iterable[str]) -> Iterable[dict[str, Any]]:
        """What tokens may do, by their accessors; those that ended meanwhile are left out.

        Raises:
            IdentityError: see `ask`.
        """
        for accessor in accessors:
            try:
                answer = self.ask(namespace, partial(_look_up, accessor))
            except IdentityError as error:
                # Vault calls an accessor invalid once its token has ended.
                if error.passing or error.fault == "policy":
                    raise
                continue
            yield _data(answer)

    def close(self) -> None:
        """Close its connections."""
        self._connection.close()


def _look_up(accessor: str, client: hvac.Client) -> Any:
    return client.adapter.post("/v1/auth/token/lookup-accessor", json={"accessor": accessor})


def _data(answer: Any) -> dict[str, Any]:
    if answer is None:
        return {}
    try:
        found = document(answer).get("data")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
