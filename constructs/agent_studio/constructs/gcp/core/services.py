"""Which services of Google Cloud the core reaches, by name."""

from agent_studio.constructs.gcp.network.services import DOMAIN
from agent_studio.estate import Estate
from agent_studio.estate.catalogue import regions

IMAGES = "pkg.dev"
"""Below it are the registries (Artifact Registry, "Repository and image names")."""

_SERVICES = ("cloudkms", "iamcredentials", "secretmanager", "storage")


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
