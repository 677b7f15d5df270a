"""Access lists of subnets, and parts of networks that are not the cell's."""

from typing import Any

from policies.breaches.breach import breach
from policies.breaches.cell import STRANGER, Cell

ANYWHERE = "0.0.0.0/0"


def entry(**values: Any) -> dict[str, Any]:
    """An entry of an access list that admits all traffic, unless it is told otherwise."""
    base = {"rule_no": 90, "action": "allow", "protocol": "-1", "from_port": 0, "to_port": 0}
    return {**base, **values}


@breach("exposure-ingress")
def access_list_open_to_the_world(cell: Cell) -> None:
    """Only the security groups stand between everyone and the agents."""
    vpc = cell.ref("vpc", "id")
    cell.add("aws_network_acl", vpc_id=vpc, ingress=[entry(cidr_block=ANYWHERE)])


@breach("exposure-ingress")
def access_list_open_to_the_world_by_ipv6(cell: Cell) -> None:
    """The other internet; not even replies come from there."""
    where = {"ipv6_cidr_block": "::/0", "protocol": "tcp", "from_port": 1024, "to_port": 65535}
    cell.add("aws_network_acl", vpc_id=cell.ref("vpc", "id"), ingress=[entry(**where)])


@breach("exposure-ingress")
def access_list_open_for_shells(cell: Cell) -> None:
    """Port 22 is nobody's reply."""
    ssh = entry(cidr_block=ANYWHERE, protocol="6", from_port=22, to_port=22)
    cell.add("aws_network_acl", vpc_id=cell.ref("vpc", "id"), ingress=[ssh])


@breach("exposure-ingress")
def access_list_open_to_all_cells(cell: Cell) -> None:
    """10.0.0.0/8 covers every other cell."""
    open_ = entry(cidr_block="10.0.0.0/8")
    cell.add("aws_network_acl", vpc_id=cell.ref("vpc", "id"), ingress=[open_])


@breach("exposure-ingress")
def access_list_opened_by_a_rule_of_its_own(cell: Cell) -> None:
    """The list itself stays as it is."""
    body = {"rule_number": 90, "rule_action": "allow", "protocol": "-1", "cidr_block": ANYWHERE}
    access_list = cell.add("aws_network_acl", vpc_id=cell.ref("vpc", "id"))
    cell.add("aws_network_acl_rule", network_acl_id=f"${{{access_list}.id}}", egress=False, **body)


@breach("egress-undeclared")
def access_list_that_lets_all_out(cell: Cell) -> None:
    """Names, mail and shells go out as well as HTTPS."""
    vpc = cell.ref("vpc", "id")
    cell.add("aws_network_acl", vpc_id=vpc, egress=[entry(cidr_block=ANYWHERE)])


@breach("egress-undeclared")
def default_access_list_that_lets_all_out(cell: Cell) -> None:
    """Subnets that no list claims fall to the default one."""
    (name,) = cell.stack["resource"]["aws_default_network_acl"]
    where = f"aws_default_network_acl.{name}"
    cell.set(where, egress=[entry(cidr_block=ANYWHERE, protocol="udp", from_port=53, to_port=53)])


@breach("undecided", "exposure-ingress")
def access_list_by_a_variable(cell: Cell) -> None:
    """Whoever sets the variable opens the door."""
    vpc = cell.ref("vpc", "id")
    cell.add("aws_network_acl", vpc_id=vpc, ingress=[entry(cidr_block="${var.admitted}")])


@breach("undecided")
def access_list_that_nobody_judged(cell: Cell) -> None:
    """A list that stands already takes the place of the cell's."""
    subnet = cell.ref("subnet", "id")
    cell.add("aws_network_acl_association", network_acl_id="acl-0", subnet_id=subnet)


def _placed(cell: Cell, **values: Any) -> None:
    network = {**cell.body(cell.part("service"))["network_configuration"], **values}
    network = {name: value for name, value in network.items() if value is not None}
    cell.set(cell.part("service"), network_configuration=network)


@breach("undecided")
def task_in_a_subnet_that_nobody_judged(cell: Cell) -> None:
    """The network that AWS gives to each account has a way to the internet."""
    _placed(cell, subnets=["subnet-0123456789abcdef0"])


@breach("undecided")
def task_with_a_group_that_nobody_judged(cell: Cell) -> None:
    """A security group that stands already may admit anything."""
    _placed(cell, security_groups=["sg-0123456789abcdef0"])


@breach("undecided")
def task_with_the_default_group(cell: Cell) -> None:
    """Without a group of its own a task has the network's default group."""
    _placed(cell, security_groups=None)


@breach("undecided")
def subnet_of_another_network(cell: Cell) -> None:
    """The subnet lies where no firewall stands."""
    cell.set(cell.part("subnet"), vpc_id="vpc-0123456789abcdef0")


@breach("undecided")
def route_table_that_nobody_judged(cell: Cell) -> None:
    """Whatever routes it has, the subnet has them."""
    subnet = cell.ref("subnet", "id")
    cell.add("aws_route_table_association", subnet_id=subnet, route_table_id="rtb-0")


@breach("undecided")
def endpoint_that_nobody_judged(cell: Cell) -> None:
    """An endpoint that stands already may have a policy for everyone."""
    table = cell.ref("private routes", "id")
    where = {"vpc_endpoint_id": "vpce-0", "route_table_id": table}
    cell.add("aws_vpc_endpoint_route_table_association", **where)


@breach("undecided")
def files_that_nobody_judged(cell: Cell) -> None:
    """What the task writes lies wherever that file system is."""
    volume = {"name": "scratch", "efs_volume_configuration": {"file_system_id": "fs-0"}}
    cell.set(cell.part("task"), volume=[volume])


@breach("isolation-network")
def tasks_in_a_service_network(cell: Cell) -> None:
    """Other networks reach the agents past every route."""
    group = f"arn:aws:vpc-lattice:eu-west-1:{STRANGER}:targetgroup/tg-0"
    lattice = {"role_arn": cell.ref("door"), "target_group_arn": group, "port_name": "http"}
    cell.set(cell.part("service"), vpc_lattice_configurations=[lattice])


@breach("isolation-network")
def shell_into_tasks(cell: Cell) -> None:
    """A session comes in past every security group."""
    cell.set(cell.part("service"), enable_execute_command=True)


@breach("isolation-network", "egress-undeclared")
def balancer_that_sends_requests_outside(cell: Cell) -> None:
    """A load balancer hands the cell's requests to a stranger's server."""
    there = {"target_id": "203.0.113.7", "availability_zone": "all"}
    cell.add("aws_lb_target_group_attachment", target_group_arn="x", **there)


@breach("egress-undeclared")
def balancer_that_sends_clients_away(cell: Cell) -> None:
    """Clients are led to a stranger's server, with what they ask."""
    away = {"type": "redirect", "redirect": {"host": "attacker.example", "status_code": "HTTP_302"}}
    listener = {"load_balancer_arn": "x", "port": 443, "protocol": "HTTPS"}
    cell.add("aws_lb_listener", default_action=[away], **listener)


@breach("egress-undeclared")
def balancer_that_asks_a_stranger_who_signs_in(cell: Cell) -> None:
    """A stranger says who may come in."""
    names = ("authorization_endpoint", "token_endpoint", "user_info_endpoint")
    oidc = dict.fromkeys(names, "https://attacker.example/x")
    action = {"type": "authenticate-oidc", "authenticate_oidc": {**oidc, "client_id": "x"}}
    cell.add("aws_lb_listener_rule", listener_arn="x", action=[action])
