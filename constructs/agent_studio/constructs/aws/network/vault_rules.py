"""What the firewall's engine is told about Vault, in Suricata's language.

A list of names, which the provider calls `rules_source_list`, admits its names on every port, so it
can hold neither Vault to its port nor the declared names to theirs (Network Firewall Developer
Guide, "Stateful domain list rule groups": the rules that it generates name no port). These rules
are looked at before it, in their order.
"""

from ipaddress import IPv4Network

from agent_studio.estate.endpoint import HTTPS, Endpoint

VAULT_CAPACITY = 10
"""Rule capacity, fixed for the group's life: one a rule, and some to spare."""


def vault_rules(network: IPv4Network, vault: Endpoint) -> str:
    """Write the rules: Vault's name passes on its port, other names pass on port 443 at most.

    Both look at the name, so neither decides before the whole name has come: one that looks at the
    protocol alone would drop a handshake that fills two packets.

    Args:
        network: the cell's range.
        vault: host and port of its Vault cluster.

    >>> rules = vault_rules(IPv4Network("10.16.0.0/20"), Endpoint("vault.example", 8200))
    >>> [rule.partition(" (")[0] for rule in rules.splitlines()]
    ['pass tls 10.16.0.0/20 any -> any 8200', 'drop tls 10.16.0.0/20 any -> any !443']
    """
    exact = f'tls.sni; content:"{vault.host}"; startswith; endswith; nocase'
    tail = "flow:to_server, established"
    return "\n".join(
        (
            f"pass tls {network} any -> any {vault.port} ({exact}; {tail}; sid:1; rev:1;)",
            f'drop tls {network} any -> any !{HTTPS} (tls.sni; content:"."; {tail}; sid:2; rev:1;)',
        )
    )
