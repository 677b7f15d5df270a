"""Nobody logs in any more: the roles of a target are closed, and opened again.

Tokens alone are no use to revoke: an agent that finds its login gone logs in anew at once. A role
is closed by admitting logins from an address that no packet ever comes from; all else of it stays.
"""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_network

from agent_studio.delivery.kill.confirm import READ_BACK_SECONDS, UnconfirmedError, Watch
from agent_studio.delivery.kill.vault import CellVault, Role
from agent_studio.estate.errors import StudioError

CLOSED = "255.255.255.255/32"
"""The limited broadcast address, which is no source of anything (RFC 1122, section 3.2.1.3)."""

_NETWORKS = "token_bound_cidrs"

Keep = Callable[[str, list[str]], None]
"""Writes down from where a role took logins."""


def close(vault: CellVault, watch: Watch, keep: Keep) -> None:
    """Close the roles, and see that they are.

    Args:
        vault: the target's Vault.
        watch: the time for it.
        keep: called before a role is changed. One that it can't write down is closed all the same.

    Raises:
        UnconfirmedError: it was not confirmed for all of them.
    """

    def shut(role: Role) -> None:
        networks = _networks(vault, role, watch)
        if networks == [CLOSED]:
            return
        unwritten: StudioError | None = None
        try:
            keep(key(vault, role), networks)
        except StudioError as error:
            unwritten = error
        _set(vault, role, [CLOSED], watch)
        if unwritten is not None:
            raise UnconfirmedError(
                f"{role.name} is closed, but from where it took logins is not written down",
                found=unwritten.line,
                fix=f"write it down: {', '.join(networks)}; then run the same command again",
            )

    _each(vault, watch, shut)


def reopen(vault: CellVault, watch: Watch, former: Mapping[str, list[str]]) -> None:
    """Open the roles that are closed, and see that they are open.

    Args:
        vault: the target's Vault.
        watch: the time for it.
        former: from where roles took logins; one that it does not name is opened to the cell's
            network alone.

    Raises:
        UnconfirmedError: it was not confirmed for all of them.
    """

    def open_(role: Role) -> None:
        if CLOSED in _networks(vault, role, watch):
            default = [str(vault.target.cell.network)]
            _set(vault, role, former.get(key(vault, role), default), watch)

    _each(vault, watch, open_)


def key(vault: CellVault, role: Role) -> str:
    """What tells a role from all others of the estate."""
    return f"{vault.target.cell.jurisdiction}/{role.place.namespace}/{role.path}"


def _each(vault: CellVault, watch: Watch, act: Callable[[Role], None]) -> None:
    """Act on every role that stands, whatever becomes of the others; then raise the first fault."""
    roles, fault = vault.roles(watch)
    for role in roles:
        try:
            act(role)
        except UnconfirmedError as error:
            fault = fault or error
    if fault is not None:
        raise fault


def _networks(vault: CellVault, role: Role, watch: Watch) -> list[str]:
    found = vault.read(role, watch)
    if found is None:
        raise UnconfirmedError(
            "a role of Vault is gone", found=f"no {role.path}", fix="run the same command again"
        )
    return _normal(found.get(_NETWORKS) or ())


def _set(vault: CellVault, role: Role, networks: list[str], watch: Watch) -> None:
    document = vault.read(role, watch) or {}
    # Without these two Vault takes the request for that of another kind of role.
    kept = ("role_type", "user_claim")
    body: dict[str, object] = {name: document[name] for name in kept if name in document}
    body[_NETWORKS] = networks
    vault.ask(role.place, watch, lambda client: client.write_data(role.path, data=body) or True)
    wanted = _normal(networks)

    def look() -> str | None:
        found = _networks(vault, role, watch)
        return None if found == wanted else f"{role.name} takes logins from {', '.join(found)}"

    watch.within(READ_BACK_SECONDS).until(look)


def _normal(networks: Iterable[object]) -> list[str]:
    """Networks in one form, since Vault leaves out the length of a single address."""
    return sorted(str(ip_network(str(each), strict=False)) for each in networks)
