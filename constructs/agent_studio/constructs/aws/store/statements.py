"""Statements of bucket policies. All deny: access itself is given to each role by its own policy.

Sources: S3 User Guide, "Amazon S3 condition keys"; IAM User Guide, "Global condition context keys"
and "Condition operators" (a negated operator matches where its key is absent).
"""

from collections.abc import Sequence

from agent_studio.constructs.aws.policy_document import Statement, statement

TERRAFORM_ROLES = ("plan", "apply")
"""The account's roles that may list a store's bucket from outside the cell, and read no object."""

_OBJECTS = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject*",
    "s3:GetObject*",
    "s3:ListMultipartUploadParts",
    "s3:PutObject*",
    "s3:RestoreObject",
)
_LISTS = ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions")


def only_tls(bucket_arn: str) -> tuple[Statement, ...]:
    """Refuse plain HTTP and TLS before 1.2."""
    both = (bucket_arn, f"{bucket_arn}/*")
    return (
        statement(
            "DenyPlainHttp",
            effect="Deny",
            principals="*",
            actions="s3:*",
            resources=both,
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
        statement(
            "DenyOldTls",
            effect="Deny",
            principals="*",
            actions="s3:*",
            resources=both,
            condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        ),
    )


def only_the_key(bucket_arn: str, key_arn: str) -> tuple[Statement, ...]:
    """Refuse uploads that ask for any other encryption than the bucket's own.

    An upload that asks for none gets the bucket's default, which is the key.
    """
    algorithm = "s3:x-amz-server-side-encryption"
    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    customer = "s3:x-amz-server-side-encryption-customer-algorithm"

    def deny(sid: str, condition: dict[str, dict[str, str]]) -> Statement:
        return statement(
            sid,
            effect="Deny",
            principals="*",
            actions="s3:PutObject",
            resources=f"{bucket_arn}/*",
            condition=condition,
        )

    return (
        deny(
            "DenyOtherEncryption",
            {"StringNotEquals": {algorithm: "aws:kms"}, "Null": {algorithm: "false"}},
        ),
        deny("DenyOtherKey", {"StringNotEquals": {key: key_arn}, "Null": {key: "false"}}),
        # Asked for SSE-KMS without a key, S3 takes the account's `aws/s3`, not the bucket's.
        deny("DenyUnnamedKey", {"StringEquals": {algorithm: "aws:kms"}, "Null": {key: "true"}}),
        deny("DenyCustomerKey", {"Null": {customer: "false"}}),
    )


def only_from(
    bucket_arn: str, *, vpc_id: str, may_list: Sequence[str], may_copy: Sequence[str] = ()
) -> tuple[Statement, ...]:
    """Refuse objects to everyone outside one VPC.

    Management calls (`s3:GetBucketPolicy`, `s3:PutLifecycleConfiguration`, ...) stay open to the
    roles that have them, or Terraform would lock itself out. The provider's HeadBucket is
    authorized as `s3:ListBucket`, so Terraform's roles may list; they may read no object.

    Args:
        bucket_arn: the bucket.
        vpc_id: the cell's VPC; S3 sees it in requests through the VPC's gateway endpoint.
        may_list: ARNs of Terraform's roles.
        may_copy: ARNs of the roles under which S3 itself replicates.
    """
    outside = {"StringNotEquals": {"aws:SourceVpc": vpc_id}}
    copying = {"ArnNotEquals": {"aws:PrincipalArn": may_copy}} if may_copy else {}
    return (
        statement(
            "DenyObjectsFromOutside",
            effect="Deny",
            principals="*",
            actions=_OBJECTS,
            resources=f"{bucket_arn}/*",
            condition={**outside, **copying},
        ),
        statement(
            "DenyListsFromOutside",
            effect="Deny",
            principals="*",
            actions=_LISTS,
            resources=bucket_arn,
            condition={
                **outside,
                "ArnNotEquals": {"aws:PrincipalArn": [*may_list, *may_copy]},
            },
        ),
    )


def only_copied_to(
    bucket_arn: str, *, copying: str, may_list: Sequence[str]
) -> tuple[Statement, ...]:
    """Refuse a copy's objects to everyone but the role that writes them.

    Who must restore from a copy changes these statements first, by a reviewed change.
    """
    return (
        statement(
            "DenyObjectsButCopying",
            effect="Deny",
            principals="*",
            actions=_OBJECTS,
            resources=f"{bucket_arn}/*",
            condition={"ArnNotEquals": {"aws:PrincipalArn": copying}},
        ),
        statement(
            "DenyListsButCopying",
            effect="Deny",
            principals="*",
            actions=_LISTS,
            resources=bucket_arn,
            condition={"ArnNotEquals": {"aws:PrincipalArn": [copying, *may_list]}},
        ),
    )
