"""S3 access points: further names of a bucket, each with a network and a policy of its own.

Arguments are those of the Terraform AWS provider's `aws_s3_access_point`. Whom a policy lets in is
a grant, as with every policy.
"""

from collections.abc import Iterator

from agent_studio.policies.facts.aws.network.buckets import PUBLIC_ACCESS_SWITCHES
from agent_studio.policies.facts.aws.network.connections import named
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import block, known

_BLOCK = "public_access_block_configuration"


def access_points(resources: Resources) -> Iterator[Fact]:
    """Every access point's network, and its block of public access."""
    for point in resources.of_type("aws_s3_access_point"):
        yield _origin(resources, point)
        guard = point.values.get(_BLOCK)
        yield connection(
            point,
            kind="public",
            what="",
            own=True,
            unknown=None if known(guard) else "its block of public access",
        )
        for name in PUBLIC_ACCESS_SWITCHES:
            # Unlike a bucket's block, each defaults to true (S3 User Guide, "Managing public access
            # to access points for general purpose buckets").
            value = block(guard).get(name)
            yield connection(
                point,
                kind="public",
                what=f"leaves {name} off",
                own=value is None or value is True,
                unknown=None if known(value) else name,
            )


def _origin(resources: Resources, point: Resource) -> Fact:
    if not point.values.get("vpc_configuration"):
        return connection(point, kind="public", what="answers the internet (no vpc_configuration)")
    network = named(resources, point.get("vpc_configuration", "vpc_id"))
    own = network is not None and network.type == "aws_vpc"
    return connection(
        point,
        kind="network",
        what="",
        own=own,
        unknown=None if own else "the network that it answers, which is not of this stack",
    )
