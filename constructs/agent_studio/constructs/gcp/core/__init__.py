"""The core on Google Cloud: deployed once, it governs the agents that run in the cells."""

from agent_studio.constructs.gcp.core.database import CoreDatabase
from agent_studio.constructs.gcp.core.entrance import CoreEntrance
from agent_studio.constructs.gcp.core.events import CoreEvents
from agent_studio.constructs.gcp.core.identity import CoreIdentity, FederatedAccounts
from agent_studio.constructs.gcp.core.keys import CoreKeys
from agent_studio.constructs.gcp.core.network import CoreNetwork
from agent_studio.constructs.gcp.core.registry import SourceRegistry
from agent_studio.constructs.gcp.core.service import CoreService
from agent_studio.constructs.gcp.core.signing import SigningKey

__all__ = [
    "CoreDatabase",
    "CoreEntrance",
    "CoreEvents",
    "CoreIdentity",
    "CoreKeys",
    "CoreNetwork",
    "CoreService",
    "FederatedAccounts",
    "SigningKey",
    "SourceRegistry",
]
