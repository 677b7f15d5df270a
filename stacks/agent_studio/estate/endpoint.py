"""Where a server listens: host and port out of an https address."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

HTTPS = 443
"""The port of an https address that names none (RFC 9110, section 4.2.2)."""


class Endpoint(NamedTuple):
    """One port of one host.

    Attributes:
        host: a DNS name in lower case, without a dot at its end, or an address.
        port: the TCP port.
    """

    host: str
    port: int


def endpoint_of(address: str) -> Endpoint:
    """Give host and port of an https address, as `regions.yaml` holds it once it is checked.

    Raises:
        ValueError: it names no host, or no port between 0 and 65535.

    >>> endpoint_of("https://vault.eu.acme.example:8200")
    Endpoint(host='vault.eu.acme.example', port=8200)
    >>> endpoint_of("https://Vault.EU.acme.example/").port
    443
    """
    found = urlsplit(address)
    if not found.hostname:
        message = f"{address} names no host"
        raise ValueError(message)
    return Endpoint(host=found.hostname.rstrip("."), port=found.port or HTTPS)


def is_ip(text: str) -> bool:
    """Tell whether a text is an IP address, in brackets or bare."""
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True
