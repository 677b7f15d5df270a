"""The part of loopback that plays a cell's network."""

from ipaddress import IPv4Address, IPv4Network

_LOOPBACK = IPv4Network("127.0.0.0/8")


def loopback(network: IPv4Network) -> IPv4Network:
    """The part of loopback that plays a cell's network: 10.16.0.0/20 is 127.16.0.0/20.

    Linux answers on all of 127.0.0.0/8, so an agent can come from its cell's network; other systems
    answer on 127.0.0.1 alone.

    >>> loopback(IPv4Network("10.16.0.0/20"))
    IPv4Network('127.16.0.0/20')
    """
    rest = int(network.network_address) & int(_LOOPBACK.hostmask)
    address = IPv4Address(int(_LOOPBACK.network_address) | rest)
    return IPv4Network((address, max(network.prefixlen, _LOOPBACK.prefixlen)))
