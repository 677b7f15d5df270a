"""The core's stack: deployed once, it governs the agents that run in the cells."""

from constructs import Construct

from agent_studio.estate import Estate, Layer
from agent_studio.stacks.base import AwsStack, default_tags


class CoreStack(AwsStack):
    """The stack `core`.

    Args:
        scope: the app.
        estate: the whole estate.
    """

    def __init__(self, scope: Construct, *, estate: Estate) -> None:
        place = estate.core_scope
        tags = default_tags(
            place,
            owner=estate.core_account.owner,
            jurisdiction=estate.core_region.jurisdiction,
            layer=Layer.CORE.value,
        )
        super().__init__(scope, place=place, tags=tags)
