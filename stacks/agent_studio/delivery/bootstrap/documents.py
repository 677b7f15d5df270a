"""The policies of the state buckets and of the roles that Terraform assumes."""

from collections.abc import Sequence
from typing import Any

from agent_studio.constructs.aws.global_services import GLOBAL_ACTIONS

READ_ONLY = "ReadOnlyAccess"
"""AWS managed policy of the plan role: Terraform reads every kind of resource to plan it."""

POWER_USER = "PowerUserAccess"
"""AWS managed policy of the apply role: everything but IAM and Organizations."""

PURPOSES = ("state", "plan", "apply")
"""The roles of an account, each assumed for one thing."""

_DATA_READS = [
    "s3:GetObject*",
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "logs:GetLogEvents",
    "logs:FilterLogEvents",
    "logs:StartQuery",
    "kinesis:GetRecords",
    "ecr:GetDownloadUrlForLayer",
    "athena:GetQueryResults",
]
"""What ReadOnlyAccess gives and no plan needs: the data itself."""


def trust(
    *, partition: str, account: str, core_account: str, studio: str, purpose: str, ci: bool
) -> dict[str, Any]:
    """Who may assume a role: the account's own principals, and the core account's CI.

    The core's roles are named by a condition, for IAM refuses a principal that does not exist yet
    (IAM User Guide, "AWS JSON policy elements: Principal"). No service and no other account may
    assume it, so no service can be made to act as a deputy.

    Args:
        partition: the AWS partition.
        account: the account that holds the role.
        core_account: the account of the core.
        studio: the estate's name.
        purpose: `state`, `plan` or `apply`.
        ci: whether the estate has a CI.
    """
    statements: list[dict[str, Any]] = [
        {
            "Sid": "OwnAccount",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": account}},
        }
    ]
    if ci and core_account != account:
        jobs = ("ci-plan", "ci-apply") if purpose == "plan" else ("ci-apply",)
        roles = [f"arn:{partition}:iam::{core_account}:role/{studio}-studio-{job}" for job in jobs]
        statements.append(
            {
                "Sid": "CiOfTheCore",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{core_account}:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"ArnEquals": {"aws:PrincipalArn": roles}},
            }
        )
    return _document(statements)


def permissions(
    purpose: str,
    *,
    partition: str,
    account: str,
    studio: str,
    buckets: Sequence[str],
    regions: Sequence[str],
) -> dict[str, Any]:
    """What a role may do, beside its managed policy.

    Args:
        purpose: `state`, `plan` or `apply`.
        partition: the AWS partition.
        account: the account that holds the role.
        studio: the estate's name.
        buckets: the account's state buckets.
        regions: the account's regions in the estate; all others are closed to plan and apply.
    """
    arns = [f"arn:{partition}:s3:::{name}" for name in buckets]
    if purpose == "state":
        return _document(
            [
                _allow("FindState", ["s3:ListBucket"], arns),
                _allow("KeepState", ["s3:GetObject", "s3:PutObject"], _in(arns, "*.tfstate")),
                _allow(
                    "LockState",
                    ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                    _in(arns, "*.tfstate.tflock"),
                ),
            ]
        )
    # A region is taken out of the estate only after its cell is destroyed: afterwards these roles
    # cannot reach it any more.
    fence = {
        "Sid": "RegionsOutsideTheEstate",
        "Effect": "Deny",
        "NotAction": list(GLOBAL_ACTIONS),
        "Resource": ["*"],
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": sorted(regions)}},
    }
    if purpose == "plan":
        # The provider reads parameters with decryption (aws_ssm_parameter), and those of a mailbox
        # are encrypted: digests and counters that the core writes, no secrets.
        mailboxes = f"arn:{partition}:ssm:*:{account}:parameter/{studio}/*/mailbox/*"
        return _document(
            [
                fence,
                {**_allow("NoData", _DATA_READS, ["*"]), "Effect": "Deny"},
                {
                    **_allow(
                        "MailboxParameters",
                        ["kms:Decrypt"],
                        [f"arn:{partition}:kms:*:{account}:key/*"],
                    ),
                    "Condition": {
                        "StringLike": {
                            "kms:ViaService": "ssm.*",
                            "kms:EncryptionContext:PARAMETER_ARN": mailboxes,
                        }
                    },
                },
            ]
        )
    iam = f"arn:{partition}:iam::{account}"
    roles = [f"{iam}:role/{studio}-studio-{one}" for one in PURPOSES]
    own = [f"{iam}:{kind}/{studio}-*" for kind in ("role", "policy", "instance-profile")]
    return _document(
        [
            fence,
            _allow("OwnIdentities", ["iam:*"], own),
            _allow(
                "AccountIdentities",
                [
                    "iam:CreateOpenIDConnectProvider",
                    "iam:DeleteOpenIDConnectProvider",
                    "iam:GetOpenIDConnectProvider",
                    "iam:TagOpenIDConnectProvider",
                    "iam:UntagOpenIDConnectProvider",
                    "iam:UpdateOpenIDConnectProviderThumbprint",
                    "iam:AddClientIDToOpenIDConnectProvider",
                    "iam:RemoveClientIDFromOpenIDConnectProvider",
                    "iam:UpdateAccountPasswordPolicy",
                    "iam:DeleteAccountPasswordPolicy",
                    "iam:CreateServiceLinkedRole",
                    "iam:Get*",
                    "iam:List*",
                ],
                ["*"],
            ),
            # Whoever applies may not widen the roles under which Terraform runs, nor touch state.
            {
                **_allow("NotItself", ["iam:*"], roles),
                "Effect": "Deny",
                "NotAction": ["iam:Get*", "iam:List*"],
            },
            {
                "Sid": "NotTheState",
                "Effect": "Deny",
                "Action": ["s3:*"],
                "Resource": [*arns, *_in(arns, "*")],
            },
        ]
    )


def bucket_policy(*, partition: str, account: str, bucket: str) -> dict[str, Any]:
    """The policy of a state bucket: TLS alone, this account alone, nothing ever removed for good.

    Args:
        partition: the AWS partition.
        account: the account that owns the bucket.
        bucket: its name.
    """
    arn = f"arn:{partition}:s3:::{bucket}"
    everything = {"Effect": "Deny", "Principal": "*", "Resource": [arn, f"{arn}/*"]}
    return _document(
        [
            {
                "Sid": "TlsOnly",
                **everything,
                "Action": "s3:*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Sid": "OwnAccountOnly",
                **everything,
                "Action": "s3:*",
                "Condition": {
                    "StringNotEquals": {"aws:PrincipalAccount": account},
                    "Bool": {"aws:PrincipalIsAWSService": "false"},
                },
            },
            {
                "Sid": "KeepVersions",
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["s3:DeleteObjectVersion"],
                "Resource": f"{arn}/*.tfstate",
            },
        ]
    )


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    for one in statements:
        if "NotAction" in one:
            one.pop("Action", None)
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _in(arns: Sequence[str], pattern: str) -> list[str]:
    return [f"{arn}/{pattern}" for arn in arns]
