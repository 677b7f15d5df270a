"""The permissions boundary: what a runtime's role can never do, whatever is granted to it.

Source: IAM User Guide, "Permissions boundaries for IAM entities" and "AWS global condition context
keys".
"""

from agent_studio.constructs.aws.identity.grants import TRACE, WORKLOAD_TOKEN, workload_token
from agent_studio.constructs.aws.identity.models import (
    INVOKE,
    bedrock_models,
    destinations,
)
from agent_studio.constructs.aws.policy_document import document, statement
from agent_studio.estate import Cell, Runtime


def boundary_document(cell: Cell, runtime: Runtime) -> str:
    """Write the boundary of a runtime's task role.

    It admits the few services that a runtime works with, on the studio's own names in the cell's
    account and region, and denies beside that:

    * changing who may do what (`iam`, `organizations`, `account`) and taking on another role;
    * every region but the cell's; for model calls, every region but the destinations of the
      inference profiles that the runtime declares;
    * every resource of another account; foundation models, traces and workload tokens belong to
      none.
    """
    place = cell.scope
    own = f"{place.region}:{place.account_id}"
    arn = f"arn:{place.partition}"
    spread = {
        region
        for model in bedrock_models(runtime)
        for region in destinations(cell, model.geography)
    }
    inference = sorted(spread | {place.region})
    return document(
        statement(
            "StoresAndMailbox",
            actions=[
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetBucketLocation",
                "s3:GetObject",
                "s3:GetObjectVersion",
                "s3:ListBucket",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            resources=f"{arn}:s3:::{place.studio}-*",
        ),
        statement(
            "Keys",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=f"{arn}:kms:{own}:key/*",
        ),
        statement(
            "Queues",
            actions=[
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
            ],
            resources=f"{arn}:sqs:{own}:{place.studio}-*",
        ),
        statement(
            "Parameters",
            actions=["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
            resources=f"{arn}:ssm:{own}:parameter/{place.studio}/{place.stack}/*",
        ),
        statement(
            "Logs",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=f"{arn}:logs:{own}:log-group:/{place.studio}/{place.stack}/*",
        ),
        statement("Traces", actions=TRACE),
        statement(
            "Models",
            actions=INVOKE,
            resources=[
                f"{arn}:bedrock:*::foundation-model/*",
                f"{arn}:bedrock:{own}:inference-profile/*",
            ],
        ),
        *([workload_token(place)] if cell.vault_endpoint else []),
        statement(
            "DenyIdentityChanges",
            effect="Deny",
            actions=["iam:*", "organizations:*", "account:*", "sts:AssumeRole*"],
        ),
        statement(
            "DenyOtherRegions",
            effect="Deny",
            actions=INVOKE,
            not_actions=True,
            condition={"StringNotEquals": {"aws:RequestedRegion": place.region}},
        ),
        statement(
            "DenyOtherRegionsForModels",
            effect="Deny",
            actions=INVOKE,
            condition={"StringNotEquals": {"aws:RequestedRegion": inference}},
        ),
        statement(
            "DenyOtherAccounts",
            effect="Deny",
            actions=[*INVOKE, *TRACE, WORKLOAD_TOKEN],
            not_actions=True,
            condition={"StringNotEquals": {"aws:ResourceAccount": place.account_id}},
        ),
    )
