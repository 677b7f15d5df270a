"""The roles under which the core comes to the cells."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from agent_studio.constructs.aws.policy_document import Statement, document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

MAILBOX = "mailbox"
"""Writes bundles, epochs and releases into cells' mailboxes and reads events from them."""

RELEASE = "release"
"""Copies images by digest into cells' registries and moves their services to them."""

_SESSION_SECONDS = 3600


class FederatedRoles(Construct):
    """The two roles that cells' policies name.

    Guarantee: nobody but the core service's own role can take them.

    Cells trust them by their computed ARNs, so a cell can be planned before the core exists. Both
    sides must agree: a cell's policy admits the role, and the role's policy names the cell.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        service_arn: the role of the core service; `service` is what makes it.
        mailbox: what the mailbox role may do.
        release: what the release role may do.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        service_arn: str,
        mailbox: Sequence[Statement],
        release: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id_)
        for purpose, description, statements in (
            (MAILBOX, "The core writes to and reads from the mailboxes of the cells.", mailbox),
            (RELEASE, "The core copies images into the cells' registries.", release),
        ):
            if statements:
                self._role(place, purpose, description, service_arn, statements)

    def _role(
        self,
        place: Scope,
        purpose: str,
        description: str,
        service_arn: str,
        statements: Sequence[Statement],
    ) -> None:
        name = names.role(place, purpose)
        role = IamRole(
            self,
            purpose,
            name=name,
            description=description,
            max_session_duration=_SESSION_SECONDS,
            assume_role_policy=document(
                statement(
                    "OnlyTheCoreService",
                    actions="sts:AssumeRole",
                    resources=None,
                    principals={
                        "AWS": f"arn:{place.partition}:iam::{place.account_id}:root",
                    },
                    condition={"ArnEquals": {"aws:PrincipalArn": service_arn}},
                )
            ),
            tags=tags(name),
        )
        for each in statements:
            sid = str(each["Sid"])
            policy_name = names.policy(place, f"{purpose}-{sid.lower()}")
            policy = IamPolicy(
                self,
                f"{purpose}-{sid}",
                name=policy_name,
                description=description,
                policy=document(each),
                tags=tags(policy_name),
            )
            IamRolePolicyAttachment(
                self, f"{purpose}-{sid}-attachment", role=role.name, policy_arn=policy.arn
            )
