"""What the core's roles may do."""

from collections.abc import Sequence
from dataclasses import replace

from agent_studio.constructs.aws.core.federation import MAILBOX, RELEASE
from agent_studio.constructs.aws.policy_document import Statement, statement
from agent_studio.estate import Cell, Scope
from agent_studio.estate.names import aws as names

_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_PUSH = (
    *_PULL,
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)

_ARNS_A_STATEMENT = 50
"""Each statement becomes a managed policy, which has at most 6,144 characters (IAM quotas)."""


def service_grants(
    place: Scope, *, audit_arn: str, operations_key_arn: str, signing_key_arn: str, bus_arn: str
) -> list[Statement]:
    """Let the core service sign, write its audit log, put events and take its two roles.

    It may add to the audit log and read it; no statement lets it delete there.
    """
    host = f"s3.{place.region}.amazonaws.com" + (".cn" if place.partition == "aws-cn" else "")
    return [
        statement("Sign", actions=["kms:GetPublicKey", "kms:Sign"], resources=signing_key_arn),
        statement(
            "WriteAudit", actions=["s3:GetObject", "s3:PutObject"], resources=f"{audit_arn}/*"
        ),
        statement("ListAudit", actions="s3:ListBucket", resources=audit_arn),
        statement(
            "UseAuditKey",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=operations_key_arn,
            condition={"StringEquals": {"kms:ViaService": host}},
        ),
        statement("PutEvents", actions="events:PutEvents", resources=bus_arn),
        statement(
            "TakeRoles",
            actions="sts:AssumeRole",
            resources=[names.role_arn(place, each) for each in (MAILBOX, RELEASE)],
        ),
    ]


def mailbox_grants(cells: Sequence[Cell]) -> list[Statement]:
    """Let the mailbox role enter each cell through that cell's own role, and do nothing else.

    The roles are named by account and by the start of their names: with each by its full name the
    policy of a large estate would outgrow what IAM takes.
    """
    doors = {_door_pattern(cell) for cell in cells}
    return [
        statement(f"EnterCells{number}", actions="sts:AssumeRole", resources=part)
        for number, part in enumerate(_parts(sorted(doors)))
    ]


def release_grants(
    place: Scope, cells: Sequence[Cell], *, images: Sequence[str]
) -> list[Statement]:
    """Let the release role read the source registry and push into the cells' registries."""
    if not cells:
        return []
    targets = {
        names.repository_arn(replace(cell.scope, stack="cell-*", region="*"), "*") for cell in cells
    }
    return [
        statement("SignInToRegistries", actions="ecr:GetAuthorizationToken"),
        statement(
            "ReadSource",
            actions=_PULL,
            resources=[names.repository_arn(place, image) for image in images],
        ),
        *(
            statement(f"PushToCells{number}", actions=_PUSH, resources=part)
            for number, part in enumerate(_parts(sorted(targets)))
        ),
    ]


def _door_pattern(cell: Cell) -> str:
    # Every part up to the cell's id stands uncut at the start of the role's name.
    place = cell.scope
    return f"arn:{place.partition}:iam::{place.account_id}:role/{place.studio}-{MAILBOX}-cell-*"


def _parts(arns: Sequence[str]) -> list[list[str]]:
    return [list(arns[i : i + _ARNS_A_STATEMENT]) for i in range(0, len(arns), _ARNS_A_STATEMENT)]
