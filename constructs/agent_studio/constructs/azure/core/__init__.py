"""The core on Azure: deployed once, it governs the agents that run in the cells."""

from agent_studio.constructs.azure.core.database import CoreDatabase
from agent_studio.constructs.azure.core.entrance import CoreEntrance
from agent_studio.constructs.azure.core.events import CoreEvents
from agent_studio.constructs.azure.core.identity import CoreIdentities
from agent_studio.constructs.azure.core.keys import CoreKeys
from agent_studio.constructs.azure.core.network import CoreNetwork
from agent_studio.constructs.azure.core.registry import SourceRegistry
from agent_studio.constructs.azure.core.service import CoreService
from agent_studio.constructs.azure.core.signing import SigningKey

__all__ = [
    "CoreDatabase",
    "CoreEntrance",
    "CoreEvents",
    "CoreIdentities",
    "CoreKeys",
    "CoreNetwork",
    "CoreService",
    "SigningKey",
    "SourceRegistry",
]
