"""What Vault's own variables say (Vault documentation, "Commands: environment variables")."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from agent_studio.estate.errors import StudioError

_SECONDS = re.compile(r"([0-9]{1,3})s?")
_DEFAULT_SECONDS = 15.0
_MOST_SECONDS = 300.0


def checked(address: str) -> str:
    """Hold an address to what the token may go to: https, and nothing besides host and port.

    Raises:
        StudioError: it is anything else; no password in it is shown.
    """
    try:
        found = urlsplit(address)
        good = (
            found.scheme == "https"
            and found.hostname
            and found.path in ("", "/")
            # A name and password, a query, a fragment, or what urlsplit leaves out.
            and not set(address) & set("@?#\\")
            and address.isprintable()
            and " " not in address
            and (found.port is None or found.port > 0)
        )
    except ValueError:
        good = False
    if not good:
        raise StudioError(
            "Vault's address is none that is used",
            found=shown(address),
            allowed="https://<host>:<port>",
            fix="correct VAULT_ADDR",
        )
    return address.rstrip("/")


def shown(address: str) -> str:
    """As much of an address as holds no secret."""
    try:
        found = urlsplit(address)
        port = f":{found.port}" if found.port else ""
        host = found.hostname
    except ValueError:
        host = None
    return f"{found.scheme}://{host}{port}" if host else "no address"


def same(one: str, other: str) -> bool:
    """Tell whether two addresses are one server's."""
    return one.rstrip("/").lower() == other.rstrip("/").lower()


def token(environment: Mapping[str, str], variables: Sequence[str]) -> tuple[str, str]:
    """Find the token.

    Args:
        environment: the variables.
        variables: where it may stand; the first that is set counts.

    Returns:
        the variable, and the token.

    Raises:
        StudioError: there is none, or it can't be one.
    """
    for variable in variables:
        if value := environment.get(variable):
            if not (value.isascii() and value.isprintable() and " " not in value):
                raise StudioError(
                    f"{variable} holds no token",
                    found="white space or odd characters",
                    fix="log in to Vault again, and set it to the token alone",
                )
            return variable, value
    raise StudioError(
        "there is no token for Vault",
        found=f"no {' or '.join(variables)}",
        fix=f"log in to Vault and set {variables[0]}",
    )


def authority(environment: Mapping[str, str], *variables: str) -> Path | None:
    """Find the PEM file by which a cluster is known; None for the system's authorities.

    Args:
        environment: the variables.
        variables: where it may stand; the first that is set counts.

    Raises:
        StudioError: the file is not there.
    """
    for variable in variables:
        if path := environment.get(variable):
            if not Path(path).is_file():
                raise StudioError(
                    "the authority of Vault's certificate can't be read",
                    found=f"{variable}={path}",
                    allowed="a PEM file",
                    fix=f"correct {variable}",
                )
            return Path(path)
    return None


def seconds(environment: Mapping[str, str]) -> float:
    """How long a request may take: `VAULT_CLIENT_TIMEOUT`, as far as it is whole seconds.

    Raises:
        StudioError: it is something else.
    """
    text = environment.get("VAULT_CLIENT_TIMEOUT", "")
    if not text:
        return _DEFAULT_SECONDS
    found = _SECONDS.fullmatch(text)
    if not found or not 0 < int(found[1]) <= _MOST_SECONDS:
        raise StudioError(
            "VAULT_CLIENT_TIMEOUT is no number of seconds",
            found=text[:50],
            allowed=f"1s to {_MOST_SECONDS:.0f}s",
            fix="correct or unset it",
        )
    return float(found[1])
