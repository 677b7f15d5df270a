"""Addresses of web servers in texts, and the hosts that they really lead to.

A host is what a parser of URLs says it is (RFC 3986, section 3.2), not what a text begins with:
`https://api.github.com@evil.example` and `https://vault.example:8200.evil.example` lead elsewhere.
Where two parsers could differ, nothing is said to be known.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""Hosts that stand for the machine itself."""

_URL = re.compile(r"\b([a-z][a-z0-9+.-]*):/{2,}([^\s\"'<>/?#]*)(/[^\s\"'<>?#]*)?", re.I)
_PLAIN = re.compile(r"^(?:[a-z0-9_*](?:[a-z0-9_.*-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$")


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a URL leads.

    Attributes:
        scheme: e.g. `https`, in lower case.
        host: the host in lower case, without a last dot; as it is written where it is unclear.
        origin: scheme, host and port, e.g. `https://vault.example:8200`; empty where unclear.
        path: what follows, up to a query.
    """

    scheme: str
    host: str
    origin: str
    path: str = ""


def addresses(text: str) -> Iterator[Address]:
    """Every URL of a text, whatever its scheme.

    Names of users, escapes and lists of hosts leave the host unclear: no host of ours is written
    so, and an unclear one is the same as none that is known.

    >>> [one.host for one in addresses("from https://API.github.com./x to grpc://[::1]:4317")]
    ['api.github.com', '[::1]']
    >>> [one.origin for one in addresses("https://api.github.com@evil.example")]
    ['']
    """
    for found in _URL.finditer(text):
        yield _address(found[1].lower(), found[2].lower(), found[3] or "")


def leads_to(address: Address, known: Iterable[str]) -> bool:
    """Whether an address has the scheme, the host and the port of one of some known URLs.

    >>> (vault,) = addresses("https://vault.example:8200/v1/secret")
    >>> leads_to(vault, ["https://vault.example:8200"]), leads_to(vault, ["https://vault.example"])
    (True, False)
    """
    origins = {each.origin for one in known for each in addresses(one)} - {""}
    return address.origin in origins


def _address(scheme: str, authority: str, path: str) -> Address:
    unclear = Address(scheme=scheme, host=authority, origin="", path=path)
    if not _PLAIN.match(authority):
        return unclear
    try:
        parts = urlsplit(f"{scheme}://{authority}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return unclear
    if not host:
        return unclear
    shown = f"[{host}]" if ":" in host else host.rstrip(".")
    default = {"http": 80, "https": 443}.get(scheme)
    suffix = "" if port in (None, default) else f":{port}"
    return Address(scheme=scheme, host=shown, origin=f"{scheme}://{shown}{suffix}", path=path)
