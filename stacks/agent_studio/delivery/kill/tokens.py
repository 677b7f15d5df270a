"""The logins that hold, and what they were lent: revoked, and seen to be gone."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from agent_studio.delivery.kill.confirm import READ_BACK_SECONDS, UnconfirmedError, Watch
from agent_studio.delivery.kill.vault import CellVault, Role
from agent_studio.estate.names.vault import Place

SETTLE_SECONDS = 0.5
"""How long after the roles are closed the look that counts begins: a login that was under way then
has its token."""

_AT_ONCE = 4
"""Requests at a time, as many as connections are kept open."""

_UNLENT = ("cubbyhole", "identity", "system", "ns_cubbyhole", "ns_identity", "ns_system")
"""Mounts that lend nothing and that nobody mounts."""

_LISTED_NOWHERE = ("batch", "default-batch")
"""Types of tokens without an accessor, so nobody can revoke them (Vault, "Batch tokens")."""


class Tokens:
    """The tokens of a target.

    Args:
        vault: the target's Vault.
    """

    def __init__(self, vault: CellVault) -> None:
        self._vault = vault
        # Accessors of tokens that are not meant; looked up once.
        self._others: set[str] = set()

    def revoke(self, watch: Watch) -> None:
        """Revoke tokens and leases, and see that none is left.

        Raises:
            UnconfirmedError: it was not confirmed.
        """
        began = time.monotonic()
        standing, lacking = self._vault.roles(watch)
        lacking = lacking or self._unlisted(standing, watch)
        roles = frozenset(role.name for role in standing)
        if self._vault.target.whole:
            self._revoke_leases(watch)

        def look() -> str | None:
            fresh = time.monotonic() - began >= SETTLE_SECONDS
            if found := self._sweep(roles, watch):
                return f"{found} tokens were still there"
            if not fresh:
                return "looked too soon"
            return self._lent(watch) if self._vault.target.whole else None

        watch.within(READ_BACK_SECONDS).until(look)
        if lacking is not None:
            raise lacking

    def _unlisted(self, roles: Iterable[Role], watch: Watch) -> UnconfirmedError | None:
        """What to raise in the end if Vault keeps no list of the tokens that a role gives out."""
        for role in roles:
            kind = str((self._vault.read(role, watch) or {}).get("token_type", ""))
            if kind in _LISTED_NOWHERE:
                return UnconfirmedError(
                    f"Vault keeps no list of the tokens that {role.name} gave out",
                    found=f"token_type {kind}",
                    fix="set the role's token_type to service; those tokens end by themselves",
                )
        return None

    def _sweep(self, roles: frozenset[str], watch: Watch) -> int:
        """Look through all tokens once, and revoke those that are meant; give how many there were.

        The tokens of two places at most are looked through, so this takes the longer the more
        logins the jurisdiction has, or without namespaces the cluster.
        """
        found = 0
        for place in self._vault.places:
            answer = self._vault.ask(place, watch, _list)
            listed = set(answer["data"]["keys"]) if answer else set()
            unknown = sorted(listed - self._others)

            def one(accessor: str, place: Place = place) -> bool:
                return self._settle(accessor, place, roles, watch)

            with ThreadPoolExecutor(_AT_ONCE) as pool:
                found += sum(pool.map(one, unknown))
        return found

    def _settle(self, accessor: str, place: Place, roles: frozenset[str], watch: Watch) -> bool:
        """Revoke a token if it is meant; whether it was."""
        answer = self._vault.ask(
            place, watch, lambda client: client.auth.token.lookup_accessor(accessor)
        )
        if answer is None:
            return False
        if not self._meant(answer["data"], place, roles):
            self._others.add(accessor)
            return False
        self._vault.ask(
            place, watch, lambda client: client.auth.token.revoke_accessor(accessor) or True
        )
        return True

    def _meant(self, token: dict[str, Any], place: Place, roles: frozenset[str]) -> bool:
        """Whether a token is one that logged in by a role, or one that such a token made."""
        vault = self._vault
        if vault.policies(place) & set(token.get("policies") or ()):
            return True
        if token.get("path") != f"auth/{vault.mount(place)}/login":
            return False
        if place is vault.own and vault.target.whole:
            return True
        return (token.get("meta") or {}).get("role") in roles

    def _revoke_leases(self, watch: Watch) -> None:
        """Revoke all that was lent in the cell's own place, its logins first."""
        for prefix in self._prefixes(watch):

            def revoke(client: Any, prefix: str = prefix) -> object:
                return client.sys.revoke_prefix(prefix) or True

            self._vault.ask(self._vault.own, watch, revoke)

    def _lent(self, watch: Watch) -> str | None:
        """What is lent in the cell's own place; None if nothing is."""
        for prefix in self._prefixes(watch):

            def listed(client: Any, prefix: str = prefix) -> object:
                return client.sys.list_leases(prefix)

            if self._vault.ask(self._vault.own, watch, listed):
                return f"leases below {prefix}"
        return None

    def _prefixes(self, watch: Watch) -> Iterable[str]:
        own = self._vault.own
        answer = self._vault.ask(
            own, watch, lambda client: client.sys.list_mounted_secrets_engines()
        )
        if answer is None:
            return []
        mounts = answer["data"]
        engines = (
            path.rstrip("/")
            for path, mount in sorted(mounts.items())
            if path.startswith(own.prefix) and mount.get("type") not in _UNLENT
        )
        return [f"auth/{self._vault.mount(own)}", *engines]


def _list(client: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.auth.token.list_accessors()
    return answer
