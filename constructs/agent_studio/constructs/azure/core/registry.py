"""The registry from which releases copy images into the cells."""

from cdktf_cdktf_provider_azurerm.private_endpoint import PrivateEndpoint
from cdktf_cdktf_provider_azurerm.role_assignment import RoleAssignment
from constructs import Construct

from agent_studio.constructs.azure.access import IMAGE_PULLER, grant
from agent_studio.constructs.azure.core.identity import Identity
from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.registry import add_registry, server_of
from agent_studio.estate import Cell


class SourceRegistry(Construct):
    """The container registry of every image that releases hand out.

    Guarantee: images lie in the core's region, encrypted with the operations key, and none is
    exported. The registry answers in the core's network alone, to identities of Entra alone: the
    core's `release` identity and the core service read, and nobody else has a role on it. No plan
    destroys it. Who builds images is granted pushing on the registry, by hand.

    Cells do not pull from it: the core copies an image, by digest, into each cell's own registry.
    Tags can be moved, since Azure knows no registry whose tags all stay; a release names a digest.

    Args:
        scope: the core's stack.
        id_: the construct's id.
        cell: the core's view.
        keys: the core's keys.
        service: the identity that the core's own image is pulled as.
        release: the identity that copies images.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        service: Identity,
        release: Identity,
    ) -> None:
        super().__init__(scope, id_)
        registry, endpoint = add_registry(self, cell=cell, keys=keys)
        self.server: str = server_of(registry)
        """The registry's host name."""
        self.endpoint: PrivateEndpoint = endpoint
        """What the service depends on: without it, no image can be pulled."""
        self.pulls: RoleAssignment = grant(
            self,
            "service-pulls",
            role=IMAGE_PULLER,
            on=registry.id,
            principal_id=service.principal_id,
        )
        """What the service depends on: the leave to pull."""
        grant(
            self,
            "release-pulls",
            role=IMAGE_PULLER,
            on=registry.id,
            principal_id=release.principal_id,
        )

    def repository_url(self, image: str) -> str:
        """Give the address of one image, to which a tag or digest is added."""
        return f"{self.server}/{image}"
