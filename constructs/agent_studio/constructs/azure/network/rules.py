"""What may pass a subnet's border: what is named here, and nothing else.

Source: Azure Container Apps, "Securing a virtual network in Azure Container Apps": what an
environment with workload profiles needs of its subnet.
"""

from collections.abc import Sequence

from cdktf_cdktf_provider_azurerm.network_security_group import NetworkSecurityGroupSecurityRule

from agent_studio.constructs.azure.network.addresses import Addresses

LAST_PRIORITY = 4096
"""The last rule to be looked at, before Azure's own defaults, which admit the whole network."""

HTTPS = "443"
AMQPS = "5671"
INSIDE = (HTTPS, AMQPS)
"""The ports on which what runs reaches private endpoints."""

ENTRANCE = (HTTPS, "31443")
"""The port that an environment is called on, and that of the proxy behind its load balancer."""

PLATFORM = ("MicrosoftContainerRegistry", "AzureFrontDoor.FirstParty", "AzureActiveDirectory")
"""Service tags of what the environment itself needs: its system images and its identities."""


def runtime_rules(
    addresses: Addresses,
    *,
    egress: bool,
    ports: Sequence[str] = INSIDE,
    callers: str | None = None,
    vault_port: int | None = None,
) -> list[NetworkSecurityGroupSecurityRule]:
    """Give the rules of the runtimes' subnet.

    Args:
        addresses: the cell's ranges.
        egress: whether some runtime of the cell declares names outside; the firewall judges them.
        ports: those on which private endpoints are reached.
        callers: the range whose hosts may call what runs; None where nothing is called.
        vault_port: where Vault listens, whose name the firewall judges; None where there is none.
    """
    own, endpoints = str(addresses.runtimes), str(addresses.endpoints)
    rules = [
        _rule("own-in", 100, "Inbound", "Allow", source=own, to=own),
        _rule(
            "probes-in",
            110,
            "Inbound",
            "Allow",
            source="AzureLoadBalancer",
            to=own,
            protocol="Tcp",
            ports=["30000-32767"],
        ),
        _rule("own-out", 100, "Outbound", "Allow", source=own, to=own),
        _rule(
            "endpoints-out",
            110,
            "Outbound",
            "Allow",
            source=own,
            to=endpoints,
            protocol="Tcp",
            ports=[*ports],
        ),
        _rule(
            "dns-out",
            120,
            "Outbound",
            "Allow",
            source=own,
            to="168.63.129.16/32",
            ports=["53"],
        ),
        *(
            _rule(
                f"platform-{index}-out",
                130 + index,
                "Outbound",
                "Allow",
                source=own,
                to=tag,
                protocol="Tcp",
                ports=[HTTPS],
            )
            for index, tag in enumerate(PLATFORM)
        ),
    ]
    if callers is not None:
        rules.append(
            _rule(
                "callers-in",
                120,
                "Inbound",
                "Allow",
                source=callers,
                to=own,
                protocol="Tcp",
                ports=[*ENTRANCE],
            )
        )
    if egress:
        rules.append(
            _rule(
                "declared-out",
                200,
                "Outbound",
                "Allow",
                source=own,
                to="Internet",
                protocol="Tcp",
                ports=[HTTPS],
            )
        )
    if vault_port is not None:
        rules.append(
            _rule(
                "vault-out",
                210,
                "Outbound",
                "Allow",
                source=own,
                to="Internet",
                protocol="Tcp",
                ports=[str(vault_port)],
            )
        )
    return [*rules, *_deny_all()]


def endpoint_rules(
    addresses: Addresses, *, ports: Sequence[str] = INSIDE
) -> list[NetworkSecurityGroupSecurityRule]:
    """Give the rules of the private endpoints' subnet: in from the runtimes, nothing out.

    Args:
        addresses: the cell's ranges.
        ports: those on which the runtimes come in.
    """
    return [
        _rule(
            "runtimes-in",
            100,
            "Inbound",
            "Allow",
            source=str(addresses.runtimes),
            to=str(addresses.endpoints),
            protocol="Tcp",
            ports=[*ports],
        ),
        *_deny_all(),
    ]


def _deny_all() -> list[NetworkSecurityGroupSecurityRule]:
    return [
        _rule("deny-all-in", LAST_PRIORITY, "Inbound", "Deny", source="*", to="*"),
        _rule("deny-all-out", LAST_PRIORITY, "Outbound", "Deny", source="*", to="*"),
    ]


def _rule(
    name: str,
    priority: int,
    direction: str,
    access: str,
    *,
    source: str,
    to: str,
    protocol: str = "*",
    ports: list[str] | None = None,
) -> NetworkSecurityGroupSecurityRule:
    return NetworkSecurityGroupSecurityRule(
        name=name,
        priority=priority,
        direction=direction,
        access=access,
        protocol=protocol,
        source_port_range="*",
        source_address_prefix=source,
        destination_address_prefix=to,
        destination_port_range="*" if ports is None else None,
        destination_port_ranges=ports,
    )
