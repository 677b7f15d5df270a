"""Who may do what with a mailbox.

Sources: IAM User Guide, "Global condition context keys" (`aws:PrincipalArn` is the role's ARN for
its sessions too, and the operators that negate match where a key is absent); SQS Developer Guide,
"Amazon SQS condition keys".
"""

from agent_studio.constructs.aws.federation import MAILBOX, core_comes_in
from agent_studio.constructs.aws.policy_document import Statement, document, statement
from agent_studio.constructs.aws.queue import deny_other_accounts, deny_plain_http
from agent_studio.estate import Cell, Scope
from agent_studio.estate.names import aws as names

DOOR = MAILBOX
"""Purpose of the core's identity, and of the role in the cell that it takes on."""


def reader_arns(cell: Cell) -> list[str]:
    """Give the ARNs of the task roles of the cell's runtimes."""
    return [names.role_arn(cell.scope, f"{each.name}-task") for each in cell.runtimes]


def door_arn(cell: Cell) -> str:
    """Give the ARN of the cell's role through which the core comes in."""
    return names.role_arn(cell.scope, DOOR)


def door_trust(cell: Cell, core: Scope) -> str:
    """Admit the core's own mailbox identity, and no other principal, to the cell's mailbox role.

    Raises:
        StudioError: the cell cannot know the core's identity.
    """
    return document(core_comes_in(cell, core, MAILBOX))


def door_document(
    *, cell: Cell, bucket_arn: str, queue_arn: str, parameter_arns: list[str], key_arn: str
) -> str:
    """Write what the core may do in the cell: put into the mailbox and take out its events."""
    region = f"{cell.region.name}.amazonaws.com"
    host = f"{region}.cn" if cell.region.partition == "aws-cn" else region
    return document(
        statement(
            "WriteObjects",
            actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            resources=f"{bucket_arn}/*",
        ),
        statement("ListObjects", actions="s3:ListBucket", resources=bucket_arn),
        statement(
            "WriteParameters",
            actions=["ssm:GetParameter", "ssm:GetParameters", "ssm:PutParameter"],
            resources=parameter_arns,
        ),
        statement(
            "TakeEvents",
            actions=[
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            resources=queue_arn,
        ),
        statement(
            "UseKey",
            actions=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            resources=key_arn,
            condition={
                "StringEquals": {
                    "kms:ViaService": [f"{each}.{host}" for each in ("s3", "sqs", "ssm")]
                }
            },
        ),
    )


def bucket_statements(cell: Cell, bucket_arn: str) -> tuple[Statement, ...]:
    """Refuse objects to everyone but the core's door (all) and the cell's runtimes (reading).

    Settings and listing stay open to Terraform's roles, which may do nothing with objects.
    """
    everything = f"{bucket_arn}/*"
    return (
        statement(
            "DenyWritesButFromTheCore",
            effect="Deny",
            principals="*",
            actions=["s3:DeleteObject*", "s3:PutObject*", "s3:RestoreObject"],
            resources=everything,
            condition={"ArnNotEquals": {"aws:PrincipalArn": door_arn(cell)}},
        ),
        statement(
            "DenyReadsButFromTheCell",
            effect="Deny",
            principals="*",
            actions="s3:GetObject*",
            resources=everything,
            condition={"ArnNotEquals": {"aws:PrincipalArn": [door_arn(cell), *reader_arns(cell)]}},
        ),
        # Not even the core removes what it once said: versions end by lifecycle alone, which no
        # bucket policy holds back.
        statement(
            "DenyRemovingVersions",
            effect="Deny",
            principals="*",
            actions="s3:DeleteObjectVersion",
            resources=everything,
        ),
    )


def queue_document(cell: Cell, queue_arn: str) -> str:
    """Write the events queue's policy: runtimes send, the core's door takes, over TLS alone."""
    # A cell without runtimes has no sender; IAM takes no empty list.
    senders = reader_arns(cell) or [door_arn(cell)]
    return document(
        deny_plain_http(queue_arn),
        deny_other_accounts(cell.scope, queue_arn),
        statement(
            "DenySendingButFromTheCell",
            effect="Deny",
            principals="*",
            actions="sqs:SendMessage",
            resources=queue_arn,
            condition={"ArnNotEquals": {"aws:PrincipalArn": senders}},
        ),
        statement(
            "DenyTakingButByTheCore",
            effect="Deny",
            principals="*",
            actions=["sqs:DeleteMessage", "sqs:PurgeQueue", "sqs:ReceiveMessage"],
            resources=queue_arn,
            condition={"ArnNotEquals": {"aws:PrincipalArn": door_arn(cell)}},
        ),
    )
