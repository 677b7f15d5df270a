"""Reads one cluster, within a deadline, with errors that show nothing."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from threading import Semaphore
from typing import Any, TypeVar

import hvac  # type: ignore[import-untyped]

from agent_studio.delivery.vault_operator import Operator
from agent_studio.identity.connection import Connection, document
from agent_studio.identity.errors import IdentityError, SecretMissingError, ServerError
from agent_studio.identity.faults import fault
from agent_studio.identity.guarded import outcome

T = TypeVar("T")
Item = TypeVar("Item")

LONGEST = 100_000
"""How many entries a list may have."""
MOST = 20_000
"""How many entries of one list are read one by one; more are too many to look at."""
AT_ONCE = 4
"""Requests at a time, as many as connections are kept open."""

_STRANGE = "the answer is not one of Vault's"


class UnreadError(IdentityError):
    """Something could not be read.

    Args:
        path: what, from the root namespace.
        error: why.
    """

    def __init__(self, path: str, error: IdentityError) -> None:
        super().__init__(f"{path}: {error}")
        self.fault = error.fault
        self.passing = error.passing


class TooManyError(IdentityError):
    """A list is longer than can be looked at."""

    fault = "size"


class Cluster:
    """One cluster, as one person may read it. Safe for threads.

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
        self._turn = Semaphore(AT_ONCE)

    def close(self) -> None:
        """Close its connections."""
        self._connection.close()

    def read(self, namespace: str, path: str) -> dict[str, Any] | None:
        """What stands at a path (`GET`); None where Vault says that nothing does.

        Raises:
            UnreadError: Vault refused it, was not reached in time, or gave what is no answer.
        """
        return self._ask(namespace, path, lambda client: client.read(path))

    def listed(self, namespace: str, path: str) -> dict[str, dict[str, Any]]:
        """The entries of a list (`LIST`), without slashes at their ends, and what it tells of each.

        Raises:
            UnreadError: see `read`; also where there are more than can be looked at.
        """
        found = self._ask(namespace, path, lambda client: client.list(path)) or {}
        keys, about = found.get("keys") or (), found.get("key_info") or {}
        if len(keys) > LONGEST:
            raise _too_many(namespace, path, LONGEST)
        return {str(each).rstrip("/"): dict(about.get(each) or {}) for each in keys}

    def each(self, namespace: str, path: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What stands at each of some entries of a list; those gone meanwhile are left out.

        Raises:
            UnreadError: see `listed`.
        """
        read = partial(self.read, namespace)
        found = self._all(namespace, path, [f"{path}/{name}" for name in names], read)
        return {name: one for name, one in zip(names, found, strict=True) if one is not None}

    def tokens(self, namespace: str, accessors: Sequence[str]) -> Iterable[dict[str, Any]]:
        """What tokens may do, by their accessors; those that ended meanwhile are left out.

        Raises:
            UnreadError: see `listed`.
        """
        path = "auth/token/lookup-accessor"
        found = self._all(namespace, path, accessors, partial(self._token, namespace, path))
        return [one for one in found if one is not None]

    def _token(self, namespace: str, path: str, accessor: str) -> dict[str, Any] | None:
        def request(client: hvac.Client) -> Any:
            return client.adapter.post(f"/v1/{path}", json={"accessor": accessor})

        return self._ask(namespace, path, request)

    def _all(
        self, namespace: str, path: str, items: Sequence[Item], call: Callable[[Item], T]
    ) -> list[T]:
        """Call for each item, some at a time; the first failure ends it."""
        if len(items) > MOST:
            raise _too_many(namespace, path, MOST)
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            # The deadline is the context's.
            futures = [pool.submit(copy_context().run, call, item) for item in items]
            return [future.result() for future in futures]
        finally:
            pool.shutdown(cancel_futures=True)

    def _ask(
        self, namespace: str, path: str, request: Callable[[hvac.Client], Any]
    ) -> dict[str, Any] | None:
        with self._turn:
            result = outcome(
                lambda: _data(request(self._connection.client(namespace, self._operator.token))),
                _fault,
            )
        if isinstance(result, SecretMissingError):
            return None
        if isinstance(result, IdentityError):
            raise UnreadError(_full(namespace, path), result)
        return result


def _data(answer: Any) -> dict[str, Any] | None:
    """What an answer holds; what is no answer of Vault's is never taken for an empty one."""
    if answer is None:
        # So hvac gives "not found".
        return None
    try:
        found = document(answer).get("data")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ServerError(_STRANGE)
    return found


def _fault(error: Exception) -> IdentityError:
    """What hvac raised, as an error; an accessor of a token that ended is nothing found."""
    said = " ".join(str(each) for each in getattr(error, "errors", None) or ())
    if "invalid accessor" in said:
        return SecretMissingError("there is no such token")
    if isinstance(error, AttributeError | TypeError):
        # hvac trips over JSON that is no object.
        return ServerError(_STRANGE)
    return fault(error)


def _too_many(namespace: str, path: str, limit: int) -> UnreadError:
    return UnreadError(_full(namespace, path), TooManyError(f"more than {limit} entries"))


def _full(namespace: str, path: str) -> str:
    return f"{namespace}/{path}" if namespace else path
