"""Who the core service is, and as whom it comes to the cells."""

from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_google.service_account_iam_policy import ServiceAccountIamPolicy
from constructs import Construct

from agent_studio.constructs.core_view import SERVICE
from agent_studio.constructs.gcp.access import ATTACH, Access, apply_account
from agent_studio.constructs.gcp.federation import MAILBOX, RELEASE
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

ENTER = "roles/iam.workloadIdentityUser"
"""Take tokens of an account. Unlike `roles/iam.serviceAccountTokenCreator` it does not sign in the
account's name (IAM, "Roles and permissions")."""


class CoreIdentity(Construct):
    """The service account that the core service runs as.

    Guarantee: it has no key, and its own policy lets nobody take it on. Terraform's apply account
    may make a service run as it, and Cloud Run alone acts as it.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope) -> None:
        super().__init__(scope, id_)
        self.purpose = SERVICE
        """What its name is made of."""
        self.account = ServiceAccount(
            self,
            "account",
            account_id=names.service_account(place, SERVICE),
            display_name="The core service",
        )
        """The account; what names it by a computed name depends on it."""
        self.member: str = self.account.member
        """The account as a member of IAM policies."""
        self.email: str = self.account.email
        """The account's address."""
        access = Access()
        access.grant(ATTACH, [apply_account(place)])
        self.access = ServiceAccountIamPolicy(
            self,
            "access",
            service_account_id=self.account.name,
            policy_data=access.document(),
        )
        """What a service that acts as the account depends on: the leave to make it so."""


class FederatedAccounts(Construct):
    """The two accounts that cells' policies name: `mailbox` and `release`.

    Guarantee: nobody but the core service takes tokens of them, and they have no key. They hold no
    role in the core's own project, but that `release` reads the images that it copies.

    Cells trust them by their computed addresses, so a cell can be planned before the core exists.
    What each may do stands in the cells' own policies.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        service: who the core service is, as a member of IAM policies.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, service: str) -> None:
        super().__init__(scope, id_)
        self._members: dict[str, str] = {}
        for purpose, title in (
            (MAILBOX, "The core, at the cells' mailboxes"),
            (RELEASE, "The core, at the cells' registries"),
        ):
            account = ServiceAccount(
                self,
                purpose,
                account_id=names.service_account(place, purpose),
                display_name=title,
            )
            access = Access()
            access.grant(ENTER, [service])
            ServiceAccountIamPolicy(
                self,
                f"{purpose}-access",
                service_account_id=account.name,
                policy_data=access.document(),
            )
            self._members[purpose] = account.member

    def member(self, purpose: str) -> str:
        """Give an account as a member of IAM policies.

        Args:
            purpose: `mailbox` or `release`.
        """
        return self._members[purpose]
