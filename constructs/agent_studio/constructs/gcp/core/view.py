"""The core as the blocks of a cell on Google Cloud see it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from agent_studio.constructs.gcp.network.services import DOMAIN
from agent_studio.estate import Cell, Estate, Runtime
from agent_studio.estate.catalogue import regions

SERVICE = "core"
"""The name of the core's one runtime, of its image and of the identity that it runs as."""

IMAGES = "pkg.dev"
"""Below it are the registries (Artifact Registry, "Repository and image names")."""

_CPU = 1.0
_MEMORY_MIB = 2048
_MAX_INSTANCES = 4
_SERVICES = ("cloudkms", "iamcredentials", "secretmanager", "storage")


@dataclass(frozen=True, kw_only=True)
class _CoreView(Cell):
    """A cell by its blocks alone: its names are the core's, and it stands in no list of cells."""

    @property
    def id(self) -> str:
        return "core"

    @property
    def stack(self) -> str:
        return "core"


def core_runtime(estate: Estate) -> Runtime:
    """Give the profile of the core service.

    Outside of Google Cloud it may connect to the Vault clusters, and to nothing else.
    """
    vaults = {urlsplit(address).hostname or "" for address in estate.spec.vault.clusters.values()}
    return Runtime(
        name=SERVICE,
        cpu=_CPU,
        memory=_MEMORY_MIB,
        max_instances=_MAX_INSTANCES,
        data_classes=(),
        egress=tuple(sorted(vaults - {""})),
        models=(),
        budget=None,
    )


def core_view(estate: Estate) -> Cell:
    """Give the core in the shape that `CellKeys`, `LogPipeline` and the other blocks take.

    It holds no data class: what the core stores is its own (database, audit), never a cell's.
    """
    return _CoreView(
        studio=estate.studio,
        account=estate.core_account,
        region=estate.core_region,
        network=estate.spec.core.network,
        runtimes=(core_runtime(estate),),
    )


def service_hosts(estate: Estate) -> tuple[str, ...]:
    """Name the Google services by which the core comes to mailboxes, and those that it uses itself.

    Pub/Sub is reached in a region by name. The regions are all those of the jurisdictions that have
    a Vault cluster, so that a region added within them does not change the core. What may be
    reached there is what the cells' own policies say.
    """
    pubsub = {f"{region}-pubsub.{DOMAIN}" for region in _visited(estate)}
    return tuple(sorted(pubsub | {f"{each}.{DOMAIN}" for each in _SERVICES}))


def registry_hosts(estate: Estate) -> tuple[str, ...]:
    """Name the registries between which the core copies images: one in each of those regions."""
    return tuple(sorted(f"{region}-docker.{IMAGES}" for region in _visited(estate)))


def _visited(estate: Estate) -> set[str]:
    cloud = estate.core_account.cloud.value
    return {estate.core_region.name} | {
        region.name
        for region in regions(cloud).values()
        if region.jurisdiction in estate.spec.vault.clusters
    }
