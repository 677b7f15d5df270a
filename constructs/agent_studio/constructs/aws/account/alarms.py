"""Alarms on an account's trail: the monitoring section of the CIS benchmark."""

from dataclasses import dataclass

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
)
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from constructs import Construct

from agent_studio.constructs.aws.policy_document import document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

PUBLISHERS = ("budgets.amazonaws.com", "cloudwatch.amazonaws.com")
"""The services that publish to the topic."""


class AccountAlarms(Construct):
    """The account's alarm topic and the alarms on its trail.

    Guarantee: the topic's messages are encrypted with the given key, and its policy admits no
    publisher but AWS Budgets and CloudWatch acting for this account. Each event of `WATCHED` in a
    watched log group raises an alarm.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        key_arn: the key that encrypts messages; its policy admits `PUBLISHERS`.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, key_arn: str) -> None:
        super().__init__(scope, id_)
        self._place = place
        name = names.label(place, "alarms", limit=256)
        topic = SnsTopic(self, "topic", name=name, kms_master_key_id=key_arn, tags=tags(name))
        self.topic_arn: str = topic.arn
        """The topic's ARN, a token."""
        self.policy = SnsTopicPolicy(
            self,
            "policy",
            arn=topic.arn,
            policy=document(
                statement(
                    "OwnServices",
                    actions="sns:Publish",
                    resources=topic.arn,
                    principals={"Service": list(PUBLISHERS)},
                    condition={"StringEquals": {"aws:SourceAccount": place.account_id}},
                )
            ),
        )

    def watch(self, log_group_name: str, *, after: ITerraformDependable) -> None:
        """Alarm on each event of `WATCHED` in the trail's log group, within five minutes.

        Args:
            log_group_name: the log group that receives the trail.
            after: the log group.
        """
        namespace = f"{self._place.studio}/{self._place.stack}"
        for event in WATCHED:
            name = names.label(self._place, event.id, limit=255)
            CloudwatchLogMetricFilter(
                self,
                f"{event.id}-filter",
                name=name,
                log_group_name=log_group_name,
                pattern=event.pattern,
                metric_transformation=CloudwatchLogMetricFilterMetricTransformation(
                    name=event.id, namespace=namespace, value="1"
                ),
                depends_on=[after],
            )
            CloudwatchMetricAlarm(
                self,
                f"{event.id}-alarm",
                alarm_name=name,
                alarm_description=f"{event.title} (CIS AWS Foundations {event.control})",
                namespace=namespace,
                metric_name=event.id,
                statistic="Sum",
                period=300,
                evaluation_periods=1,
                threshold=1,
                comparison_operator="GreaterThanOrEqualToThreshold",
                treat_missing_data="notBreaching",
                alarm_actions=[self.topic_arn],
                tags=tags(name),
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchedEvent:
    """An event of the trail that somebody must look at.

    Attributes:
        id: its construct id and metric, in kebab case.
        control: its number in the CIS AWS Foundations Benchmark 3.0, section 4.
        title: what happened.
        pattern: CloudWatch Logs filter pattern.
    """

    id: str
    control: str
    title: str
    pattern: str


def _named(*events: str, source: str | None = None) -> str:
    any_of = " || ".join(f"($.eventName = {event})" for event in events)
    return f"{{ ($.eventSource = {source}) && ({any_of}) }}" if source else f"{{ {any_of} }}"


WATCHED = (
    WatchedEvent(
        id="unauthorized-call",
        control="4.1",
        title="An API call was refused",
        pattern='{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    ),
    WatchedEvent(
        id="console-without-mfa",
        control="4.2",
        title="Somebody signed in to the console without a second factor",
        pattern='{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && '
        '($.userIdentity.type = "IAMUser") && '
        '($.responseElements.ConsoleLogin = "Success") }',
    ),
    WatchedEvent(
        id="root-use",
        control="4.3",
        title="The root user was used",
        pattern='{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && '
        '$.eventType != "AwsServiceEvent" }',
    ),
    WatchedEvent(
        id="iam-change",
        control="4.4",
        title="An IAM policy changed",
        pattern=_named(
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
        ),
    ),
    WatchedEvent(
        id="trail-change",
        control="4.5",
        title="The trail's configuration changed",
        pattern=_named("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
    ),
    WatchedEvent(
        id="console-failure",
        control="4.6",
        title="A console sign-in failed",
        pattern='{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
    ),
    WatchedEvent(
        id="key-disabled",
        control="4.7",
        title="A customer-managed key was disabled or is to be deleted",
        pattern=_named("DisableKey", "ScheduleKeyDeletion", source="kms.amazonaws.com"),
    ),
    WatchedEvent(
        id="bucket-policy-change",
        control="4.8",
        title="A bucket's policy changed",
        pattern=_named(
            "PutBucketAcl",
            "PutBucketPolicy",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketReplication",
            "DeleteBucketPolicy",
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketReplication",
            source="s3.amazonaws.com",
        ),
    ),
    WatchedEvent(
        id="config-change",
        control="4.9",
        title="AWS Config was changed",
        pattern=_named(
            "StopConfigurationRecorder",
            "DeleteDeliveryChannel",
            "PutDeliveryChannel",
            "PutConfigurationRecorder",
            source="config.amazonaws.com",
        ),
    ),
    WatchedEvent(
        id="security-group-change",
        control="4.10",
        title="A security group changed",
        pattern=_named(
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ),
    ),
    WatchedEvent(
        id="network-acl-change",
        control="4.11",
        title="A network ACL changed",
        pattern=_named(
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ),
    ),
    WatchedEvent(
        id="gateway-change",
        control="4.12",
        title="A network gateway changed",
        pattern=_named(
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ),
    ),
    WatchedEvent(
        id="route-change",
        control="4.13",
        title="A route table changed",
        pattern=_named(
            "CreateRoute",
            "CreateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "DeleteRouteTable",
            "DeleteRoute",
            "DisassociateRouteTable",
            source="ec2.amazonaws.com",
        ),
    ),
    WatchedEvent(
        id="network-change",
        control="4.14",
        title="A network changed",
        pattern=_named(
            "CreateVpc",
            "DeleteVpc",
            "ModifyVpcAttribute",
            "AcceptVpcPeeringConnection",
            "CreateVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
            "AttachClassicLinkVpc",
            "DetachClassicLinkVpc",
            "DisableVpcClassicLink",
            "EnableVpcClassicLink",
        ),
    ),
    WatchedEvent(
        id="organization-change",
        control="4.15",
        title="The organization was changed",
        pattern="{ $.eventSource = organizations.amazonaws.com && $.eventName != Describe* && "
        "$.eventName != List* }",
    ),
)
"""CIS AWS Foundations Benchmark 3.0.0, section 4 (Monitoring), 4.1 to 4.15."""
