"""The way into the Vault of a cell's jurisdiction, for who kills."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import hvac  # type: ignore[import-untyped]

from agent_studio.delivery.kill.confirm import UnconfirmedError, Watch
from agent_studio.delivery.kill.scope import Target
from agent_studio.delivery.vault_operator import Operator, find_operator, token_variable
from agent_studio.estate.names import vault as names
from agent_studio.identity import errors
from agent_studio.identity.connection import Connection
from agent_studio.identity.deadline import within
from agent_studio.identity.faults import fault
from agent_studio.identity.guarded import outcome

T = TypeVar("T")

_POLICY = "give the token the policy of docs/runbooks/kill.md, or log in again if it has ended"
_GONE = "invalid accessor"


def operator(environment: Mapping[str, str], jurisdiction: str, *, alone: bool) -> Operator:
    """Find the token for a jurisdiction's cluster.

    Args:
        environment: the variables.
        jurisdiction: whose cluster.
        alone: whether no other cluster is in play.

    Raises:
        UnconfirmedError: there is none.
    """
    found = find_operator(environment, jurisdiction, alone=alone)
    if found is None:
        variable = token_variable(jurisdiction)
        also = " or VAULT_TOKEN" if alone else ""
        raise UnconfirmedError(
            f"there is no token for the Vault of {jurisdiction}",
            found=f"no {variable}{also}",
            fix=f"log in to it with the policy of docs/runbooks/kill.md, set {variable}",
        )
    return found


@dataclass(frozen=True)
class Role:
    """A role through which workloads log in.

    Attributes:
        place: where it stands.
        mount: its method, without `auth/`.
        name: its name.
    """

    place: names.Place
    mount: str
    name: str

    @property
    def path(self) -> str:
        """Its path in its namespace."""
        return f"auth/{self.mount}/role/{self.name}"


class CellVault:
    """What belongs to a target in its cluster.

    Safe for threads.

    Args:
        target: the cell, as far as it is aimed at.
        login: gives as whom to come; called when first needed.
    """

    def __init__(self, target: Target, login: Callable[[], Operator]) -> None:
        cell = target.cell
        self.target = target
        self.own = names.cell(cell.scope, cell.vault_isolation)
        self.shared = names.shared(cell.studio, cell.jurisdiction, cell.vault_isolation)
        self._login = login
        self._connection: Connection | None = None

    @property
    def places(self) -> tuple[names.Place, names.Place]:
        """The cell's own place, and the one that its jurisdiction's cells share."""
        return self.own, self.shared

    def mount(self, place: names.Place) -> str:
        """Where the cell's workloads log in, without `auth/`."""
        return names.auth_mount(self.target.cell.scope, place)

    def policies(self, place: names.Place) -> frozenset[str]:
        """The policies of the runtimes that are meant."""
        scope = self.target.cell.scope
        return frozenset(names.policy(scope, each.name, place) for each in self.target.runtimes)

    def ask(
        self, place: names.Place, watch: Watch, request: Callable[[hvac.Client], T]
    ) -> T | None:
        """Send a request in a place; tried again after faults that may pass.

        Returns:
            the answer; None where Vault says that there is nothing.

        Raises:
            UnconfirmedError: Vault refused it or was not reached.
        """
        return watch.persist(partial(self._ask, place, watch, request))

    def roles(self, watch: Watch) -> tuple[list[Role], UnconfirmedError | None]:
        """The roles that are meant; of a whole cell also those that the estate does not declare.

        Returns:
            the roles that stand, and what to raise in the end if one does not that should.

        Raises:
            UnconfirmedError: Vault can't be asked.
        """
        found: set[Role] = set()
        lacking: UnconfirmedError | None = None
        for place in self.places:
            there, missing = self._roles(place, watch)
            found |= there
            lacking = lacking or missing
        return sorted(found, key=lambda role: (role.place is not self.own, role.name)), lacking

    def _roles(self, place: names.Place, watch: Watch) -> tuple[set[Role], UnconfirmedError | None]:
        cell, mount = self.target.cell, self.mount(place)
        wanted = {names.role(cell.scope, each.name) for each in self.target.runtimes}
        listed = self.ask(place, watch, lambda client: client.auth.jwt.list_roles(path=mount))
        there = set(listed["data"]["keys"]) if listed else set()
        # The method is the cell's own, in the shared place too.
        others = (there - wanted) if self.target.whole else set()
        lacking = None
        if missing := sorted(wanted - there):
            lacking = UnconfirmedError(
                f"Vault does not have the login of a runtime, at auth/{mount}",
                found=f"no role {', '.join(missing)}",
                fix=f"see that {cell.vault_address} is the cell's cluster and was set up",
            )
        return {Role(place, mount, name) for name in (wanted & there) | others}, lacking

    def read(self, role: Role, watch: Watch) -> dict[str, Any] | None:
        """Read a role; None where there is none."""
        answer = self.ask(
            role.place, watch, lambda client: client.auth.jwt.read_role(role.name, path=role.mount)
        )
        return dict(answer["data"]) if answer else None

    def _ask(
        self, place: names.Place, watch: Watch, request: Callable[[hvac.Client], T]
    ) -> T | None:
        operator, connection = self._way()
        with within(watch.call_seconds()):
            result = outcome(
                lambda: request(connection.client(place.namespace, operator.token)), _fault
            )
        if isinstance(result, errors.SecretMissingError):
            return None
        if isinstance(result, errors.IdentityError):
            raise self._told(result)
        return result

    def _way(self) -> tuple[Operator, Connection]:
        cell = self.target.cell
        if cell.vault_address is None:
            raise UnconfirmedError(
                f"the estate names no Vault cluster for {cell.jurisdiction}",
                fix=f"declare it under vault: clusters: {cell.jurisdiction}",
            )
        operator = self._login()
        if self._connection is None:
            try:
                self._connection = Connection(cell.vault_address, operator.authority)
            except OSError as error:
                raise UnconfirmedError(
                    "the authority of Vault's certificate can't be read",
                    found=f"{operator.authority}: {error.strerror or type(error).__name__}",
                    fix="correct VAULT_CACERT",
                ) from None
        return operator, self._connection

    def _told(self, error: errors.IdentityError) -> UnconfirmedError:
        address = self.target.cell.vault_address
        fixes = {
            "policy": _POLICY,
            "network": f"see that {address} can be reached from here",
            "seal": f"unseal {address}: logins that hold will work again once it is unsealed",
        }
        return UnconfirmedError(
            str(error),
            found=f"{error.fault} fault at {address}",
            fix=fixes.get(error.fault, f"look at the log of {address}"),
            passing=error.passing,
        )


def _fault(error: Exception) -> errors.IdentityError:
    """What hvac raised, as an error; an accessor of a token that ended is nothing found."""
    said = " ".join(str(each) for each in getattr(error, "errors", None) or ())
    if _GONE in said:
        return errors.SecretMissingError("there is no such token")
    if isinstance(error, hvac.exceptions.InvalidRequest):
        return errors.IdentityError("Vault does not take the request")
    return fault(error)
