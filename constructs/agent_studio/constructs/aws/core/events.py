"""The core's event bus."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_event_archive import CloudwatchEventArchive
from cdktf_cdktf_provider_aws.cloudwatch_event_bus import CloudwatchEventBus
from cdktf_cdktf_provider_aws.cloudwatch_event_bus_policy import CloudwatchEventBusPolicy
from constructs import Construct

from agent_studio.constructs.aws.account.key import ManagedKey
from agent_studio.constructs.aws.policy_document import document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

_ARCHIVE_DAYS = 365
_NAME_LIMIT = 48
"""EventBridge CreateArchive: an archive's name has at most 48 characters."""


class CoreEvents(Construct):
    """The core's event bus, with an archive for replays.

    Guarantee: nobody but the given role puts events on the bus, events on it are encrypted with the
    bus's own key, and each is kept for a year.

    The archive is encrypted by EventBridge's key: the AWS provider takes a key for archives from
    6.0 only.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        publisher_arn: the role that may put events.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, publisher_arn: str) -> None:
        super().__init__(scope, id_)
        name = names.label(place, "events", limit=256)
        self.bus_name = name
        """The bus's computed name."""
        self.bus_arn = (
            f"arn:{place.partition}:events:{place.region}:{place.account_id}:event-bus/{name}"
        )
        """The bus's computed ARN."""
        key = ManagedKey(
            self,
            "key",
            place=place,
            purpose="events",
            statements=[
                statement(
                    "BusEncrypts",
                    actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                    principals={"Service": "events.amazonaws.com"},
                    condition={
                        "StringEquals": {
                            "aws:SourceAccount": place.account_id,
                            "aws:SourceArn": self.bus_arn,
                        }
                    },
                )
            ],
        )
        bus = CloudwatchEventBus(
            self, "bus", name=name, kms_key_identifier=key.arn, tags=tags(name)
        )
        CloudwatchEventBusPolicy(
            self,
            "policy",
            event_bus_name=bus.name,
            policy=document(
                statement(
                    "OnlyTheCorePublishes",
                    effect="Deny",
                    actions="events:PutEvents",
                    resources=self.bus_arn,
                    principals="*",
                    condition={"ArnNotEquals": {"aws:PrincipalArn": publisher_arn}},
                )
            ),
        )
        CloudwatchEventArchive(
            self,
            "archive",
            name=names.label(place, "events", limit=_NAME_LIMIT),
            event_source_arn=bus.arn,
            retention_days=_ARCHIVE_DAYS,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
