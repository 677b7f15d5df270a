"""`ImageRegistry`: the cell's own images."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.container_registry import (
    ContainerRegistry,
    ContainerRegistryEncryption,
    ContainerRegistryIdentity,
)
from cdktf_cdktf_provider_azurerm.private_endpoint import PrivateEndpoint
from cdktf_cdktf_provider_azurerm.role_assignment import RoleAssignment
from constructs import Construct

from agent_studio.constructs.azure.access import IMAGE_PULLER, IMAGE_PUSHER, grant
from agent_studio.constructs.azure.federation import RELEASE, CoreFederation
from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import OPERATIONS, CellKeys
from agent_studio.constructs.azure.network import CellNetwork
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.azure.workspace import log_everything
from agent_studio.constructs.azure.zones import zones
from agent_studio.estate import Cell, Scope
from agent_studio.estate.errors import StudioError
from agent_studio.estate.names import azure as names

__all__ = ["COLLECTOR", "ImageRegistry"]

COLLECTOR = "otel-collector"
"""The image and container of the OpenTelemetry collector; no runtime may bear this name."""

UNTAGGED_DAYS = 14
"""Days that an image without a tag is kept: what an interrupted push left behind."""


class ImageRegistry(Construct):
    """The container registry of a cell, with a repository for each runtime and the collector.

    Guarantee: a cell runs on images that lie in its own region; none is copied to another or
    exported. Layers are encrypted with the cell's operations key. The registry answers in the
    cell's network alone, to identities of Entra alone: the runtimes' pull, the core's release
    identity pushes, and nobody else has a role on it. Whoever pulls may pull any image of the
    registry. No plan destroys it. Tags can be moved: releases name images by digest.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys.
        core: the core's place.

    Raises:
        StudioError: a runtime bears the collector's name.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys, core: Scope
    ) -> None:
        super().__init__(scope, id_)
        self._names = [*(each.name for each in cell.runtimes), COLLECTOR]
        if self._names.count(COLLECTOR) > 1:
            raise StudioError(
                "a runtime bears the name of the collector's repository",
                found=COLLECTOR,
                allowed=f"any name but {COLLECTOR}",
                fix="rename the runtime",
            )
        registry, endpoint = add_registry(self, cell=cell, keys=keys)
        self.endpoint: PrivateEndpoint = endpoint
        """What a runtime depends on: without it, no image can be pulled."""
        self._registry = registry
        self.server: str = server_of(registry)
        """The registry's host name."""
        grant(
            self,
            "releases",
            role=IMAGE_PUSHER,
            on=registry.id,
            principal_id=CoreFederation.of(self, cell=cell, core=core).principal_id(RELEASE),
        )

    def repository_url(self, name: str) -> str:
        """Give the address of a repository's image, to which a tag or digest is added.

        Args:
            name: the name of a runtime of the cell, or `otel-collector`.

        Raises:
            KeyError: the cell has no such repository.
        """
        if name not in self._names:
            raise KeyError(name)
        return f"{self.server}/{name}"

    @property
    def repository_ids(self) -> list[str]:
        """The repositories' addresses: the runtimes' in the cell's order, then the collector's."""
        return [self.repository_url(name) for name in self._names]

    def admit(self, scope: Construct, principal_id: str) -> RoleAssignment:
        """Let a runtime's identity pull; the grant is `scope`'s."""
        return grant(
            scope,
            "pulls",
            role=IMAGE_PULLER,
            on=self._registry.id,
            principal_id=principal_id,
        )


def add_registry(
    scope: Construct, *, cell: Cell, keys: CellKeys
) -> tuple[ContainerRegistry, PrivateEndpoint]:
    """Add a registry that answers in the stack's own network alone, and logs everything.

    Args:
        scope: the block that owns it.
        cell: the cell, or the core's view.
        keys: its keys.

    Returns:
        The registry, and the endpoint through which it is reached.
    """
    key = keys.key(OPERATIONS)
    registry = ContainerRegistry(
        scope,
        "registry",
        name=names.registry(cell.scope),
        location=cell.region.name,
        resource_group_name=CellGroup.of(scope, cell=cell).name,
        # Private endpoints and keys of one's own are Premium's alone.
        sku="Premium",
        admin_enabled=False,
        anonymous_pull_enabled=False,
        public_network_access_enabled=False,
        export_policy_enabled=False,
        network_rule_bypass_option="None",
        zone_redundancy_enabled=zones(cell.region.name) is not None,
        retention_policy_in_days=UNTAGGED_DAYS,
        identity=ContainerRegistryIdentity(type="UserAssigned", identity_ids=[key.identity_id]),
        encryption=[
            ContainerRegistryEncryption(key_vault_key_id=key.id, identity_client_id=key.client_id)
        ],
        tags=tags(cell, "images"),
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        depends_on=[key.grant],
    )
    endpoint = CellNetwork.of(scope).connect(
        scope, "endpoint", "registry", registry.id, purpose="images"
    )
    log_everything(scope, "logging", cell=cell, keys=keys, target=registry.id)
    return registry, endpoint


def server_of(registry: ContainerRegistry) -> str:
    """Give a registry's host name."""
    return f"{registry.name}.azurecr.io"
