"""Firewalls and their logging (Network Firewall API Reference: CreateFirewall and its siblings).

Each subnet mapping gets an endpoint id at once; a route that leads to it needs a real one, so the
endpoint is made in moto's EC2 as a gateway load balancer endpoint, as AWS does.
"""

from uuid import uuid4

from moto.ec2.models import ec2_backends

from agent_studio.rehearsal.mends.call import JSON, ApiError, Call, Store, operation, tag_list
from agent_studio.rehearsal.mends.network_firewall.shared import (
    OWN_KEY,
    SERVICE,
    check_token,
    keep,
    named,
)

_KIND = "firewall"
_PROTECTIONS = ("DeleteProtection", "SubnetChangeProtection", "FirewallPolicyChangeProtection")


def _attach(call: Call, vpc_id: str, subnet_id: str) -> JSON:
    ec2 = ec2_backends[call.account][call.region]
    endpoint = ec2.create_vpc_endpoint(
        vpc_id=vpc_id,
        service_name=f"com.amazonaws.vpce.{call.region}.vpce-svc-{uuid4().hex[:17]}",
        endpoint_type="GatewayLoadBalancer",
        policy_document=None,
        route_table_ids=[],
        subnet_ids=[subnet_id],
        tags={"AWSNetworkFirewallManaged": "true"},
    )
    zone = ec2.get_subnet(subnet_id).availability_zone
    return {
        "zone": zone,
        "attachment": {"SubnetId": subnet_id, "EndpointId": endpoint.id, "Status": "READY"},
    }


def _firewall(store: Store, kept: JSON) -> JSON:
    return {
        "FirewallName": kept["name"],
        "FirewallArn": kept["arn"],
        "FirewallId": kept["id"],
        "FirewallPolicyArn": kept["policy"],
        "VpcId": kept["vpc"],
        "SubnetMappings": kept["subnets"],
        "Tags": tag_list(store.tags[kept["arn"]]),
        "EncryptionConfiguration": kept["encryption"],
        **({"Description": kept["description"]} if kept["description"] else {}),
        **{name: kept[name] for name in _PROTECTIONS},
    }


def _status(kept: JSON) -> JSON:
    return {
        "Status": "READY",
        "ConfigurationSyncStateSummary": "IN_SYNC",
        "SyncStates": {
            a["zone"]: {"Attachment": a["attachment"], "Config": {}} for a in kept["attachments"]
        },
    }


def _answer(store: Store, kept: JSON) -> JSON:
    return {
        "UpdateToken": kept["token"],
        "Firewall": _firewall(store, kept),
        "FirewallStatus": _status(kept),
    }


@operation(SERVICE, "CreateFirewall")
def create(call: Call, store: Store) -> JSON:
    """Keep a firewall, ready at once."""
    body = call.json
    name = body["FirewallName"]
    subnets = [{"IPAddressType": "IPV4", **m} for m in body.get("SubnetMappings", [])]
    kept = keep(
        call,
        store,
        _KIND,
        name,
        call.arn(f"firewall/{name}"),
        policy=body["FirewallPolicyArn"],
        vpc=body["VpcId"],
        subnets=subnets,
        description=body.get("Description"),
        encryption=body.get("EncryptionConfiguration", OWN_KEY),
        attachments=[_attach(call, body["VpcId"], m["SubnetId"]) for m in subnets],
        logging=None,
        **{name: body.get(name, False) for name in _PROTECTIONS},
    )
    return _answer(store, kept)


@operation(SERVICE, "DescribeFirewall")
def describe(call: Call, store: Store) -> JSON:
    """Give a firewall with its state."""
    return _answer(store, named(call, store, _KIND, "Firewall"))


@operation(SERVICE, "ListFirewalls")
def list_all(_call: Call, store: Store) -> JSON:
    """List firewalls by name and ARN."""
    every = store.objects[_KIND].values()
    return {"Firewalls": [{"FirewallName": k["name"], "FirewallArn": k["arn"]} for k in every]}


@operation(
    SERVICE,
    "UpdateFirewallDeleteProtection",
    "UpdateSubnetChangeProtection",
    "UpdateFirewallPolicyChangeProtection",
    "UpdateFirewallDescription",
    "UpdateFirewallEncryptionConfiguration",
)
def update(call: Call, store: Store) -> JSON:
    """Change one setting of a firewall."""
    kept = named(call, store, _KIND, "Firewall")
    check_token(call, kept)
    body = call.json
    for name in _PROTECTIONS:
        kept[name] = body.get(name, kept[name])
    kept["description"] = body.get("Description", kept["description"])
    kept["encryption"] = body.get("EncryptionConfiguration", kept["encryption"])
    return {**_firewall(store, kept), "UpdateToken": kept["token"]}


@operation(SERVICE, "AssociateFirewallPolicy")
def associate_policy(call: Call, store: Store) -> JSON:
    """Put another policy on a firewall."""
    kept = named(call, store, _KIND, "Firewall")
    check_token(call, kept)
    kept["policy"] = call.json["FirewallPolicyArn"]
    return {**_firewall(store, kept), "UpdateToken": kept["token"]}


@operation(SERVICE, "AssociateSubnets", "DisassociateSubnets")
def change_subnets(call: Call, store: Store) -> JSON:
    """Add or remove subnets and their endpoints."""
    kept = named(call, store, _KIND, "Firewall")
    check_token(call, kept)
    body = call.json
    for mapping in body.get("SubnetMappings", []):
        kept["subnets"].append({"IPAddressType": "IPV4", **mapping})
        kept["attachments"].append(_attach(call, kept["vpc"], mapping["SubnetId"]))
    gone = set(body.get("SubnetIds", []))
    kept["subnets"] = [m for m in kept["subnets"] if m["SubnetId"] not in gone]
    _detach(call, [a for a in kept["attachments"] if a["attachment"]["SubnetId"] in gone])
    kept["attachments"] = [
        a for a in kept["attachments"] if a["attachment"]["SubnetId"] not in gone
    ]
    return {**_firewall(store, kept), "UpdateToken": kept["token"]}


def _detach(call: Call, attachments: list[JSON]) -> None:
    ids = [a["attachment"]["EndpointId"] for a in attachments]
    if ids:
        ec2_backends[call.account][call.region].delete_vpc_endpoints(ids)


@operation(SERVICE, "DeleteFirewall")
def delete(call: Call, store: Store) -> JSON:
    """Drop a firewall and its endpoints, unless it is protected."""
    kept = named(call, store, _KIND, "Firewall")
    if kept["DeleteProtection"]:
        raise ApiError("InvalidOperationException", "the firewall is protected from deletion")
    if kept["logging"]:
        raise ApiError("InvalidOperationException", "the firewall still has a logging destination")
    del store.objects[_KIND][kept["arn"]]
    _detach(call, kept["attachments"])
    status = {**_status(kept), "Status": "DELETING"}
    return {"Firewall": _firewall(store, kept), "FirewallStatus": status}


@operation(SERVICE, "DescribeLoggingConfiguration", "UpdateLoggingConfiguration")
def logging(call: Call, store: Store) -> JSON:
    """Give or set a firewall's log destinations; none is left out of the answer."""
    kept = named(call, store, _KIND, "Firewall")
    if call.operation == "UpdateLoggingConfiguration":
        wanted = call.json.get("LoggingConfiguration") or {}
        kept["logging"] = wanted if wanted.get("LogDestinationConfigs") else None
    answer = {"FirewallArn": kept["arn"], "FirewallName": kept["name"]}
    return answer | ({"LoggingConfiguration": kept["logging"]} if kept["logging"] else {})
