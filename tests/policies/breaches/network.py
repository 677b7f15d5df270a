"""Ways into the cell's network, and ways out that the estate does not declare."""

import json
from typing import Any

from policies.breaches.breach import breach
from policies.breaches.cell import OWN, STRANGER, Cell


def _rule(**values: Any) -> dict[str, Any]:
    lists = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups")
    base = {"from_port": 443, "to_port": 443, "protocol": "tcp", "self": None, "description": "x"}
    return {**dict.fromkeys(lists), **base, **values}


def _in(cell: Cell, **values: Any) -> None:
    cell.set(cell.part("analyst group"), ingress=[_rule(**values)])


def _out(cell: Cell, part: str, **values: Any) -> None:
    kept = cell.body(cell.part(part))["egress"]
    cell.set(cell.part(part), egress=[*kept, _rule(**values)])


@breach("exposure-ingress")
def group_open_to_the_world(cell: Cell) -> None:
    """Anyone may connect to the agents."""
    _in(cell, cidr_blocks=["0.0.0.0/0"])


@breach("exposure-ingress")
def group_open_to_the_world_by_ipv6(cell: Cell) -> None:
    """The other internet."""
    _in(cell, ipv6_cidr_blocks=["::/0"])


@breach("exposure-ingress")
def group_open_to_both_halves_of_the_world(cell: Cell) -> None:
    """Two halves are the whole, and neither is 0.0.0.0/0."""
    _in(cell, cidr_blocks=["0.0.0.0/1", "128.0.0.0/1"])


@breach("exposure-ingress")
def group_open_on_all_ports(cell: Cell) -> None:
    """Every protocol and port."""
    _in(cell, cidr_blocks=["0.0.0.0/0"], protocol="-1", from_port=0, to_port=0)


@breach("exposure-ingress")
def group_opened_by_a_rule_of_its_own(cell: Cell) -> None:
    """The group itself stays as it is."""
    group = cell.ref("analyst group", "id")
    where = {"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22}
    cell.add("aws_security_group_rule", security_group_id=group, cidr_blocks=["0.0.0.0/0"], **where)


@breach("exposure-ingress")
def group_opened_by_the_newer_kind_of_rule(cell: Cell) -> None:
    """The same in the provider's newer resource."""
    cell.add(
        "aws_vpc_security_group_ingress_rule",
        security_group_id=cell.ref("analyst group", "id"),
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="-1",
    )


@breach("exposure-ingress", "isolation-network")
def group_open_to_another_network(cell: Cell) -> None:
    """10.0.0.0/8 covers every other cell."""
    _in(cell, cidr_blocks=["10.0.0.0/8"])


@breach("exposure-ingress", "isolation-network")
def group_open_to_a_group_of_another_account(cell: Cell) -> None:
    """A stranger's machines may connect."""
    _in(cell, security_groups=[f"{STRANGER}/sg-0123456789abcdef0"])


@breach("exposure-ingress", "undecided")
def group_open_to_a_variable(cell: Cell) -> None:
    """Whoever sets the variable opens the door."""
    _in(cell, cidr_blocks=["${var.admitted}"])


@breach("egress-undeclared")
def egress_everywhere(cell: Cell) -> None:
    """The analyst declares no name outside."""
    _out(cell, "analyst group", cidr_blocks=["0.0.0.0/0"])


@breach("egress-undeclared")
def egress_everywhere_on_all_ports(cell: Cell) -> None:
    """The collector declares one name, by TLS."""
    _out(cell, "collector group", cidr_blocks=["0.0.0.0/0"], protocol="-1", from_port=0, to_port=0)


@breach("egress-undeclared")
def egress_by_ipv6(cell: Cell) -> None:
    """The firewall stands on the other internet."""
    _out(cell, "collector group", ipv6_cidr_blocks=["::/0"])


@breach("egress-undeclared", "isolation-network")
def egress_to_an_address(cell: Cell) -> None:
    """A stranger's server by its number."""
    _out(cell, "analyst group", cidr_blocks=["203.0.113.7/32"])


@breach("egress-undeclared")
def egress_by_a_rule_of_its_own(cell: Cell) -> None:
    """The group itself stays as it is."""
    cell.add(
        "aws_vpc_security_group_egress_rule",
        security_group_id=cell.ref("analyst group", "id"),
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="-1",
    )


def _allow_names(cell: Cell, *names: str) -> None:
    listed = {"generated_rules_type": "ALLOWLIST", "target_types": ["TLS_SNI"]}
    sources = {"rules_source": {"rules_source_list": {**listed, "targets": list(names)}}}
    sources["stateful_rule_options"] = {"rule_order": "STRICT_ORDER"}  # type: ignore[dict-item]
    cell.set(cell.part("firewall names"), rule_group=sources)


@breach("egress-undeclared")
def name_that_nobody_declared(cell: Cell) -> None:
    """The firewall admits a stranger's server."""
    _allow_names(cell, "api.github.com", "attacker.example")


@breach("egress-undeclared")
def all_names_below_a_declared_one(cell: Cell) -> None:
    """The estate declares api.github.com; gists are github.com too."""
    _allow_names(cell, ".github.com")


@breach("egress-undeclared")
def firewall_rules_by_hand(cell: Cell) -> None:
    """A rule in Suricata's language passes everything."""
    rules = 'pass tls any any -> any any (msg:"all"; sid:1;)'
    cell.set(cell.part("firewall names"), rule_group={"rules_source": {"rules_string": rules}})


@breach("egress-undeclared")
def firewall_that_passes_by_default(cell: Cell) -> None:
    """What no rule names goes through."""
    policy = dict(cell.body(cell.part("firewall policy"))["firewall_policy"])
    policy["stateful_default_actions"] = ["aws:alert_established"]
    cell.set(cell.part("firewall policy"), firewall_policy=policy)


@breach("egress-undeclared")
def firewall_that_asks_nobody(cell: Cell) -> None:
    """Packets pass before the stateful rules see them."""
    policy = dict(cell.body(cell.part("firewall policy"))["firewall_policy"])
    policy["stateless_default_actions"] = ["aws:pass"]
    cell.set(cell.part("firewall policy"), firewall_policy=policy)


@breach("egress-undeclared")
def dns_name_that_nobody_declared(cell: Cell) -> None:
    """Names carry data out, one label at a time."""
    names = cell.body(cell.part("dns names"))["domains"]
    cell.set(cell.part("dns names"), domains=[*names, "*.attacker.example."])


@breach("egress-undeclared")
def every_dns_name(cell: Cell) -> None:
    """Names carry data out, one label at a time."""
    cell.set(cell.part("dns names"), domains=["*."])


@breach("egress-undeclared")
def dns_firewall_that_only_warns(cell: Cell) -> None:
    """All other names are looked up too, with an alert."""
    cell.set(cell.part("dns refusal"), action="ALERT", block_response=None)


@breach("egress-undeclared")
def dns_firewall_without_its_last_rule(cell: Cell) -> None:
    """What no rule names is looked up."""
    cell.remove(cell.part("dns refusal"))


@breach("egress-undeclared")
def dns_firewall_that_fails_open(cell: Cell) -> None:
    """While the firewall is down, every name is looked up."""
    cell.set(cell.part("dns switch"), firewall_fail_open="ENABLED")


@breach("egress-undeclared", "isolation-network")
def names_forwarded_to_a_stranger(cell: Cell) -> None:
    """A resolver outside hears every name, and answers as it likes."""
    target = [{"ip": "203.0.113.53", "port": 53}]
    where = {"domain_name": ".", "rule_type": "FORWARD", "resolver_endpoint_id": "rslvr-out-0"}
    cell.add("aws_route53_resolver_rule", target_ip=target, **where)


def _route(**values: Any) -> list[dict[str, Any]]:
    names = ("gateway_id", "nat_gateway_id", "vpc_endpoint_id", "vpc_peering_connection_id")
    more = ("transit_gateway_id", "network_interface_id", "ipv6_cidr_block", "core_network_arn")
    return [{**dict.fromkeys((*names, *more)), "cidr_block": "0.0.0.0/0", **values}]


@breach("egress-undeclared", "isolation-network")
def route_past_the_firewall(cell: Cell) -> None:
    """The private subnet goes to the internet directly."""
    cell.set(cell.part("private routes"), route=_route(gateway_id=cell.ref("gateway", "id")))


@breach("egress-undeclared", "isolation-network")
def route_past_the_firewall_by_a_resource(cell: Cell) -> None:
    """The table itself stays as it is."""
    cell.add(
        "aws_route",
        route_table_id=cell.ref("private routes", "id"),
        destination_cidr_block="203.0.113.0/24",
        gateway_id=cell.ref("gateway", "id"),
    )


@breach("isolation-network")
def peering_with_another_network(cell: Cell) -> None:
    """A cell has no route to any other."""
    peer = {"peer_vpc_id": "vpc-0", "peer_owner_id": STRANGER, "peer_region": "us-east-1"}
    cell.add("aws_vpc_peering_connection", vpc_id=cell.ref("vpc", "id"), **peer)


@breach("isolation-network")
def route_to_a_peer(cell: Cell) -> None:
    """The route is enough where a peering exists already."""
    route = _route(cidr_block="10.16.16.0/20", vpc_peering_connection_id="pcx-0")
    cell.set(cell.part("private routes"), route=route)


@breach("isolation-network")
def transit_gateway(cell: Cell) -> None:
    """A hub joins what the estate keeps apart."""
    cell.add(
        "aws_ec2_transit_gateway_vpc_attachment",
        transit_gateway_id="tgw-0",
        vpc_id=cell.ref("vpc", "id"),
        subnet_ids=[cell.ref("subnet", "id")],
    )


@breach("isolation-network")
def private_line_out(cell: Cell) -> None:
    """A VPN joins the cell to an office."""
    cell.add("aws_vpn_gateway", vpc_id=cell.ref("vpc", "id"))


@breach("isolation-network")
def name_zone_of_another_network(cell: Cell) -> None:
    """Another network resolves the cell's private names."""
    zone = {"zone_id": "Z0", "vpc_id": "vpc-0"}
    cell.add("aws_route53_vpc_association_authorization", **zone)


@breach("egress-undeclared", "isolation-network")
def internet_gateway_that_nobody_needs(cell: Cell) -> None:
    """The estate declares no egress any more; the gateway still leads to the old names."""
    assert "egress: [api.github.com]" in cell.estate
    cell.estate = cell.estate.replace("egress: [api.github.com]", "egress: []")


@breach("egress-undeclared", "isolation-network")
def second_internet_gateway(cell: Cell) -> None:
    """IPv6 goes out past the firewall."""
    cell.add("aws_egress_only_internet_gateway", vpc_id=cell.ref("vpc", "id"))


@breach("isolation-network")
def endpoint_for_everyone_and_everything(cell: Cell) -> None:
    """Stolen credentials of any account work through it, on any bucket."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cell.set(cell.part("s3 endpoint"), policy=policy)


@breach("isolation-network")
def endpoint_without_a_policy(cell: Cell) -> None:
    """The default policy admits everyone to everything."""
    cell.set(cell.part("s3 endpoint"), policy=None)


@breach("isolation-network")
def endpoint_to_any_account(cell: Cell) -> None:
    """Own principals may send to anyone's queue."""

    def change(document: dict[str, Any]) -> None:
        del document["Statement"][0]["Condition"]["StringEqualsIfExists"]

    cell.rewrite(cell.part("sqs endpoint"), change)


@breach("isolation-network", "isolation-account")
def endpoint_to_a_strangers_bucket(cell: Cell) -> None:
    """A door for carrying data out."""
    own = {"StringEquals": {"aws:PrincipalAccount": [OWN]}}
    where = cell.part("s3 endpoint")
    there = "arn:aws:s3:::strangers-drop/*"
    cell.state(where, Principal="*", Action="s3:PutObject", Resource=there, Condition=own)


@breach("residency-transfer", "isolation-network")
def endpoint_of_another_region(cell: Cell) -> None:
    """A private road abroad."""
    cell.set(
        cell.part("sqs endpoint"),
        service_name="com.amazonaws.us-east-1.sqs",
        service_region="us-east-1",
    )


@breach("isolation-network", "egress-undeclared")
def endpoint_of_a_strangers_service(cell: Cell) -> None:
    """A private road to a stranger."""
    name = "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0"
    vpc = cell.ref("vpc", "id")
    cell.add("aws_vpc_endpoint", service_name=name, vpc_id=vpc, vpc_endpoint_type="Interface")
