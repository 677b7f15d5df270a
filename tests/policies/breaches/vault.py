"""Ways to another host or port than those of the jurisdiction's Vault, and to its tokens."""

from typing import Any

from policies.breaches.breach import breach
from policies.breaches.cell import Cell
from policies.breaches.network import _out


def _rewrite(cell: Cell, old: str, new: str) -> None:
    group = cell.part("firewall vault")
    source = cell.body(group)["rule_group"]["rules_source"]
    assert old in source["rules_string"]
    rules = {"rules_source": {"rules_string": source["rules_string"].replace(old, new)}}
    cell.set(group, rule_group=rules)


def _reorder(cell: Cell, **priorities: int | None) -> None:
    policy: dict[str, Any] = dict(cell.body(cell.part("firewall policy"))["firewall_policy"])
    told = policy["stateful_rule_group_reference"]
    policy["stateful_rule_group_reference"] = [
        {**each, "priority": priorities[name]}
        for name, each in zip(("vault", "names"), told, strict=True)
        if priorities[name] is not None
    ]
    cell.set(cell.part("firewall policy"), firewall_policy=policy)


@breach("egress-undeclared")
def vaults_name_of_another_jurisdiction(cell: Cell) -> None:
    """Secrets have a residency, too."""
    _rewrite(cell, "vault.eu.acme.example", "vault.us.acme.example")


@breach("egress-undeclared")
def strangers_vault(cell: Cell) -> None:
    """A stranger's server on Vault's port."""
    _rewrite(cell, "vault.eu.acme.example", "vault.attacker.example")


@breach("egress-undeclared")
def vault_by_the_end_of_its_name(cell: Cell) -> None:
    """Whatever ends so is somebody's."""
    _rewrite(cell, "startswith; endswith;", "endswith;")


@breach("egress-undeclared")
def vault_by_the_start_of_its_name(cell: Cell) -> None:
    """vault.eu.acme.example.attacker.example begins so."""
    _rewrite(cell, "startswith; endswith;", "startswith;")


@breach("egress-undeclared")
def vault_on_another_port(cell: Cell) -> None:
    """Another service of the same host."""
    _rewrite(cell, "any 8200", "any 8201")


@breach("egress-undeclared")
def vault_on_any_port(cell: Cell) -> None:
    """The name on whatever port."""
    _rewrite(cell, "any 8200", "any any")


@breach("egress-undeclared")
def vault_on_its_port_and_those_after(cell: Cell) -> None:
    """A range of ports that begins with the right one."""
    _rewrite(cell, "any 8200", "any 8200:")


@breach("egress-undeclared")
def anything_on_vaults_port(cell: Cell) -> None:
    """The port alone names nobody."""
    _rewrite(cell, "pass tls", "pass tcp")


@breach("egress-undeclared")
def any_name_on_vaults_port(cell: Cell) -> None:
    """A rule that looks at no name."""
    _rewrite(cell, 'tls.sni; content:"vault.eu.acme.example"; startswith; endswith; nocase; ', "")


@breach("egress-undeclared")
def vault_passed_before_all_else(cell: Cell) -> None:
    """One more rule before the others passes everything on the port."""
    _rewrite(cell, "pass tls", "pass ip any any -> any 8200 (sid:9;)\npass tls")


@breach("egress-undeclared")
def declared_names_on_vaults_port(cell: Cell) -> None:
    """Nothing holds the names that the list admits to port 443."""
    _rewrite(cell, "drop tls", "alert tls")


@breach("egress-undeclared")
def declared_names_on_vaults_port_from_a_part(cell: Cell) -> None:
    """Names are held to port 443 for one subnet alone."""
    _rewrite(cell, "drop tls 10.16.0.0/20", "drop tls 10.16.0.0/22")


@breach("egress-undeclared")
def declared_names_before_vault(cell: Cell) -> None:
    """The list is asked first, and passes its names on every port."""
    _reorder(cell, vault=2, names=1)


@breach("egress-undeclared")
def declared_names_without_vaults_rules(cell: Cell) -> None:
    """The port stands open; nobody asks the rules that hold it."""
    _reorder(cell, vault=None, names=1)


@breach("egress-undeclared")
def vaults_look_up_of_another_jurisdiction(cell: Cell) -> None:
    """A name that resolves carries data out."""
    names = cell.body(cell.part("dns names"))["domains"]
    cell.set(cell.part("dns names"), domains=[*names, "vault.us.acme.example."])


@breach("egress-undeclared")
def group_open_beside_vaults_port(cell: Cell) -> None:
    """8201 is for Vault's servers among themselves."""
    _out(cell, "analyst group", cidr_blocks=["0.0.0.0/0"], from_port=8201, to_port=8201)


@breach("egress-undeclared")
def group_open_from_vaults_port_on(cell: Cell) -> None:
    """A range of ports that begins with the right one."""
    _out(cell, "analyst group", cidr_blocks=["0.0.0.0/0"], from_port=8200, to_port=8300)


@breach("egress-undeclared")
def group_open_on_vaults_port_by_udp(cell: Cell) -> None:
    """The firewall's rules are for TLS."""
    rule = {"from_port": 8200, "to_port": 8200, "protocol": "udp"}
    _out(cell, "analyst group", cidr_blocks=["0.0.0.0/0"], **rule)


@breach("egress-undeclared")
def group_open_on_vaults_port_by_ipv6(cell: Cell) -> None:
    """The firewall stands on the other internet."""
    _out(cell, "analyst group", ipv6_cidr_blocks=["::/0"], from_port=8200, to_port=8200)


@breach("egress-undeclared")
def vault_that_moved_to_another_port(cell: Cell) -> None:
    """The estate names another port; the stack still opens the old one."""
    assert "vault.eu.acme.example:8200" in cell.estate
    cell.estate = cell.estate.replace("vault.eu.acme.example:8200", "vault.eu.acme.example:8300")


def _tokens(cell: Cell, **condition: Any) -> None:
    what: dict[str, Any] = {"Action": "sts:GetWebIdentityToken", "Resource": "*"}
    if condition:
        what["Condition"] = {key.replace("__", ":"): each for key, each in condition.items()}
    cell.state(cell.part("task policy"), **what)


_AUDIENCE = "sts:IdentityTokenAudience"
_OWN_PLACE = "vault://acme-cell-aws-eu-west-1-payments-eu-2d78630e"
_ANY = {"Null": {_AUDIENCE: "false"}}


@breach("identity-trust")
def tokens_for_anyone(cell: Cell) -> None:
    """A token for a stranger's service proves to it who the agent is."""
    _tokens(cell)


@breach("identity-trust")
def tokens_by_a_pattern(cell: Cell) -> None:
    """`sts:Get*` gives tokens too."""
    cell.state(cell.part("task policy"), Action="sts:Get*", Resource="*")


@breach("identity-trust")
def tokens_for_another_cells_place(cell: Cell) -> None:
    """Another cell's cluster would take it for one of its own."""
    other = "vault://acme-cell-aws-us-east-2-retail-us"
    _tokens(cell, ForAllValues__StringEquals={_AUDIENCE: other}, **_ANY)


@breach("identity-trust")
def tokens_for_vault_and_a_stranger(cell: Cell) -> None:
    """Any of several audiences being the own one is not all of them."""
    _tokens(cell, ForAnyValue__StringEquals={_AUDIENCE: _OWN_PLACE})


@breach("identity-trust")
def tokens_for_whatever_looks_so(cell: Cell) -> None:
    """`vault://*` is everybody's Vault."""
    _tokens(cell, ForAllValues__StringLike={_AUDIENCE: "vault://*"}, **_ANY)


@breach("identity-trust")
def tokens_for_nobody_told(cell: Cell) -> None:
    """`ForAllValues` holds where there is no value at all."""
    _tokens(cell, ForAllValues__StringEquals={_AUDIENCE: _OWN_PLACE})
