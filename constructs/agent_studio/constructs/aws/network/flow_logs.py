"""Every flow of the network, logged."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.flow_log import FlowLog
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from agent_studio.constructs.aws.policy_document import document, service_trust, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

RETENTION_DAYS = 365
"""Days that the network's logs are kept."""


class FlowLogs(Construct):
    """The flows of a VPC, accepted and rejected, in an encrypted log group.

    Args:
        scope: the network.
        id_: the id within the network.
        cell: the cell.
        vpc_id: the VPC.
        key_arn: the key that encrypts the log group.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, vpc_id: str, key_arn: str
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        group_name = names.log_group(place, "network-flows")
        group = CloudwatchLogGroup(
            self,
            "group",
            name=group_name,
            retention_in_days=RETENTION_DAYS,
            kms_key_id=key_arn,
            tags=tags(group_name),
        )
        role_name = names.role(place, "network-flows")
        source = f"arn:{place.partition}:ec2:{place.region}:{place.account_id}:vpc-flow-log/*"
        role = IamRole(
            self,
            "role",
            name=role_name,
            assume_role_policy=service_trust(
                "vpc-flow-logs.amazonaws.com",
                source_account=place.account_id,
                source_arn=source,
            ),
            tags=tags(role_name),
        )
        group_arn = names.log_group_arn(place, "network-flows")
        IamRolePolicy(
            self,
            "permissions",
            name="write-flows",
            role=role.id,
            policy=document(
                statement(
                    "WriteFlows",
                    actions=(
                        "logs:CreateLogStream",
                        "logs:DescribeLogStreams",
                        "logs:PutLogEvents",
                    ),
                    resources=[group_arn, f"{group_arn}:*"],
                )
            ),
        )
        FlowLog(
            self,
            "flows",
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=60,
            tags=tags(names.label(place, "network-flows", limit=255)),
        )
