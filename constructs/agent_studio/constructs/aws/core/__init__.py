"""The core: deployed once, it governs the agents that run in the cells."""

from agent_studio.constructs.aws.core.database import CoreDatabase
from agent_studio.constructs.aws.core.entrance import CoreEntrance
from agent_studio.constructs.aws.core.events import CoreEvents
from agent_studio.constructs.aws.core.federation import FederatedRoles
from agent_studio.constructs.aws.core.registry import SourceRegistry
from agent_studio.constructs.aws.core.service import CoreService
from agent_studio.constructs.aws.core.signing import SigningKey
from agent_studio.constructs.aws.core.view import core_runtime, core_view, visited_cells

__all__ = [
    "CoreDatabase",
    "CoreEntrance",
    "CoreEvents",
    "CoreService",
    "FederatedRoles",
    "SigningKey",
    "SourceRegistry",
    "core_runtime",
    "core_view",
    "visited_cells",
]
