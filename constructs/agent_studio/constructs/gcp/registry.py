"""`ImageRegistry`: the cell's own images."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.artifact_registry_repository import (
    ArtifactRegistryRepository,
    ArtifactRegistryRepositoryCleanupPolicies,
    ArtifactRegistryRepositoryCleanupPoliciesCondition,
    ArtifactRegistryRepositoryCleanupPoliciesMostRecentVersions,
    ArtifactRegistryRepositoryDockerConfig,
    ArtifactRegistryRepositoryVulnerabilityScanningConfig,
)
from cdktf_cdktf_provider_google.artifact_registry_repository_iam_policy import (
    ArtifactRegistryRepositoryIamPolicy,
)
from constructs import Construct

from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.access import Access
from agent_studio.constructs.gcp.federation import RELEASE, CoreFederation
from agent_studio.constructs.gcp.keys import OPERATIONS, CellKeys
from agent_studio.constructs.gcp.labels import labels
from agent_studio.estate import Cell, Scope
from agent_studio.estate.errors import StudioError
from agent_studio.estate.names import gcp as names

__all__ = ["COLLECTOR", "ImageRegistry"]

COLLECTOR = "otel-collector"
"""The image and container of the OpenTelemetry collector; no runtime may bear this name."""

UNTAGGED_SECONDS = 14 * 24 * 3600
"""How long an image without a tag is kept: what an interrupted push left behind."""

OLD_SECONDS = 90 * 24 * 3600
"""How long an image is kept that is none of the newest."""

KEPT_IMAGES = 100
"""Images kept in a repository however old: more releases than anyone goes back."""


class ImageRegistry(Construct):
    """A repository for each runtime of the cell, and one for the OpenTelemetry collector.

    Guarantee: a cell runs on images that lie in its own region. A tag, once pushed, names one
    image for ever; layers are encrypted with the cell's operations key. The repositories' own
    policies let Cloud Run pull, the core's release identity push, and nobody else do anything. No
    plan destroys a repository.

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
        self._place = cell.scope
        self._repositories: dict[str, ArtifactRegistryRepository] = {}
        wanted = [each.name for each in cell.runtimes]
        if COLLECTOR in wanted:
            raise StudioError(
                "a runtime bears the name of the collector's repository",
                found=COLLECTOR,
                allowed=f"any name but {COLLECTOR}",
                fix="rename the runtime",
            )
        pusher = CoreFederation.of(self, cell=cell, core=core).member(RELEASE)
        # Cloud Run pulls as its own agent, never as the runtime's account (Cloud Run, "Deploying
        # container images").
        puller = service_agents.agent(self, self._place, "cloud-run")
        for name in (*wanted, COLLECTOR):
            repository = add_repository(
                self, name, place=self._place, key_id=keys.key_id(OPERATIONS)
            )
            access = Access()
            access.grant("roles/artifactregistry.reader", [puller])
            access.grant("roles/artifactregistry.writer", [pusher])
            ArtifactRegistryRepositoryIamPolicy(
                self,
                f"{name}-access",
                repository=repository.name,
                location=self._place.region,
                policy_data=access.document(),
            )
            self._repositories[name] = repository

    def repository_url(self, name: str) -> str:
        """Give the address of a repository's image, to which a tag or digest is added.

        Args:
            name: the name of a runtime of the cell, or `otel-collector`.

        Raises:
            KeyError: the cell has no such repository.
        """
        return image_address(self._place, self._repositories[name], name)

    @property
    def repository_ids(self) -> list[str]:
        """Resource names of the repositories: the runtimes' in the cell's order, then the other."""
        return [each.id for each in self._repositories.values()]


def add_repository(
    scope: Construct, name: str, *, place: Scope, key_id: str, ends: bool = True
) -> ArtifactRegistryRepository:
    """Add the repository of one image, which no plan destroys.

    Args:
        scope: the block that owns it.
        name: the image's name; the repository's id within the block.
        place: the stack's place.
        key_id: the key that encrypts it.
        ends: whether images that have a tag end once they are old; others end in any case.
    """
    return ArtifactRegistryRepository(
        scope,
        name,
        repository_id=names.repository(place, name),
        location=place.region,
        format="DOCKER",
        mode="STANDARD_REPOSITORY",
        kms_key_name=key_id,
        docker_config=ArtifactRegistryRepositoryDockerConfig(immutable_tags=True),
        vulnerability_scanning_config=ArtifactRegistryRepositoryVulnerabilityScanningConfig(
            enablement_config="INHERITED"
        ),
        cleanup_policy_dry_run=False,
        cleanup_policies=_cleanup() if ends else _cleanup()[-1:],
        labels=labels(f"images-{name}"),
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )


def image_address(place: Scope, repository: ArtifactRegistryRepository, name: str) -> str:
    """Give the address of a repository's image, to which a tag or digest is added."""
    return f"{place.region}-docker.pkg.dev/{place.account_id}/{repository.repository_id}/{name}"


def _cleanup() -> list[ArtifactRegistryRepositoryCleanupPolicies]:
    """Give the rules of removal; one that keeps wins over those that delete.

    Source: Artifact Registry, "Configure cleanup policies".
    """
    return [
        ArtifactRegistryRepositoryCleanupPolicies(
            id="newest",
            action="KEEP",
            most_recent_versions=ArtifactRegistryRepositoryCleanupPoliciesMostRecentVersions(
                keep_count=KEPT_IMAGES
            ),
        ),
        ArtifactRegistryRepositoryCleanupPolicies(
            id="old",
            action="DELETE",
            condition=ArtifactRegistryRepositoryCleanupPoliciesCondition(
                tag_state="TAGGED", older_than=f"{OLD_SECONDS}s"
            ),
        ),
        ArtifactRegistryRepositoryCleanupPolicies(
            id="untagged",
            action="DELETE",
            condition=ArtifactRegistryRepositoryCleanupPoliciesCondition(
                tag_state="UNTAGGED", older_than=f"{UNTAGGED_SECONDS}s"
            ),
        ),
    ]
