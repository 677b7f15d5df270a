"""An account's guardrails: what holds in the whole account, whatever its cells do."""

from constructs import Construct

from agent_studio.estate import Account, Estate, Layer
from agent_studio.stacks.base import AwsStack, default_tags


class GuardrailsStack(AwsStack):
    """The stack `guardrails-<account>`, in the region that the estate names first for the account.

    Args:
        scope: the app.
        estate: the whole estate.
        account: the account to guard.
    """

    def __init__(self, scope: Construct, *, estate: Estate, account: Account) -> None:
        place = estate.guardrails_scope(account)
        tags = default_tags(
            place,
            owner=account.owner,
            jurisdiction=account.home.jurisdiction,
            layer=Layer.GUARDRAILS.value,
        )
        super().__init__(scope, place=place, tags=tags)
