"""How the core comes into a cell on AWS: as itself, from its own cloud, without a key.

A core on AWS takes on a role of its own account, which cells' policies name by its computed ARN. A
core on Google Cloud shows a token of one of its service accounts. AWS takes Google's tokens without
a provider of ours, and tells them apart by the account's numeric id (IAM User Guide, "Available
keys for AWS web identity federation": `accounts.google.com:sub`, `aud`, which is the token's `azp`,
and `oaud`, which is its audience). Google makes the id up, so the estate declares it.
"""

import re

from agent_studio.constructs.aws.policy_document import Statement, statement
from agent_studio.estate import Cell, Scope
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.names import aws as names

MAILBOX = "mailbox"
"""Purpose of the core's identity that writes into mailboxes and takes out events."""

RELEASE = "release"
"""Purpose of the core's identity that copies images into cells."""

GOOGLE = "accounts.google.com"
"""The issuer of Google's tokens, as IAM knows it."""


def on_aws(core: Scope) -> bool:
    """Whether the core lies on AWS: an account's id has twelve digits, and no other cloud's has."""
    return re.fullmatch(r"\d{12}", core.account_id) is not None


def core_comes_in(cell: Cell, core: Scope, purpose: str) -> Statement:
    """Write whom a role of the cell trusts: the core's identity for a purpose, and nobody else.

    On AWS the principal is the core's account, narrowed to one role: a role named as the principal
    would have to exist first, and would be replaced by its id once it is made anew (IAM User Guide,
    "AWS JSON policy elements: Principal"). The session must say for which cell it comes, so that
    the core cannot be led to write into another cell than it means; a token from Google says it by
    its audience.

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
    subject = _subject(cell, core, purpose)
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


def _subject(cell: Cell, core: Scope, purpose: str) -> str:
    # Project ids begin with a letter and have at most 30 characters; a subscription's UUID has more
    # (Resource Manager, "Creating and managing projects").
    if not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", core.account_id):
        raise StudioError(
            f"cell {cell.id} knows no identity of the core",
            found=f"core in {core.account_id}",
            allowed="a core on AWS or Google Cloud",
            fix="name an account on AWS or Google Cloud under core",
            exit_code=ExitCode.INVALID,
        )
    if core.subjects is None:
        raise StudioError(
            f"cell {cell.id} cannot know the core on Google Cloud",
            found="no core.subjects",
            allowed="core.subjects: {mailbox: <unique id>, release: <unique id>}",
            fix="apply the stack core, then copy the unique ids of its service accounts mailbox "
            "and release: gcloud iam service-accounts list --format='value(email,uniqueId)'",
            exit_code=ExitCode.INVALID,
        )
    return str(getattr(core.subjects, purpose))
