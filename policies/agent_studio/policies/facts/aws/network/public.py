"""Things that anyone can reach."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.policies.facts.aws.network.connections import expressions
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import UNKNOWN, known, listed

_PUBLIC = {
    # start of the type -> what such resources are, as messages say it.
    "aws_ami_launch_permission": "a shared machine image",
    "aws_amplify_": "a site of AWS Amplify",
    "aws_api_gateway_": "an API of API Gateway",
    "aws_apigatewayv2_": "an API of API Gateway",
    "aws_apprunner_": "a service of App Runner",
    "aws_appsync_": "an API of AppSync",
    "aws_cloudfront_": "a distribution of CloudFront",
    "aws_ecrpublic_": "a public registry",
    "aws_eip_association": "a public address",
    "aws_elastic_beanstalk_": "an application of Elastic Beanstalk",
    "aws_globalaccelerator_": "an accelerator",
    "aws_lambda_function_url": "a URL of a function",
    "aws_lightsail_": "a server of Lightsail",
    "aws_s3_bucket_website_configuration": "a website",
    "aws_snapshot_create_volume_permission": "a shared snapshot",
    "aws_transfer_server": "a file server",
}
_SWITCHES = {
    "assign_ipv6_address_on_creation": "public addresses",
    "assign_public_ip": "a public address",
    "associate_public_ip_address": "a public address",
    "endpoint_public_access": "a public endpoint",
    "map_public_ip_on_launch": "public addresses",
    "publicly_accessible": "a public address",
}
"""Arguments of any resource that put it on the internet when they are on."""

_ON_BY_DEFAULT = {"aws_redshift_cluster": "publicly_accessible"}
"""The AWS provider's documentation, version 5: `Default is true`."""

_OFF = (None, False, "false", "DISABLED", "Disabled")
_SHARED = ("shared_accounts", "share_to_accounts")
_DEEPEST = 20


def public(resources: Resources) -> Iterator[Fact]:
    """Every thing that is public, or that may be."""
    for resource in resources.all.values():
        what = next((w for start, w in _PUBLIC.items() if resource.type.startswith(start)), None)
        if what is not None:
            yield connection(resource, kind="public", what=f"is {what}, which anyone can reach")
        for name, value in _set(resource.values):
            yield connection(
                resource,
                kind="public",
                what=f"has {_SWITCHES[name]} ({name})",
                own=value in _OFF,
                unknown=None if known(value) else name,
            )
        yield from _special(resources, resource)


def _special(resources: Resources, resource: Resource) -> Iterator[Fact]:
    if resource.type in ("aws_lb", "aws_alb", "aws_elb"):
        internal = resource.values.get("internal")
        yield connection(
            resource,
            kind="public",
            what="is a load balancer that is not internal",
            own=internal is True,
            unknown=None if known(internal) else "internal",
        )
    elif resource.type == "aws_ebs_snapshot_block_public_access":
        state = resource.values.get("state")
        yield connection(
            resource,
            kind="public",
            what=f"lets snapshots be shared ({state}; only block-all-sharing is safe)",
            own=state == "block-all-sharing",
        )
    elif resource.type == "aws_eip":
        # Read back from the cloud, the address of a NAT gateway names the gateway's interface.
        gateways = {
            gateway.values.get("network_interface_id")
            for gateway in resources.of_type("aws_nat_gateway")
        }
        for name in ("instance", "network_interface"):
            given = resource.values.get(name)
            if expressions(given) and not (known(given) and given in gateways):
                yield connection(
                    resource, kind="public", what=f"gives a public address to a machine ({name})"
                )
    elif resource.type in ("aws_opensearch_domain", "aws_elasticsearch_domain"):
        yield connection(
            resource,
            kind="public",
            what="is an index outside of any network",
            own=bool(resource.values.get("vpc_options")),
        )
    if _ON_BY_DEFAULT.get(resource.type) and resource.values.get("publicly_accessible") is None:
        yield connection(
            resource, kind="public", what="has a public address (publicly_accessible, by default)"
        )
    for name in _SHARED:
        if expressions(resource.values.get(name)):
            yield connection(resource, kind="public", what=f"is shared with others ({name})")


def _set(value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every switch that is set, at any depth."""
    if depth > _DEEPEST:
        return
    for item in listed(value):
        if isinstance(item, Mapping):
            for name, inner in item.items():
                if name in _SWITCHES and (inner is UNKNOWN or not isinstance(inner, list | dict)):
                    yield name, inner
                elif name != "//" and isinstance(inner, list | dict):
                    yield from _set(inner, depth + 1)
