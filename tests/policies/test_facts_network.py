"""Doors in, ways out, and ties to other networks: table by table, from synthesized bodies."""

import copy
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policies.breaches.cell import STACK
from support.packed import packed, stacks

from agent_studio.estate.loader import load_estate
from agent_studio.policies.decisions import decide, layers_of
from agent_studio.policies.facts.aws.network import network
from agent_studio.policies.facts.place import Place, place_of
from agent_studio.policies.facts.ranges import inside
from agent_studio.policies.facts.resources import Resources
from agent_studio.policies.facts.values import merged
from agent_studio.policies.places import Synthesized
from agent_studio.policies.plan import Plan

ROOT = Path(__file__).resolve().parents[2]
NETWORK = "10.16.0.0/20"
BLOCKED = dict.fromkeys(
    ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"),
    True,
)


@cache
def place(egress: bool = True) -> Place:
    """The example cell; without egress if told so."""
    found = place_of(load_estate(ROOT / "regions.yaml"), STACK)
    assert found is not None
    if egress:
        return found
    values = {name: getattr(found, name) for name in found.__dataclass_fields__}
    return Place(**{**values, "egress": frozenset(), "runtimes": {}})


def denied(
    bodies: Mapping[str, Mapping[str, Any]], *, egress: bool = True
) -> list[tuple[str, str]]:
    """Controls and messages for a stack of these resources, by address."""
    content: dict[str, dict[str, Any]] = {}
    for address, body in bodies.items():
        type_, name = address.split(".")
        content.setdefault(type_, {})[name] = body
    stack = Synthesized(path=Path(STACK), content={"resource": content}, text="")
    resources = Resources.of(stack, None)
    here = place(egress)
    found = decide(here, list(network(resources, here)), layers_of(here))
    return [(one.control, one.message) for one in found]


def rule(**values: Any) -> dict[str, Any]:
    """One rule of a security group: TCP to 443."""
    return {"protocol": "tcp", "from_port": 443, "to_port": 443, **values}


INGRESS, EGRESS = "studio/exposure-ingress", "studio/egress-undeclared"
UNDECIDED, TIE, PUBLIC = "studio/undecided", "studio/isolation-network", "studio/exposure-public"
GROUP = "${aws_security_group.g.id}"


@pytest.mark.parametrize(
    ("ends", "control"),
    [
        ({"cidr_blocks": [NETWORK]}, None),
        ({"cidr_blocks": ["10.16.4.0/22", "10.16.0.7/32"]}, None),
        ({"cidr_blocks": ["${aws_vpc.v.cidr_block}"]}, None),
        ({"self": True}, None),
        ({"security_groups": [GROUP]}, None),
        ({"prefix_list_ids": ["${aws_vpc_endpoint.s3.prefix_list_id}"]}, None),
        ({"cidr_blocks": ["0.0.0.0/0"]}, INGRESS),
        ({"cidr_blocks": ["0.0.0.0/1"]}, INGRESS),
        ({"cidr_blocks": ["128.0.0.0/1"]}, INGRESS),
        ({"cidr_blocks": ["10.0.0.0/8"]}, INGRESS),
        ({"cidr_blocks": ["10.16.16.0/20"]}, INGRESS),
        ({"cidr_blocks": ["everyone"]}, INGRESS),
        ({"ipv6_cidr_blocks": ["::/0"]}, INGRESS),
        ({"ipv6_cidr_blocks": ["::ffff:0:0/96"]}, INGRESS),
        ({"security_groups": ["999999999999/sg-0"]}, INGRESS),
        ({"security_groups": ["sg-0"]}, UNDECIDED),
        ({"security_groups": ["${aws_security_group.gone.id}"]}, UNDECIDED),
        ({"prefix_list_ids": ["pl-0"]}, UNDECIDED),
        ({"cidr_blocks": ["${var.admitted}"]}, UNDECIDED),
    ],
)
@pytest.mark.parametrize("spelling", ["block", "default", "rule", "newer"])
def test_who_may_come_in(ends: dict[str, Any], control: str | None, spelling: str) -> None:
    """Only the stack's own network and groups come in, however a rule is spelt."""
    bodies: dict[str, Mapping[str, Any]] = {
        "aws_security_group.g": {},
        "aws_vpc.v": {"cidr_block": NETWORK},
        "aws_vpc_endpoint.s3": {"service_name": "com.amazonaws.eu-west-1.s3", "policy": "{}"},
    }
    if spelling == "block":
        bodies["aws_security_group.g"] = {"ingress": [rule(**ends)]}
    elif spelling == "default":
        bodies["aws_default_security_group.d"] = {"ingress": rule(**ends)}
    elif spelling == "rule":
        renamed = {
            "source_security_group_id" if key == "security_groups" else key: value[0]
            if key == "security_groups"
            else value
            for key, value in ends.items()
        }
        bodies["aws_security_group_rule.r"] = {
            **rule(**renamed),
            "type": "ingress",
            "security_group_id": GROUP,
        }
    else:
        names = {
            "cidr_blocks": "cidr_ipv4",
            "ipv6_cidr_blocks": "cidr_ipv6",
            "security_groups": "referenced_security_group_id",
            "prefix_list_ids": "prefix_list_id",
        }
        one = {names.get(key, key): v[0] if isinstance(v, list) else v for key, v in ends.items()}
        bodies["aws_vpc_security_group_ingress_rule.r"] = {
            "ip_protocol": "tcp",
            "security_group_id": GROUP,
            **one,
        }
    assert {found for found, _ in denied(bodies)} == ({control} if control else set())


WORLD = {"cidr_blocks": ["0.0.0.0/0"]}


@pytest.mark.parametrize(
    ("values", "passes"),
    [
        (rule(**WORLD), True),
        (rule(cidr_blocks=[NETWORK]) | {"protocol": "-1", "from_port": 0, "to_port": 0}, True),
        (rule(**WORLD) | {"to_port": 444}, False),
        (rule(**WORLD) | {"from_port": 80, "to_port": 80}, False),
        (rule(**WORLD) | {"protocol": "udp"}, False),
        (rule(**WORLD) | {"protocol": "-1", "from_port": 0, "to_port": 0}, False),
        (rule(ipv6_cidr_blocks=["::/0"]), False),
    ],
)
def test_where_a_group_may_go(values: dict[str, Any], passes: bool) -> None:
    """HTTPS goes out where names are declared; nothing else does."""
    found = denied({"aws_security_group.g": {"egress": [values]}})
    assert {control for control, _ in found} == (set() if passes else {EGRESS})


def _service(runtime: str) -> dict[str, Any]:
    return {
        "name": f"acme-{runtime}-{STACK}-0123abcd",
        "network_configuration": {"security_groups": [GROUP], "assign_public_ip": False},
    }


@pytest.mark.parametrize(
    ("runtime", "passes"), [("collector", True), ("analyst", False), ("nobody", False)]
)
def test_egress_is_of_the_runtime_that_declares_it(runtime: str, passes: bool) -> None:
    """A group goes out only where the runtime that uses it declares a name."""
    found = denied(
        {
            "aws_security_group.g": {"egress": [rule(**WORLD)]},
            f"aws_ecs_service.{runtime}": _service(runtime),
        }
    )
    expected = (
        "aws_security_group.g lets traffic out to 0.0.0.0/0 by a rule of a security group; the"
        " estate admits only HTTPS, of runtimes that declare names"
    )
    assert found == ([] if passes else [(EGRESS, expected)])


def test_messages_name_who_comes_in_and_what_is_unknown() -> None:
    """People read which range is open, and what could not be known."""
    world = {"aws_security_group.g": {"ingress": [rule(cidr_blocks=["0.0.0.0/0"])]}}
    assert denied(world) == [
        (
            INGRESS,
            "aws_security_group.g lets 0.0.0.0/0 in by a rule of a security group; only this"
            " stack's own network may come in",
        )
    ]
    hidden = {"aws_security_group.g": {"ingress": "${var.rules}"}}
    assert denied(hidden) == [
        (
            UNDECIDED,
            "aws_security_group.g: the ingress rules can't be known before the apply, so it can't"
            " be decided",
        )
    ]
    dynamic = {"aws_security_group.g": {"dynamic": {"egress": {"for_each": "${var.rules}"}}}}
    assert {control for control, _ in denied(dynamic)} == {UNDECIDED}


GATEWAY = {
    "aws_internet_gateway.i": {"vpc_id": "${aws_vpc.v.id}"},
    "aws_vpc.v": {"cidr_block": NETWORK},
}
WALL = {
    "aws_networkfirewall_firewall.f": {
        "firewall_policy_arn": "${aws_networkfirewall_firewall_policy.p.arn}",
        "subnet_mapping": [{"subnet_id": "${aws_subnet.wall.id}"}],
    },
    "aws_networkfirewall_firewall_policy.p": {
        "firewall_policy": {
            "stateful_default_actions": ["aws:drop_established"],
            "stateful_engine_options": {"rule_order": "STRICT_ORDER"},
            "stateless_default_actions": ["aws:forward_to_sfe"],
            "stateless_fragment_default_actions": ["aws:drop"],
        }
    },
    "aws_nat_gateway.n": {"subnet_id": "${aws_subnet.edge.id}"},
    "aws_subnet.wall": {},
    "aws_subnet.edge": {},
    "aws_subnet.work": {},
}
THROUGH = (
    "${one([for s in aws_networkfirewall_firewall.f.firewall_status[0].sync_states :"
    " s.attachment[0].endpoint_id])}"
)


def _table(subnet: str, **target: Any) -> dict[str, Mapping[str, Any]]:
    return {
        **GATEWAY,
        **WALL,
        "aws_route_table.t": {"route": [{"cidr_block": "0.0.0.0/0", **target}]},
        "aws_route_table_association.a": {
            "route_table_id": "${aws_route_table.t.id}",
            "subnet_id": f"${{aws_subnet.{subnet}.id}}",
        },
    }


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        (_table("work", vpc_endpoint_id=THROUGH), set()),
        (_table("work", gateway_id="local"), set()),
        (_table("edge", gateway_id="${aws_internet_gateway.i.id}"), set()),
        (_table("wall", nat_gateway_id="${aws_nat_gateway.n.id}"), set()),
        (_table("work", gateway_id="${aws_internet_gateway.i.id}"), {EGRESS}),
        (_table("work", nat_gateway_id="${aws_nat_gateway.n.id}"), {EGRESS}),
        (_table("work", vpc_endpoint_id="vpce-0"), {TIE}),
        (_table("work", vpc_endpoint_id="${aws_vpc_endpoint.other.id}"), {TIE}),
        (_table("work", vpc_endpoint_id="${var.firewall}"), {TIE}),
        (_table("work", vpc_endpoint_id=THROUGH.replace("one(", "var.x ? var.x : one(")), {TIE}),
        (_table("work", vpc_endpoint_id=THROUGH.replace("firewall.f.", "firewall.gone.")), {TIE}),
        (_table("work", vpc_endpoint_id=THROUGH.replace("s.attachment", "var.x")), {TIE}),
        (_table("edge", gateway_id="vgw-0"), {TIE}),
        (_table("edge", transit_gateway_id="tgw-0"), {TIE}),
        (_table("edge", network_interface_id="eni-0"), {TIE}),
        (
            {
                **_table("work", vpc_endpoint_id=THROUGH),
                "aws_route.r": {
                    "route_table_id": "${aws_route_table.t.id}",
                    "destination_cidr_block": "0.0.0.0/1",
                    "gateway_id": "${aws_internet_gateway.i.id}",
                },
            },
            {EGRESS},
        ),
        (
            {
                **_table("edge", gateway_id="${aws_internet_gateway.i.id}"),
                "aws_ecs_service.s": {
                    "name": "x",
                    "network_configuration": {
                        "subnets": ["${aws_subnet.edge.id}"],
                        "security_groups": [GROUP],
                    },
                },
                "aws_security_group.g": {},
            },
            {EGRESS},
        ),
        ({"aws_egress_only_internet_gateway.e": {}}, {EGRESS}),
    ],
)
def test_what_goes_out_passes_the_firewall(
    bodies: dict[str, Mapping[str, Any]], expected: set[str]
) -> None:
    """A subnet's way out is the stack's own firewall, but for those behind the firewall."""
    assert {control for control, _ in denied(bodies)} == expected


@pytest.mark.parametrize("address", ["aws_internet_gateway.i", "aws_nat_gateway.n"])
def test_no_gateway_where_nothing_is_declared(address: str) -> None:
    """A way to the internet needs a runtime that declares a name."""
    assert denied({address: {}}) == []
    assert denied({address: {}}, egress=False) == [
        (
            EGRESS,
            f"{address} opens a way to the internet, and the estate declares no names outside for"
            " this stack",
        )
    ]


def _names(*targets: str, **more: Any) -> dict[str, Any]:
    listed = {"generated_rules_type": "ALLOWLIST", "target_types": ["TLS_SNI"], **more}
    return {"rules_source": {"rules_source_list": {**listed, "targets": list(targets)}}}


def _rules(**source: Any) -> dict[str, Any]:
    return {"rules_source": source}


STATELESS = {"stateless_rule": [{"rule_definition": {"actions": ["aws:pass"]}}]}


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (_names("api.github.com"), None),
        (_rules(rules_string="# none\ndrop ip any any -> any any (sid:1;)"), None),
        (
            _names("attacker.example"),
            "admits the name attacker.example through the firewall; the estate declares"
            " api.github.com here",
        ),
        (
            _names(".github.com"),
            "admits the name *.github.com through the firewall; the estate declares"
            " api.github.com here",
        ),
        (
            _names("api.github.com", generated_rules_type="DENYLIST"),
            "admits every name that is not in its list (DENYLIST)",
        ),
        (
            _names("api.github.com", target_types=["HTTP_HOST", "TLS_SNI"]),
            "admits names by what is not TLS (HTTP_HOST, TLS_SNI)",
        ),
        (
            _rules(rules_string="pass tls any any -> any any (sid:1;)"),
            "passes traffic by a rule of its own (pass tls any any -> any any (sid:1;))",
        ),
        (_rules(stateful_rule=[{"action": "PASS"}]), "has a rule that does PASS"),
        (
            _rules(stateless_rules_and_custom_actions=STATELESS),
            "lets packets through without looking at them (aws:pass)",
        ),
    ],
)
def test_what_the_firewall_admits(group: dict[str, Any], message: str | None) -> None:
    """The firewall admits declared names alone, by TLS."""
    address = "aws_networkfirewall_rule_group.r"
    found = denied({address: {"rule_group": group}})
    assert found == ([(EGRESS, f"{address} {message}")] if message else [])


@pytest.mark.parametrize(
    "values",
    [
        {"stateful_default_actions": ["aws:alert_established"]},
        {"stateful_default_actions": None},
        {"stateful_engine_options": {"rule_order": "DEFAULT_ACTION_ORDER"}},
        {"stateless_default_actions": ["aws:pass"]},
        {"stateless_fragment_default_actions": ["aws:pass"]},
    ],
)
def test_the_firewall_drops_what_no_rule_names(values: dict[str, Any]) -> None:
    """Whatever default lets traffic through is refused."""
    policy = copy.deepcopy(WALL["aws_networkfirewall_firewall_policy.p"]["firewall_policy"])
    bodies = {"aws_networkfirewall_firewall_policy.p": {"firewall_policy": {**policy, **values}}}  # type: ignore[dict-item]
    assert {control for control, _ in denied(bodies)} == {EGRESS}


def _lookups(
    *, admitted: tuple[str, ...] = (), action: str = "BLOCK", **more: Any
) -> dict[str, Mapping[str, Any]]:
    group = {"firewall_rule_group_id": "${aws_route53_resolver_firewall_rule_group.g.id}"}
    names = "aws_route53_resolver_firewall_domain_list"
    return {
        "aws_vpc.v": {"cidr_block": NETWORK},
        "aws_ecs_service.s": _service("collector"),
        "aws_security_group.g": {},
        "aws_route53_resolver_firewall_rule_group.g": {},
        f"{names}.own": {"domains": list(admitted)},
        f"{names}.all": {"domains": ["*."]},
        "aws_route53_resolver_firewall_rule.admit": {
            **group,
            "action": "ALLOW",
            "firewall_domain_list_id": f"${{{names}.own.id}}",
        },
        "aws_route53_resolver_firewall_rule.refuse": {
            **group,
            "action": action,
            "firewall_domain_list_id": f"${{{names}.all.id}}",
            **more,
        },
        "aws_route53_resolver_firewall_rule_group_association.a": {
            **group,
            "vpc_id": "${aws_vpc.v.id}",
        },
    }


UNREFUSED = "aws_vpc.v has no rule of a DNS firewall that refuses all other names"


def test_names_that_may_be_looked_up() -> None:
    """Declared names and AWS's own in the region are looked up; others are not."""
    good = ("api.github.com.", "*.s3.eu-west-1.amazonaws.com.", "kms.eu-west-1.amazonaws.com.")
    assert denied(_lookups(admitted=good)) == []
    for name in ("attacker.example.", "*.", "kms.us-east-1.amazonaws.com.", "*.amazonaws.com."):
        ((control, message),) = denied(_lookups(admitted=(name,)))
        assert control == EGRESS
        assert f"admits the name {name.rstrip('.')} for look-ups" in message


def test_all_other_names_are_refused() -> None:
    """The last rule blocks; it doesn't warn, it is there, and it covers every type of record."""
    assert (EGRESS, UNREFUSED) in denied(_lookups(action="ALERT"))
    assert (EGRESS, UNREFUSED) in denied(_lookups(q_type="A"))
    for gone in (
        "aws_route53_resolver_firewall_rule.refuse",
        "aws_route53_resolver_firewall_rule_group_association.a",
    ):
        bodies = {key: body for key, body in _lookups().items() if key != gone}
        assert (EGRESS, UNREFUSED) in denied(bodies)
    link = {
        "aws_route53_resolver_firewall_rule_group_association.a": {
            "firewall_rule_group_id": "rslvr-frg-0"
        }
    }
    assert [control for control, _ in denied(link)] == [UNDECIDED]
    for state, expected in (("DISABLED", []), ("ENABLED", [EGRESS])):
        config = {"aws_route53_resolver_firewall_config.c": {"firewall_fail_open": state}}
        assert [control for control, _ in denied(config)] == expected


@pytest.mark.parametrize(
    ("address", "body", "control"),
    [
        ("aws_vpc.x", {"cidr_block": "10.0.0.0/8"}, TIE),
        ("aws_vpc_peering_connection.x", {}, TIE),
        ("aws_vpc_peering_connection_accepter.x", {}, TIE),
        ("aws_ec2_transit_gateway_vpc_attachment.x", {}, TIE),
        ("aws_vpn_gateway.x", {}, TIE),
        ("aws_dx_connection.x", {}, TIE),
        ("aws_vpclattice_service_network.x", {}, TIE),
        ("aws_ram_resource_share.x", {}, TIE),
        ("aws_vpc_endpoint_service.x", {}, TIE),
        ("aws_route53_resolver_rule.x", {}, TIE),
        (
            "aws_vpc_endpoint.x",
            {"service_name": "com.amazonaws.us-east-1.sqs", "policy": "{}"},
            TIE,
        ),
        ("aws_vpc_endpoint.x", {"service_name": "com.amazonaws.vpce.eu-west-1.vpce-svc-0"}, TIE),
        ("aws_vpc_endpoint.x", {"service_name": "com.amazonaws.eu-west-1.sqs"}, TIE),
        (
            "aws_vpc_endpoint.x",
            {
                "service_name": "com.amazonaws.eu-west-1.sqs",
                "service_region": "us-east-1",
                "policy": "{}",
            },
            TIE,
        ),
        ("aws_vpc_endpoint.x", {"resource_configuration_arn": "arn:x"}, TIE),
        ("aws_vpc_endpoint.x", {"service_name": "${var.service}"}, UNDECIDED),
        (
            "aws_vpc_endpoint.x",
            {"service_name": "com.amazonaws.eu-west-1.sqs", "policy": "{}"},
            None,
        ),
        ("aws_lb.x", {"internal": True}, None),
        ("aws_lb.x", {"internal": False}, PUBLIC),
        ("aws_lb.x", {}, PUBLIC),
        ("aws_alb.x", {"internal": "${var.internal}"}, UNDECIDED),
        ("aws_db_instance.x", {"publicly_accessible": True}, PUBLIC),
        ("aws_db_instance.x", {"publicly_accessible": "${var.open}"}, UNDECIDED),
        ("aws_db_instance.x", {"publicly_accessible": False}, None),
        ("aws_redshift_cluster.x", {}, PUBLIC),
        ("aws_subnet.x", {"map_public_ip_on_launch": True}, PUBLIC),
        ("aws_ecs_service.x", {"network_configuration": {"assign_public_ip": True}}, PUBLIC),
        ("aws_eip.x", {"instance": "i-0"}, PUBLIC),
        ("aws_eip.x", {"domain": "vpc"}, None),
        ("aws_lambda_function_url.x", {}, PUBLIC),
        ("aws_apigatewayv2_api.x", {}, PUBLIC),
        ("aws_cloudfront_distribution.x", {}, PUBLIC),
        ("aws_globalaccelerator_accelerator.x", {}, PUBLIC),
        ("aws_apprunner_service.x", {}, PUBLIC),
        ("aws_amplify_app.x", {}, PUBLIC),
        ("aws_ecrpublic_repository.x", {}, PUBLIC),
        ("aws_ami_launch_permission.x", {}, PUBLIC),
        ("aws_db_snapshot.x", {"shared_accounts": ["all"]}, PUBLIC),
        ("aws_ebs_snapshot_block_public_access.x", {"state": "block-all-sharing"}, None),
        ("aws_ebs_snapshot_block_public_access.x", {"state": "block-new-sharing"}, PUBLIC),
        ("aws_s3_account_public_access_block.x", BLOCKED, None),
        (
            "aws_s3_account_public_access_block.x",
            {**BLOCKED, "restrict_public_buckets": None},
            PUBLIC,
        ),
        ("aws_s3_bucket_public_access_block.x", {**BLOCKED, "block_public_acls": False}, PUBLIC),
        ("aws_s3_bucket_acl.x", {"acl": "public-read"}, PUBLIC),
        ("aws_s3_bucket_acl.x", {"acl": "private"}, None),
        (
            "aws_s3_bucket_acl.x",
            {
                "access_control_policy": {
                    "grant": [
                        {"grantee": {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}
                    ]
                }
            },
            PUBLIC,
        ),
        ("aws_s3_bucket_website_configuration.x", {}, PUBLIC),
        ("aws_s3_bucket.x", {"bucket": "acme-x"}, PUBLIC),
    ],
)
def test_ties_and_public_things(address: str, body: dict[str, Any], control: str | None) -> None:
    """No tie to another network, nothing that anyone can reach."""
    assert {found for found, _ in denied({address: body})} == ({control} if control else set())


@pytest.mark.parametrize(
    ("bucket", "passes"),
    [("${aws_s3_bucket.b.id}", True), ("acme-b", True), ("acme-other", False), (None, False)],
)
def test_each_bucket_has_its_own_block(bucket: str | None, passes: bool) -> None:
    """Another bucket's block of public access is none of this one's."""
    found = denied(
        {
            "aws_s3_bucket.b": {"bucket": "acme-b"},
            "aws_s3_bucket_public_access_block.g": {**BLOCKED, "bucket": bucket},
        }
    )
    expected = (PUBLIC, "aws_s3_bucket.b has no aws_s3_bucket_public_access_block")
    assert found == ([] if passes else [expected])


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_only_ranges_within_the_own_network_are_inside(address: Any, length: int) -> None:
    """A range is the stack's own exactly when each of its addresses is."""
    found = ip_network(f"{address}/{length}", strict=False)
    own = ip_network(NETWORK)
    within = found[0] in own and found[-1] in own
    assert inside(place(), str(found)) is within


def test_known_ids_of_a_second_plan_are_recognized() -> None:
    """After the first apply a plan tells ids where the stack has expressions."""
    bodies = {
        "aws_security_group.g": {"id": "sg-1", "ingress": [rule(security_groups=["sg-1"])]},
        "aws_vpc_endpoint.s3": {
            "prefix_list_id": "pl-1",
            "service_name": "com.amazonaws.eu-west-1.s3",
            "policy": "{}",
        },
        "aws_security_group.h": {"egress": [rule(prefix_list_ids=["pl-1"])]},
        "aws_subnet.s": {"id": "subnet-1", "cidr_block": NETWORK},
        "aws_network_acl.a": {"id": "acl-1", "subnet_ids": ["subnet-1"]},
        "aws_network_acl_association.a": {"network_acl_id": "acl-1", "subnet_id": "subnet-1"},
    }
    assert denied(bodies) == []


def test_blocks_that_a_plan_sorts_find_their_expressions() -> None:
    """A plan sorts sets; each block's unknown part is taken from the block that asks for it."""
    asked = [
        {"description": "b", "security_groups": ["${aws_security_group.g.id}"]},
        {"description": "a", "cidr_blocks": ["0.0.0.0/0"]},
    ]
    after = [{"description": "a", "cidr_blocks": ["0.0.0.0/0"]}, {"description": "b"}]
    marks = [{}, {"security_groups": True}]
    found = merged(after, marks, asked)
    assert found[0] == {"description": "a", "cidr_blocks": ["0.0.0.0/0"]}
    assert found[1]["security_groups"] == ["${aws_security_group.g.id}"]


@pytest.mark.parametrize("stack", stacks("aws"))
@pytest.mark.parametrize("planned", [False, True])
def test_the_example_estate_has_nothing_open(stack: str, planned: bool, tmp_path: Path) -> None:
    """What our own blocks make passes, as a stack and as a plan."""
    (tmp_path / "cdk.tf.json").write_text(packed(stack, "stack"))
    (tmp_path / "plan.json").write_text(packed(stack, "plan"))
    plan = Plan.read(tmp_path / "plan.json") if planned else None
    resources = Resources.of(Synthesized.read(tmp_path / "cdk.tf.json"), plan)
    here = place_of(load_estate(ROOT / "regions.yaml"), stack)
    assert here is not None
    found = decide(here, list(network(resources, here)), layers_of(here))
    assert [one.message for one in found] == []
