"""Which AWS services a cell reaches, under which names, and what its endpoints admit.

Sources: PrivateLink Guide, "AWS services that integrate with AWS PrivateLink"; ECR User Guide,
"Amazon ECR interface VPC endpoints" (the layer bucket); IAM User Guide, "Data perimeters".
"""

from agent_studio.constructs.aws.identity.models import (
    BedrockModel,
    bedrock_models,
    invoke_statements,
)
from agent_studio.constructs.aws.policy_document import Statement, document, statement
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

BEDROCK = "bedrock-runtime"

_ACTIONS = {
    "ecr.api": "ecr:*",
    "ecr.dkr": "ecr:*",
    "kms": "kms:*",
    "logs": "logs:*",
    "sqs": "sqs:*",
    "ssm": "ssm:*",
    "sts": "sts:*",
    "xray": "xray:*",
}
"""Interface endpoint -> the actions of its service. Each principal's own policy says which."""


def interface_services(cell: Cell) -> tuple[str, ...]:
    """Name the interface endpoints that the cell needs."""
    return (*sorted(_ACTIONS), *((BEDROCK,) if declared_models(cell) else ()))


def service_name(cell: Cell, service: str) -> str:
    """Give the endpoint service's full name."""
    return f"com.amazonaws.{cell.region.name}.{service}"


def domains(cell: Cell) -> tuple[str, ...]:
    """Give the DNS names through which the cell reaches its endpoints; no other AWS name."""
    region = cell.region.name
    special = {
        "ecr.api": f"api.ecr.{region}.amazonaws.com",
        "ecr.dkr": f"*.dkr.ecr.{region}.amazonaws.com",
    }
    interface = (
        special.get(service, f"{service}.{region}.amazonaws.com")
        for service in interface_services(cell)
    )
    gateway = (f"s3.{region}.amazonaws.com", f"*.s3.{region}.amazonaws.com")
    return tuple(sorted({*interface, *gateway}))


def declared_models(cell: Cell) -> tuple[BedrockModel, ...]:
    """Give the Bedrock models that the cell's runtimes declare, each once."""
    found = (model for runtime in cell.runtimes for model in bedrock_models(runtime))
    return tuple(dict.fromkeys(found))


def interface_policy(cell: Cell, service: str) -> str:
    """Give an interface endpoint's policy: the cell's own account, to its own resources."""
    if service == BEDROCK:
        return document(*_own_models(cell))
    accounts = cell.perimeter_accounts
    return document(
        statement(
            "OwnPrincipalsToOwnResources",
            principals="*",
            actions=_ACTIONS[service],
            condition={
                "StringEquals": {"aws:PrincipalAccount": accounts},
                # Calls on no resource (`ecr:GetAuthorizationToken`) may lack the key.
                "StringEqualsIfExists": {"aws:ResourceAccount": accounts},
            },
        )
    )


def gateway_policy(cell: Cell) -> str:
    """Give the S3 gateway endpoint's policy: the cell's own stores and mailbox, and image layers.

    ECR hands out layers as pre-signed links into a bucket of AWS's own, which the policy must
    admit for reading; agents can write nothing there.
    """
    place = cell.scope
    purposes = ("mailbox", *(f"store-{each.name}" for each in cell.data_classes))
    buckets = [names.bucket_arn(place, purpose) for purpose in purposes]
    buckets += cell.perimeter_bucket_arns
    layers = f"prod-{cell.region.name}-starport-layer-bucket"
    accounts = cell.perimeter_accounts
    own = {"aws:PrincipalAccount": accounts, "aws:ResourceAccount": accounts}
    return document(
        statement(
            "OwnPrincipalsToOwnBuckets",
            principals="*",
            actions="s3:*",
            resources=[each for arn in buckets for each in (arn, f"{arn}/*")],
            condition={"StringEquals": own},
        ),
        statement(
            "ImageLayers",
            principals="*",
            actions="s3:GetObject",
            resources=f"arn:{place.partition}:s3:::{layers}/*",
        ),
    )


def _own_models(cell: Cell) -> list[Statement]:
    # Foundation models belong to no account, so `aws:ResourceAccount` cannot hold them.
    own = {"StringEquals": {"aws:PrincipalAccount": list(cell.perimeter_accounts)}}
    return [
        # Through which profile, and to which regions, is each role's own policy to say.
        {**each, "Principal": "*", "Condition": own}
        for each in invoke_statements(cell, declared_models(cell))
    ]
