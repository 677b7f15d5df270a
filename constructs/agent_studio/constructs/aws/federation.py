"""How the core comes into a cell on AWS: as itself, from its own cloud, without a key.

A core on AWS takes on a role of its own account, which cells' policies name by its computed ARN. A
core on Google Cloud shows a token of one of its service accounts. AWS takes Google's tokens without
a provider of ours, and tells them apart by the account's numeric id (IAM User Guide, "Available
keys for AWS web identity federation": `accounts.google.com:sub`, `aud`, which is the token's `azp`,
and `oaud`, which is its audience). Google makes the id up, so the estate declares it.

A core on Azure shows a token of one of its managed identities, by whose object id AWS tells them
apart. Entra's tokens ask for a provider, of which an account has one for each issuer, so the
account's guardrails make it (AWS Security Blog, "How to access AWS resources from Microsoft Entra
ID tenants using AWS Security Token Service").
"""

import re

from agent_studio.constructs.aws.policy_document import Statement, statement
from agent_studio.estate import Cell, Scope
from agent_studio.estate.names import aws as names
from agent_studio.estate.names import azure as azure_names
from agent_studio.estate.subjects import declared_subject

MAILBOX = "mailbox"
"""Purpose of the core's identity that writes into mailboxes and takes out events."""

RELEASE = "release"
"""Purpose of the core's identity that copies images into cells."""

GOOGLE = "accounts.google.com"
"""The issuer of Google's tokens, as IAM knows it."""


def on_aws(core: Scope) -> bool:
    """Whether the core lies on AWS: an account's id has twelve digits, and no other cloud's has."""
    return re.fullmatch(r"\d{12}", core.account_id) is not None


def entra(core: Scope) -> tuple[str, str] | None:
    """Give issuer and audience of the tokens of a core on Azure; None for one elsewhere."""
    if core.tenant is None:
        return None
    return (
        azure_names.token_issuer(core.tenant),
        azure_names.token_audience(core.studio, core.tenant),
    )


def core_comes_in(cell: Cell, core: Scope, purpose: str) -> Statement:
    """Write whom a role of the cell trusts: the core's identity for a purpose, and nobody else.

    On AWS the principal is the core's account, narrowed to one role: a role named as the principal
    would have to exist first, and would be replaced by its id once it is made anew (IAM User Guide,
    "AWS JSON policy elements: Principal"). The session must say for which cell it comes, so that
    the core cannot be led to write into another cell than it means; a token from Google says it by
    its audience. One from Entra says no more than that it is meant for the studio's cells: what the
    core asks for is the role, whose name holds the cell's.

    Args:
        cell: the cell.
        core: the core's place.
        purpose: `mailbox` or `release`.

    Raises:
        StudioError: the cell cannot know the core's identity.
    """
    if on_aws(core):
        return statement(
            "CoreComesIn",
            actions="sts:AssumeRole",
            resources=None,
            principals={"AWS": f"arn:{core.partition}:iam::{core.account_id}:root"},
            condition={
                "ArnEquals": {"aws:PrincipalArn": names.role_arn(core, purpose)},
                "StringEquals": {"sts:ExternalId": cell.id},
            },
        )
    subject = declared_subject(cell, core, purpose)
    tokens = entra(core)
    if tokens is not None:
        issuer, audience = tokens
        known = issuer.removeprefix("https://")
        return statement(
            "CoreComesIn",
            actions="sts:AssumeRoleWithWebIdentity",
            resources=None,
            principals={"Federated": names.token_provider_arn(cell.scope, issuer)},
            condition={"StringEquals": {f"{known}:aud": audience, f"{known}:sub": subject}},
        )
    return statement(
        "CoreComesIn",
        actions="sts:AssumeRoleWithWebIdentity",
        resources=None,
        principals={"Federated": GOOGLE},
        condition={
            "StringEquals": {
                f"{GOOGLE}:aud": subject,
                f"{GOOGLE}:oaud": cell.id,
                f"{GOOGLE}:sub": subject,
            }
        },
    )


def release_arn(cell: Cell, core: Scope) -> str:
    """Give the role that pushes images into the cell's registry.

    A core on AWS pushes as its own role. Any other has no role, and takes on one of the cell's.
    """
    return names.role_arn(core if on_aws(core) else cell.scope, RELEASE)
