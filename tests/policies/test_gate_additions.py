"""What adds no way in and no way out passes: the gate denies breaches, not whatever is new."""

from collections.abc import Callable
from pathlib import Path

import pytest
from policies.breaches.cell import Cell
from policies.breaches.judging import judged
from policies.breaches.subnets import ANYWHERE, entry

from agent_studio.policies import Stage


def access_list_of_the_own_network(cell: Cell) -> None:
    """Entries within the network, HTTPS out of it, replies into it, and refusals."""
    inside = cell.body(cell.part("vpc"))["cidr_block"]
    tcp = {"protocol": "tcp", "cidr_block": ANYWHERE}
    access_list = cell.add(
        "aws_network_acl",
        vpc_id=cell.ref("vpc", "id"),
        ingress=[entry(cidr_block=inside), entry(**tcp, from_port=1024, to_port=65535)],
        egress=[entry(cidr_block=inside), entry(**tcp, from_port=443, to_port=443)],
    )
    cell.add(
        "aws_network_acl_rule",
        network_acl_id=f"${{{access_list}.id}}",
        egress=True,
        rule_number=10,
        rule_action="deny",
        protocol="-1",
        cidr_block="0.0.0.0/0",
    )


def name_servers_of_amazon(cell: Cell) -> None:
    """Amazon's own servers, told to the cell's own network."""
    options = cell.add(
        "aws_vpc_dhcp_options",
        domain_name="eu-west-1.compute.internal",
        domain_name_servers=["AmazonProvidedDNS"],
        ntp_servers=["169.254.169.123"],
    )
    vpc = cell.ref("vpc", "id")
    cell.add("aws_vpc_dhcp_options_association", vpc_id=vpc, dhcp_options_id=f"${{{options}.id}}")


def access_point_within_the_network(cell: Cell) -> None:
    """A door of the store's for the cell's own network; all of its block is on by default."""
    network = {"vpc_id": cell.ref("vpc", "id")}
    bucket = cell.ref("bucket", "id")
    cell.add("aws_s3_access_point", name="x", bucket=bucket, vpc_configuration=network)


def zone_of_the_own_network(cell: Cell) -> None:
    """Private names, with a record among them."""
    vpc = [{"vpc_id": cell.ref("vpc", "id")}]
    zone = cell.add("aws_route53_zone", name="payments.internal", vpc=vpc)
    record = {"name": "x", "type": "A", "ttl": 60, "records": ["10.16.0.9"]}
    cell.add("aws_route53_record", zone_id=f"${{{zone}.zone_id}}", **record)


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize(
    "add",
    [
        access_list_of_the_own_network,
        name_servers_of_amazon,
        access_point_within_the_network,
        zone_of_the_own_network,
    ],
)
def test_what_opens_nothing_is_allowed(
    add: Callable[[Cell], None], stage: Stage, tmp_path: Path
) -> None:
    """The unbroken cell with something sound added has no finding."""
    cell = Cell.example()
    add(cell)
    verdict = judged(cell, stage, tmp_path)
    assert [finding.message for finding in verdict.findings] == []
