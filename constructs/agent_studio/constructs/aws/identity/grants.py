"""What a runtime's two roles may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_studio.constructs.aws.identity.models import bedrock_models, invoke_statements
from agent_studio.constructs.aws.policy_document import Statement, document, statement
from agent_studio.estate.names import aws as names
from agent_studio.estate.names import vault as vault_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_studio.constructs.aws.keys import CellKeys
    from agent_studio.constructs.aws.logs import LogPipeline
    from agent_studio.constructs.aws.mailbox import ControlMailbox
    from agent_studio.constructs.aws.store import ResidentStore
    from agent_studio.estate import Cell, Runtime, Scope

COLLECTOR = "otel-collector"
"""The image and container of the OpenTelemetry collector; no runtime may bear this name."""

TRACE = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
"""What the collector does with traces."""

WORKLOAD_TOKEN = "sts:GetWebIdentityToken"  # noqa: S105 - an action
"""What gives a workload the token with which it logs in to Vault."""

TOKEN_ALGORITHMS = ("ES384", "RS256")
"""What Vault's roles take of what STS can sign with (STS API Reference, GetWebIdentityToken)."""

TOKEN_SECONDS = 300
"""The longest life of such a token; what STS gives unless asked otherwise (same source)."""

_USE_KEY = ("kms:Decrypt", "kms:GenerateDataKey")


def task_document(
    *,
    cell: Cell,
    runtime: Runtime,
    keys: CellKeys,
    stores: Sequence[ResidentStore],
    logs: LogPipeline,
    mailbox: ControlMailbox,
) -> str:
    """Write what the agents of a runtime may do.

    Args:
        cell: where the runtime lies.
        runtime: its profile.
        keys: the cell's keys.
        stores: the stores of the data classes that the runtime may touch, and of no other.
        logs: the cell's logs; the collector writes to the runtime's own group.
        mailbox: read, but for its event queue, to which events are sent.
    """
    place = cell.scope
    return document(
        *(each for store in stores for each in _store(place, keys, store)),
        statement(
            "WorkQueue",
            actions=[
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            resources=names.queue_arn(place, work_queue(runtime)),
        ),
        statement("Events", actions="sqs:SendMessage", resources=mailbox.queue_id),
        statement(
            "MailboxObjects",
            actions=["s3:GetObject", "s3:GetObjectVersion"],
            resources=f"{mailbox.store_id}/*",
        ),
        statement("MailboxListing", actions="s3:ListBucket", resources=mailbox.store_id),
        statement(
            "MailboxParameters",
            actions=["ssm:GetParameter", "ssm:GetParameters"],
            resources=mailbox.parameter_arns,
        ),
        statement(
            "OperationsKey",
            actions=_USE_KEY,
            resources=keys.key_id("operations"),
            condition=via(place, "s3", "sqs", "ssm"),
        ),
        statement(
            "Telemetry",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=_log_streams(logs, runtime),
        ),
        # X-Ray's writing actions know no resource (Service Authorization Reference, AWS X-Ray).
        statement(
            "Traces",
            actions=TRACE,
            condition={"StringEquals": {"aws:RequestedRegion": place.region}},
        ),
        *invoke_statements(cell, bedrock_models(runtime)),
        *([workload_token(place)] if cell.vault_endpoint else []),
    )


def workload_token(place: Scope) -> Statement:
    """Let a role ask STS for a token that says who it is, for its own place in Vault alone.

    A token may be for several at once, so every audience asked for is held to that one; `Null`
    keeps out a request that asks for none, which `ForAllValues` by itself would let through.

    Args:
        place: whose place in Vault.

    Source: IAM User Guide, "Controlling access with IAM policies" for outbound identity federation.
    """
    return statement(
        "WorkloadToken",
        actions=WORKLOAD_TOKEN,
        condition={
            "ForAllValues:StringEquals": {
                "sts:IdentityTokenAudience": vault_names.audience(place),
            },
            "Null": {"sts:IdentityTokenAudience": "false"},
            "NumericLessThanEquals": {"sts:DurationSeconds": str(TOKEN_SECONDS)},
            "StringEquals": {
                "aws:RequestedRegion": place.region,
                "sts:SigningAlgorithm": TOKEN_ALGORITHMS,
            },
        },
    )


def execution_document(*, cell: Cell, runtime: Runtime, keys: CellKeys, logs: LogPipeline) -> str:
    """Write what ECS may do to start the runtime: pull its images, write its log, read its own.

    Args:
        cell: where the runtime lies.
        runtime: its profile.
        keys: the cell's keys.
        logs: the cell's logs.
    """
    place = cell.scope
    return document(
        # GetAuthorizationToken knows no resource (Service Authorization Reference, ECR): the token
        # opens nothing by itself.
        statement(
            "RegistryToken",
            actions="ecr:GetAuthorizationToken",
            condition={"StringEquals": {"aws:RequestedRegion": place.region}},
        ),
        statement(
            "PullImages",
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=[names.repository_arn(place, each) for each in (runtime.name, COLLECTOR)],
        ),
        statement(
            "WriteLog",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=_log_streams(logs, runtime),
        ),
        statement(
            "OwnParameters",
            actions="ssm:GetParameters",
            resources=names.parameter_arn(place, f"runtime/{runtime.name}/*"),
        ),
        statement(
            "OwnParametersKey",
            actions="kms:Decrypt",
            resources=keys.key_id("operations"),
            condition={
                **via(place, "ssm"),
                "StringLike": {
                    "kms:EncryptionContext:PARAMETER_ARN": names.parameter_arn(
                        place, f"runtime/{runtime.name}/*"
                    )
                },
            },
        ),
    )


def work_queue(runtime: Runtime) -> str:
    """Give the purpose of a runtime's work queue, from which its name is computed."""
    return f"{runtime.name}-work"


def via(place: Scope, *services: str) -> dict[str, dict[str, list[str]]]:
    """Admit a key's use through these services of the region alone (KMS, `kms:ViaService`)."""
    suffix = ".cn" if place.partition == "aws-cn" else ""
    hosts = [f"{each}.{place.region}.amazonaws.com{suffix}" for each in services]
    return {"StringEquals": {"kms:ViaService": hosts}}


def _store(place: Scope, keys: CellKeys, store: ResidentStore) -> list[Statement]:
    title = "".join(part.capitalize() for part in store.data_class.name.split("-"))
    return [
        statement(
            f"Store{title}Objects",
            actions=[
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            resources=f"{store.store_id}/*",
        ),
        statement(
            f"Store{title}",
            actions=["s3:GetBucketLocation", "s3:ListBucket"],
            resources=store.store_id,
        ),
        statement(
            f"Store{title}Key",
            actions=_USE_KEY,
            resources=keys.key_id(store.data_class.name),
            condition=via(place, "s3"),
        ),
    ]


def _log_streams(logs: LogPipeline, runtime: Runtime) -> str:
    return f"{logs.log_group_arn(runtime.name)}:log-stream:*"
