"""The registry from which releases copy images into the cells."""

import json
from collections.abc import Iterable

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import (
    EcrRepository,
    EcrRepositoryEncryptionConfiguration,
    EcrRepositoryImageScanningConfiguration,
)
from cdktf_cdktf_provider_aws.ecr_repository_policy import EcrRepositoryPolicy
from constructs import Construct

from agent_studio.constructs.aws.policy_document import document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

_UNTAGGED_DAYS = 14


class SourceRegistry(Construct):
    """A repository for each image that releases hand out.

    Guarantee: a tag, once pushed, names one image for good; images are scanned at every push and
    encrypted with the given key; nobody can delete a tagged image, and no plan a repository.

    Cells do not pull from it: the core's `release` role copies an image, by digest, into each
    cell's own registry.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        key_arn: the key that encrypts images.
        images: the images' names.
    """

    def __init__(
        self, scope: Construct, id_: str, *, place: Scope, key_arn: str, images: Iterable[str]
    ) -> None:
        super().__init__(scope, id_)
        self._urls: dict[str, str] = {}
        self.repository_ids: list[str] = []
        """Computed ARNs of the repositories."""
        for image in sorted(set(images)):
            name = names.repository(place, image)
            repository = EcrRepository(
                self,
                image,
                name=name,
                force_delete=False,
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration=EcrRepositoryImageScanningConfiguration(
                    scan_on_push=True
                ),
                encryption_configuration=[
                    EcrRepositoryEncryptionConfiguration(encryption_type="KMS", kms_key=key_arn)
                ],
                tags=tags(name),
                lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            )
            EcrLifecyclePolicy(
                self, f"{image}-lifecycle", repository=repository.name, policy=_expire_untagged()
            )
            EcrRepositoryPolicy(
                self, f"{image}-policy", repository=repository.name, policy=_no_deletion()
            )
            self._urls[image] = repository.repository_url
            self.repository_ids.append(
                f"arn:{place.partition}:ecr:{place.region}:{place.account_id}:repository/{name}"
            )

    def repository_url(self, image: str) -> str:
        """Give the address of one image's repository, a token."""
        return self._urls[image]


def _expire_untagged() -> str:
    rule = {
        "rulePriority": 1,
        "description": "Images whose push never ended",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": _UNTAGGED_DAYS,
        },
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]}, sort_keys=True, separators=(",", ":"))


def _no_deletion() -> str:
    # A release that is running somewhere must stay pullable; the lifecycle alone removes images.
    return document(
        statement(
            "ImagesStay",
            effect="Deny",
            actions=["ecr:BatchDeleteImage", "ecr:DeleteRepository"],
            resources=None,
            principals="*",
        )
    )
