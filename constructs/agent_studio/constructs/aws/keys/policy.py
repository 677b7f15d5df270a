"""Who may use the keys of a cell, and through what.

Sources: KMS Developer Guide, "Default key policy", "kms:ViaService", "Encryption context";
S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys" (with a bucket key the
encryption context is the bucket's ARN); CloudWatch Logs User Guide, "Encrypt log data"; SNS
Developer Guide, "Enable compatibility between event sources and encrypted topics"; ECS Developer
Guide, "Create a customer managed key for Fargate ephemeral storage".
"""

from agent_studio.constructs.aws.policy_document import Statement, document, statement
from agent_studio.estate.model import Cell, DataClass
from agent_studio.estate.names import aws as names

_ADMINISTER = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:Describe*",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:Get*",
    "kms:List*",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""Everything that manages a key; nothing that encrypts, decrypts or grants."""

_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")

_VIA = ("ecr", "firehose", "network-firewall", "s3", "secretsmanager", "sns", "sqs", "ssm")
"""Services that call KMS as the caller when the cell's own roles use them."""

_PUBLISHERS = ("budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com")
"""Services that publish to the cell's encrypted alarm topic as themselves."""


def data_key_policy(cell: Cell, data_class: DataClass) -> str:
    """Give the policy of one data class's key: S3 alone, on that class's own bucket."""
    bucket = names.bucket_arn(cell.scope, f"store-{data_class.name}")
    return copy_key_policy(cell, bucket_arn=bucket, region=cell.region.name)


def copy_key_policy(cell: Cell, *, bucket_arn: str, region: str) -> str:
    """Give the policy of a key that works through S3 in one region, on one bucket.

    Args:
        cell: the cell whose account may use the key.
        bucket_arn: the only bucket whose objects it encrypts.
        region: the region of the key and of the bucket.
    """
    return document(
        _administration(cell),
        statement(
            "UseThroughTheOwnBucket",
            actions=_USE,
            principals={"AWS": _account_arn(cell)},
            condition={
                "StringEquals": {
                    "kms:CallerAccount": cell.account.id,
                    "kms:ViaService": f"s3.{region}.{_suffix(cell)}",
                },
                "ArnLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, f"{bucket_arn}/*"]},
            },
        ),
    )


def operations_key_policy(cell: Cell) -> str:
    """Give the operations key's policy: the services that the cell runs on, for its account."""
    place = cell.scope
    through = {
        "kms:CallerAccount": cell.account.id,
        "kms:ViaService": [_via(cell, service) for service in _VIA],
    }
    fargate = {"kms:EncryptionContext:aws:ecs:clusterAccount": cell.account.id}
    return document(
        _administration(cell),
        statement(
            "UseThroughServices",
            actions=_USE,
            principals={"AWS": _account_arn(cell)},
            condition={"StringEquals": through},
        ),
        statement(
            "GrantToServices",
            actions="kms:CreateGrant",
            principals={"AWS": _account_arn(cell)},
            condition={"StringEquals": through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
        statement(
            "EncryptLogs",
            actions=("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"),
            principals={"Service": f"logs.{place.region}.{_suffix(cell)}"},
            condition={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": [
                        names.log_group_arn(place, "*"),
                        names.insights_log_group_arn(place),
                    ],
                }
            },
        ),
        statement(
            "PublishAlarms",
            actions=("kms:Decrypt", "kms:GenerateDataKey*"),
            principals={"Service": _PUBLISHERS},
            condition={"StringEquals": {"aws:SourceAccount": cell.account.id}},
        ),
        statement(
            "EncryptTaskStorage",
            actions="kms:GenerateDataKeyWithoutPlaintext",
            principals={"Service": "fargate.amazonaws.com"},
            condition={"StringEquals": fargate},
        ),
        statement(
            "GrantTaskStorage",
            actions="kms:CreateGrant",
            principals={"Service": "fargate.amazonaws.com"},
            condition={
                "StringEquals": fargate,
                "ForAllValues:StringEquals": {"kms:GrantOperations": "Decrypt"},
            },
        ),
    )


def _administration(cell: Cell) -> Statement:
    # Without the account's root a key whose last administrator is gone can never be managed again.
    return statement("Administer", actions=_ADMINISTER, principals={"AWS": _account_arn(cell)})


def _account_arn(cell: Cell) -> str:
    return f"arn:{cell.scope.partition}:iam::{cell.account.id}:root"


def _via(cell: Cell, service: str) -> str:
    return f"{service}.{cell.region.name}.{_suffix(cell)}"


def _suffix(cell: Cell) -> str:
    return "amazonaws.com.cn" if cell.scope.partition == "aws-cn" else "amazonaws.com"
