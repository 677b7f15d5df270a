"""Who answers for names, and who is told of them."""

from policies.breaches.breach import breach
from policies.breaches.cell import Cell


@breach("egress-undeclared")
def names_asked_of_a_stranger(cell: Cell) -> None:
    """Every name that is looked up goes to a stranger, past the DNS firewall."""
    cell.add("aws_vpc_dhcp_options", domain_name_servers=["203.0.113.53"])


@breach("egress-undeclared")
def names_asked_of_a_stranger_too(cell: Cell) -> None:
    """The second server is asked whenever the first is slow."""
    cell.add("aws_vpc_dhcp_options", domain_name_servers=["AmazonProvidedDNS", "203.0.113.53"])


@breach("egress-undeclared")
def time_asked_of_a_stranger(cell: Cell) -> None:
    """Whoever tells the time decides which certificates still hold."""
    cell.add("aws_vpc_dhcp_options", ntp_servers=["203.0.113.123"])


@breach("undecided", "egress-undeclared")
def name_servers_by_a_variable(cell: Cell) -> None:
    """Whoever sets the variable hears every name."""
    cell.add("aws_vpc_dhcp_options", domain_name_servers="${var.servers}")


@breach("undecided")
def name_servers_that_nobody_judged(cell: Cell) -> None:
    """Options that stand already may name any server."""
    vpc = cell.ref("vpc", "id")
    cell.add("aws_vpc_dhcp_options_association", vpc_id=vpc, dhcp_options_id="dopt-0")


@breach("undecided")
def names_logged_by_nobody_knows_whom(cell: Cell) -> None:
    """A log that a stranger shares hears every name."""
    vpc = cell.ref("vpc", "id")
    log = {"resolver_query_log_config_id": "rqlc-0", "resource_id": vpc}
    cell.add("aws_route53_resolver_query_log_config_association", **log)


@breach("exposure-public")
def zone_of_names_for_everyone(cell: Cell) -> None:
    """What the cell is made of stands in public, one name for each part."""
    cell.add("aws_route53_zone", name="payments.acme.example")


@breach("undecided", "isolation-network")
def zone_for_another_network(cell: Cell) -> None:
    """Another network resolves the cell's private names."""
    cell.add("aws_route53_zone", name="payments.internal", vpc=[{"vpc_id": "vpc-0"}])


@breach("egress-undeclared")
def zone_that_answers_for_the_store(cell: Cell) -> None:
    """Calls to S3, with what they carry, go wherever its record says."""
    vpc = [{"vpc_id": cell.ref("vpc", "id")}]
    cell.add("aws_route53_zone", name="s3.eu-west-1.amazonaws.com", vpc=vpc)


@breach("egress-undeclared")
def zone_that_answers_for_everything(cell: Cell) -> None:
    """`com` covers amazonaws.com."""
    cell.add("aws_route53_zone", name="com.", vpc=[{"vpc_id": cell.ref("vpc", "id")}])


@breach("undecided")
def record_in_a_zone_that_nobody_judged(cell: Cell) -> None:
    """The zone may be anyone's to ask, and may hold any name."""
    record = {"name": "x", "type": "CNAME", "ttl": 60, "records": ["attacker.example"]}
    cell.add("aws_route53_record", zone_id="Z0", **record)
