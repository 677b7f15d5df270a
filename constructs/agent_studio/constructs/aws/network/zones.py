"""Which availability zones a cell spans.

Zone names say nothing: each account has its own mapping (`us-east-1a` of one is `us-east-1c` of
another), ca-central-1 has a, b and d, and us-west-1 gives each account two of its three. So the
zones are read from the account when it is planned, by zone id, which means the same zone for every
account, and sorted. The first two are taken; a standing subnet ignores what is read later, so a
zone that AWS adds or that is impaired moves nothing.
"""

from cdktf import Fn, Postcondition, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.data_aws_availability_zones import (
    DataAwsAvailabilityZones,
    DataAwsAvailabilityZonesFilter,
)
from constructs import Construct

UNFIT = ("apne1-az3", "cnn1-az3", "use1-az3", "usw1-az2")
"""Zones where Fargate runs no tasks (ECS Developer Guide, "Supported Regions for Amazon ECS on AWS
Fargate"), and use1-az3, where several interface endpoints do not exist."""


def zone_ids(scope: Construct, *, count: int) -> list[str]:
    """Give references to the ids of the first zones, in the order of their ids.

    Args:
        scope: the network.
        count: how many zones.
    """
    available = DataAwsAvailabilityZones(
        scope,
        "zones",
        state="available",
        exclude_zone_ids=list(UNFIT),
        # Without it, Local Zones and Wavelength Zones that the account opted into are listed too.
        filter=[DataAwsAvailabilityZonesFilter(name="zone-type", values=["availability-zone"])],
    )
    available.lifecycle = TerraformResourceLifecycle(
        postcondition=[
            Postcondition(
                # `element` wraps around: one zone would silently be taken twice.
                condition=f"${{length(self.zone_ids) >= {count}}}",
                error_message=f"A cell spans {count} zones, and the account has fewer here.",
            )
        ]
    )
    ordered = Fn.sort(available.zone_ids)
    return [Token.as_string(Fn.element(ordered, index)) for index in range(count)]
