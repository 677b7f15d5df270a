"""Which Google services a cell reaches, and under which names.

Sources: VPC, "Configure Private Google Access" (restricted.googleapis.com, 199.36.153.4/30);
Pub/Sub, "Locational endpoints"; Vertex AI, "Locations": `<location>-aiplatform.googleapis.com`.
"""

from agent_studio.constructs.gcp.identity.models import vertex_hosts
from agent_studio.estate.model import Cell

RESTRICTED_RANGE = "199.36.153.4/30"
"""The addresses of restricted.googleapis.com: services that VPC Service Controls can hold."""

RESTRICTED_ADDRESSES = ("199.36.153.4", "199.36.153.5", "199.36.153.6", "199.36.153.7")

DOMAIN = "googleapis.com"


def hosts(cell: Cell) -> tuple[str, ...]:
    """Give the names of Google services that the cell can resolve; no other is.

    Pub/Sub and Vertex AI are reached in a location by name, so that the global endpoint of either,
    which may process anywhere, cannot be found. Objects and secrets lie where their bucket and
    their replica lie, whichever front end is asked. Tokens come from the metadata server.
    """
    return tuple(
        sorted(
            {
                f"{cell.region.name}-pubsub.{DOMAIN}",
                f"secretmanager.{DOMAIN}",
                f"storage.{DOMAIN}",
                *vertex_hosts(cell),
            }
        )
    )
