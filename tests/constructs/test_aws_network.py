"""What a cell's network lets through, read off the synthesized stack."""

import json
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aws_cells import COLLECTOR, Stack, cell, runtime, statements, synthesized

from agent_studio.constructs.aws.network.addresses import carve
from agent_studio.constructs.aws.network.egress import firewall_targets
from agent_studio.estate.errors import StudioError

TALKER = runtime("talker", egress=("api.github.com", "*.example.org"), models=())
QUIET = runtime()
WAYS_OUT = (
    "aws_internet_gateway",
    "aws_nat_gateway",
    "aws_eip",
    "aws_egress_only_internet_gateway",
    "aws_networkfirewall_firewall",
)


def closed() -> Stack:
    """A cell none of whose runtimes declares egress, in a jurisdiction without Vault."""
    return synthesized(QUIET, COLLECTOR, vault=None)


def opened() -> Stack:
    """A cell of which one runtime declares egress, in a jurisdiction without Vault."""
    return synthesized(QUIET, TALKER, vault=None)


def networks(*, longest: int = 24) -> st.SearchStrategy[IPv4Network]:
    """Any private range from /16 to the longest prefix."""
    return st.builds(
        lambda bits, prefix: IPv4Network((0x0A000000 | (bits & 0xFFFFFF), prefix), strict=False),
        st.integers(min_value=0),
        st.integers(min_value=16, max_value=longest),
    )


@given(networks(longest=23), st.integers(min_value=1, max_value=3))
def test_subnets_lie_apart_inside_the_cells_network(network: IPv4Network, zones: int) -> None:
    """Any network and any number of zones give subnets within it that never overlap."""
    found = [
        each
        for zone in carve(network, zones=zones)
        for each in (zone.private, zone.firewall, zone.public)
    ]
    assert len(found) == 3 * zones
    assert all(each.subnet_of(network) and 16 <= each.prefixlen <= 28 for each in found)
    assert not any(one.overlaps(other) for one, other in combinations(found, 2))


@given(networks(longest=23))
def test_another_zone_moves_no_subnet(network: IPv4Network) -> None:
    """The subnets of the first zones are the same however many zones there are."""
    assert carve(network, zones=3)[:2] == carve(network, zones=2)
    assert carve(network, zones=2)[:1] == carve(network, zones=1)


@given(networks())
def test_private_subnets_share_three_quarters(network: IPv4Network) -> None:
    """Each zone's private subnet is a quarter of the cell's network."""
    for zone in carve(network):
        assert zone.private.num_addresses * 4 == network.num_addresses


@pytest.mark.parametrize(
    ("network", "zones", "allowed"),
    [("10.0.0.0/25", 2, "/24"), ("10.0.0.0/15", 2, "/24"), ("10.0.0.0/24", 3, "/23")],
)
def test_a_network_of_the_wrong_size_is_refused(network: str, zones: int, allowed: str) -> None:
    """A network that cannot be carved is refused with the sizes that can."""
    with pytest.raises(StudioError) as refused:
        carve(IPv4Network(network), zones=zones)
    assert f"found {network}; allowed: a prefix from /16 to {allowed}; fix:" in refused.value.line


def test_no_way_out_unless_a_runtime_declares_egress() -> None:
    """A cell without egress has no gateway, no translator, no public address and no route."""
    for kind in WAYS_OUT:
        assert not closed().of(kind), kind
    for path, table in closed().of("aws_route_table").items():
        assert table["route"] == [], path
    assert not closed().of("aws_route")


def test_private_subnets_lie_in_different_zones() -> None:
    """Two private subnets take the first two zones by id, give no public address, and stay put."""
    zones = []
    for index in range(2):
        subnet = closed().at("aws_subnet", f"network/private/private-{index}")
        zones.append(subnet["availability_zone_id"])
        assert subnet["map_public_ip_on_launch"] is False
        assert subnet["lifecycle"] == {"ignore_changes": ["availability_zone_id"]}
    read = "sort(data.aws_availability_zones.network_zones_"
    assert all(read in zone for zone in zones)
    assert zones[0].endswith(", 0)}")
    assert zones[1].endswith(", 1)}")
    (found,) = closed().document["data"]["aws_availability_zones"].values()
    (condition,) = found["lifecycle"]["postcondition"]
    assert condition["condition"] == "${length(self.zone_ids) >= 2}"


def test_the_defaults_of_the_vpc_are_empty() -> None:
    """The VPC's default group, access list and route table are adopted and hold no rule."""
    group = closed().at("aws_default_security_group", "network/private/default-group")
    assert group["ingress"] == []
    assert group["egress"] == []
    access = closed().at("aws_default_network_acl", "network/private/default-access-list")
    assert not access.get("ingress")
    assert not access.get("egress")
    assert closed().at("aws_default_route_table", "network/private/default-routes")["route"] == []


def test_every_flow_is_logged_encrypted() -> None:
    """Flow logs take accepted and rejected flows into a log group under the operations key."""
    flows = closed().at("aws_flow_log", "network/flow-logs/flows")
    assert flows["traffic_type"] == "ALL"
    group = closed().at("aws_cloudwatch_log_group", "network/flow-logs/group")
    assert group["kms_key_id"].startswith("${aws_kms_key.keys_operations_")
    assert group["retention_in_days"] == 365


def endpoints(stack: Stack) -> dict[str, dict[str, Any]]:
    """The endpoints of a stack, by the short name of their service."""
    return {
        each["service_name"].removeprefix("com.amazonaws.eu-west-1."): each
        for each in stack.of("aws_vpc_endpoint").values()
    }


def test_a_cell_has_the_endpoints_that_it_uses() -> None:
    """Bedrock's endpoint exists where a runtime declares a Bedrock model, and nowhere else."""
    common = {"ecr.api", "ecr.dkr", "kms", "logs", "s3", "sqs", "ssm", "sts", "xray"}
    assert set(endpoints(closed())) == common | {"bedrock-runtime"}
    assert set(endpoints(synthesized(COLLECTOR))) == common


def test_endpoints_admit_the_cells_own_account_alone() -> None:
    """Every statement of every endpoint policy names the cell's account, but for image layers."""
    for service, endpoint in endpoints(closed()).items():
        for sid, each in statements(endpoint["policy"]).items():
            if sid == "ImageLayers":
                assert each["Action"] == ["s3:GetObject"]
                assert each["Resource"] == ["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"]
                continue
            principal = each["Condition"]["StringEquals"]["aws:PrincipalAccount"]
            assert principal == ["222222222222"], service
            if service != "bedrock-runtime":
                condition = {
                    **each["Condition"]["StringEquals"],
                    **each["Condition"].get("StringEqualsIfExists", {}),
                }
                assert condition["aws:ResourceAccount"] == ["222222222222"], service


def test_s3_is_reached_for_the_cells_own_buckets_alone() -> None:
    """The gateway endpoint admits the stores and the mailbox: not the archive, not the state."""
    own = statements(endpoints(closed())["s3"]["policy"])["OwnPrincipalsToOwnBuckets"]
    buckets = {
        each["bucket"]
        for path, each in closed().of("aws_s3_bucket").items()
        if path.startswith(("store-", "mailbox"))
    }
    arns = {f"arn:aws:s3:::{bucket}{rest}" for bucket in buckets for rest in ("", "/*")}
    assert set(own["Resource"]) == arns


def test_bedrock_is_reached_for_declared_models_alone() -> None:
    """The Bedrock endpoint names the declared model and its profile, and no wildcard model."""
    found = statements(endpoints(closed())["bedrock-runtime"]["policy"])
    resources = [name for each in found.values() for name in each["Resource"]]
    assert resources
    assert all("anthropic.claude-sonnet-4-5" in name for name in resources)
    assert all(each["Action"][0].startswith("bedrock:InvokeModel") for each in found.values())


def test_names_outside_the_list_do_not_resolve() -> None:
    """DNS admits the endpoints' names and the declared ones, refuses all else, and fails closed."""
    admitted = set(
        opened().at("aws_route53_resolver_firewall_domain_list", "network/dns-firewall/admitted")[
            "domains"
        ]
    )
    assert {"api.github.com.", "*.example.org."} <= admitted
    assert all(
        name.endswith(".eu-west-1.amazonaws.com.")
        for name in admitted - {"api.github.com.", "*.example.org."}
    )
    assert "*.eu-west-1.amazonaws.com." not in admitted
    others = opened().at("aws_route53_resolver_firewall_domain_list", "network/dns-firewall/others")
    assert others["domains"] == ["*."]
    rules = {
        path.rpartition("/")[2]: (each["action"], each["priority"])
        for path, each in opened().of("aws_route53_resolver_firewall_rule").items()
    }
    assert rules == {"admit": ("ALLOW", 100), "refuse": ("BLOCK", 200)}
    (config,) = opened().of("aws_route53_resolver_firewall_config").values()
    assert config["firewall_fail_open"] == "DISABLED"


def test_a_cell_without_egress_resolves_endpoints_alone() -> None:
    """No name outside the cell's own region of AWS resolves where nothing is declared."""
    found = closed().at(
        "aws_route53_resolver_firewall_domain_list", "network/dns-firewall/admitted"
    )
    assert all(name.endswith(".eu-west-1.amazonaws.com.") for name in found["domains"])


def test_the_firewall_admits_declared_names_over_tls_alone() -> None:
    """The rules list the declared names by TLS name, in strict order, and drop all else."""
    rules = opened().at("aws_networkfirewall_rule_group", "network/internet/firewall/names")[
        "rule_group"
    ]
    assert rules["rules_source"]["rules_source_list"] == {
        "generated_rules_type": "ALLOWLIST",
        "target_types": ["TLS_SNI"],
        "targets": [".example.org", "api.github.com"],
    }
    assert rules["stateful_rule_options"] == {"rule_order": "STRICT_ORDER"}
    policy = opened().at("aws_networkfirewall_firewall_policy", "network/internet/firewall/policy")[
        "firewall_policy"
    ]
    assert "aws:drop_established" in policy["stateful_default_actions"]
    assert policy["stateful_engine_options"]["rule_order"] == "STRICT_ORDER"
    assert policy["stateless_default_actions"] == ["aws:forward_to_sfe"]


@given(st.lists(st.sampled_from(["a.example", "b.example", "*.c.example", "A.EXAMPLE"])))
def test_the_firewall_lists_each_name_once(egress: list[str]) -> None:
    """Whatever runtimes declare, the firewall's list is sorted, lower-case and without repeats."""
    found = firewall_targets(cell(runtime(egress=tuple(egress)), runtime("b", egress=())))
    assert set(found) == {name.lower().removeprefix("*") for name in egress}
    assert len(found) == len(set(found))


def test_the_way_out_leads_through_the_firewall() -> None:
    """Private subnets lead to the firewall, it to the translator, and answers come back by it."""
    for index in range(2):
        (out,) = opened().at("aws_route_table", f"network/private/private-{index}-routes")["route"]
        assert out["cidr_block"] == "0.0.0.0/0"
        assert "aws_networkfirewall_firewall.network_internet_firewall_" in out["vpc_endpoint_id"]
        assert out["gateway_id"] is None
        (wall,) = opened().at("aws_route_table", f"network/internet/firewall-{index}-routes")[
            "route"
        ]
        assert "aws_nat_gateway" in wall["nat_gateway_id"]
        forth, back = opened().at("aws_route_table", f"network/internet/public-{index}-routes")[
            "route"
        ]
        assert "aws_internet_gateway" in forth["gateway_id"]
        private = opened().at("aws_subnet", f"network/private/private-{index}")["cidr_block"]
        assert back["cidr_block"] == private
        assert back["vpc_endpoint_id"] == out["vpc_endpoint_id"]


def test_only_a_runtime_that_declares_egress_may_use_it() -> None:
    """The quiet runtime's group has no open range even where another runtime declares egress."""
    open_range = {
        name: "0.0.0.0/0"
        in json.dumps(opened().at("aws_security_group", f"network/runtimes/{name}"))
        for name in ("analyst", "talker")
    }
    assert open_range == {"analyst": False, "talker": True}
    for name in ("analyst", "talker"):
        group = opened().at("aws_security_group", f"network/runtimes/{name}")
        assert group["ingress"] == []
        assert all(rule["from_port"] == rule["to_port"] == 443 for rule in group["egress"])
        assert all(rule["description"] for rule in group["egress"])
