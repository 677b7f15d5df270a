"""The registry from which releases copy images into the cells."""

from collections.abc import Iterable

from cdktf_cdktf_provider_google.artifact_registry_repository import ArtifactRegistryRepository
from cdktf_cdktf_provider_google.artifact_registry_repository_iam_policy import (
    ArtifactRegistryRepositoryIamPolicy,
)
from constructs import Construct

from agent_studio.constructs.core_view import SERVICE
from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.access import Access
from agent_studio.constructs.gcp.registry import add_repository, image_address
from agent_studio.estate import Scope

READ = "roles/artifactregistry.reader"


class SourceRegistry(Construct):
    """A repository for each image that releases hand out.

    Guarantee: a tag, once pushed, names one image for good; images are encrypted with the given
    key; those that have a tag are never removed, and no plan removes a repository. The
    repositories' own policies let the core's `release` account read, Cloud Run pull the core's own
    image, and nobody else do anything: whoever builds images gets leave on the project.

    Cells do not pull from it: the core copies an image, by digest, into each cell's own registry.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        key_id: the key that encrypts images.
        images: the images' names.
        reader: the account that copies images, as a member of IAM policies.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        key_id: str,
        images: Iterable[str],
        reader: str,
    ) -> None:
        super().__init__(scope, id_)
        self._place = place
        self._repositories: dict[str, ArtifactRegistryRepository] = {}
        # Cloud Run pulls as its own agent, never as the service's account (Cloud Run, "Deploying
        # container images").
        puller = service_agents.agent(self, place, "cloud-run")
        for image in sorted(set(images)):
            repository = add_repository(self, image, place=place, key_id=key_id, ends=False)
            access = Access()
            access.grant(READ, [reader, *([puller] if image == SERVICE else [])])
            ArtifactRegistryRepositoryIamPolicy(
                self,
                f"{image}-access",
                repository=repository.name,
                location=place.region,
                policy_data=access.document(),
            )
            self._repositories[image] = repository

    def repository_url(self, image: str) -> str:
        """Give the address of one image, to which a tag or digest is added."""
        return image_address(self._place, self._repositories[image], image)
