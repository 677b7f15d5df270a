"""`ImageRegistry`: the cell's own images."""

import json

from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import (
    EcrRepository,
    EcrRepositoryEncryptionConfiguration,
    EcrRepositoryImageScanningConfiguration,
)
from cdktf_cdktf_provider_aws.ecr_repository_policy import EcrRepositoryPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from agent_studio.constructs.aws.federation import RELEASE, core_comes_in, on_aws, release_arn
from agent_studio.constructs.aws.identity.grants import COLLECTOR
from agent_studio.constructs.aws.keys import OPERATIONS, CellKeys
from agent_studio.constructs.aws.policy_document import document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Cell, Scope
from agent_studio.estate.errors import StudioError
from agent_studio.estate.names import aws as names

__all__ = ["COLLECTOR", "ImageRegistry"]

UNTAGGED_DAYS = 14
"""Days that an image without a tag is kept: what an interrupted push left behind."""

KEPT_IMAGES = 100
"""Images kept in a repository: more releases than anyone goes back."""

_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_PUSH = (
    *_PULL,
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)


class ImageRegistry(Construct):
    """A repository for each runtime of the cell, and one for the OpenTelemetry collector.

    Guarantee: a cell runs on images that lie in its own region. A tag, once pushed, names one
    image for ever; every image is scanned when it is pushed; layers are encrypted with the cell's
    operations key. Only the execution role of a runtime pulls that runtime's images (the
    collector's: every runtime's role), and only the core's release role
    (`names.aws.role_arn(core, "release")`) pushes; a core that lies on no AWS account takes on a
    role of the cell's for it, which nobody else can. Everyone else is refused, whatever their own
    policies grant.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys.
        core: the core's place.

    Raises:
        StudioError: a runtime bears the collector's name, or the cell cannot know the core's
            identity.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys, core: Scope
    ) -> None:
        super().__init__(scope, id_)
        self._repositories: dict[str, EcrRepository] = {}
        readers = {
            each.name: [names.role_arn(cell.scope, f"{each.name}-execution")]
            for each in cell.runtimes
        }
        if COLLECTOR in readers:
            raise StudioError(
                "a runtime bears the name of the collector's repository",
                found=COLLECTOR,
                allowed=f"any name but {COLLECTOR}",
                fix="rename the runtime",
            )
        readers[COLLECTOR] = [arn for arns in readers.values() for arn in arns]
        if not on_aws(core):
            _pusher(self, cell=cell, core=core, names_of_images=list(readers))
        for name, arns in readers.items():
            self._repositories[name] = _repository(
                self, name, cell=cell, key_arn=keys.key_id(OPERATIONS), readers=arns, core=core
            )

    def repository_url(self, name: str) -> str:
        """Give the address of a repository, to which a tag or digest is added.

        Args:
            name: the name of a runtime of the cell, or `otel-collector`.

        Raises:
            KeyError: the cell has no such repository.
        """
        return self._repositories[name].repository_url

    @property
    def repository_ids(self) -> list[str]:
        """ARNs of the repositories: the runtimes' in the cell's order, then the collector's."""
        return [each.arn for each in self._repositories.values()]


def _repository(
    scope: Construct, name: str, *, cell: Cell, key_arn: str, readers: list[str], core: Scope
) -> EcrRepository:
    full_name = names.repository(cell.scope, name)
    repository = EcrRepository(
        scope,
        name,
        name=full_name,
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
        encryption_configuration=[
            EcrRepositoryEncryptionConfiguration(encryption_type="KMS", kms_key=key_arn)
        ],
        force_delete=False,
        tags=tags(full_name),
    )
    EcrLifecyclePolicy(scope, f"{name}-lifecycle", repository=repository.name, policy=_lifecycle())
    EcrRepositoryPolicy(
        scope,
        f"{name}-policy",
        repository=repository.name,
        policy=_access(cell, readers=readers, core=core),
    )
    return repository


def _pusher(scope: Construct, *, cell: Cell, core: Scope, names_of_images: list[str]) -> None:
    """Make the cell's own role as which the core pushes."""
    name = names.role(cell.scope, RELEASE)
    role = IamRole(
        scope,
        "pusher",
        name=name,
        description=f"The core copies images into {cell.id} through this role.",
        assume_role_policy=document(core_comes_in(cell, core, RELEASE)),
        tags=tags(name),
    )
    IamRolePolicy(
        scope,
        "pusher-policy",
        name="release",
        role=role.name,
        policy=document(
            statement("SignInToRegistry", actions="ecr:GetAuthorizationToken"),
            statement(
                "Push",
                actions=_PUSH,
                resources=[names.repository_arn(cell.scope, each) for each in names_of_images],
            ),
        ),
    )


def _access(cell: Cell, *, readers: list[str], core: Scope) -> str:
    """Admit the readers and the core's release role by name, and refuse everyone else.

    Principals are accounts narrowed to roles: a role named as the principal would have to exist
    first, and the roles of both sides are made elsewhere.
    """
    releases = release_arn(cell, core)
    pusher = core.account_id if on_aws(core) else cell.account.id
    partition = cell.scope.partition
    admitted = [*readers, releases]
    statements = [
        statement(
            "Push",
            actions=_PUSH,
            resources=None,
            principals={"AWS": f"arn:{partition}:iam::{pusher}:root"},
            condition={"ArnEquals": {"aws:PrincipalArn": releases}},
        ),
        statement(
            "DenyPullingToOthers",
            effect="Deny",
            actions=_PULL,
            resources=None,
            principals="*",
            condition={"ArnNotEquals": {"aws:PrincipalArn": admitted}},
        ),
        statement(
            "DenyPushingToOthers",
            effect="Deny",
            actions=["ecr:CompleteLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"],
            resources=None,
            principals="*",
            condition={"ArnNotEquals": {"aws:PrincipalArn": releases}},
        ),
    ]
    if readers:
        pull = statement(
            "Pull",
            actions=_PULL,
            resources=None,
            principals={"AWS": f"arn:{partition}:iam::{cell.account.id}:root"},
            condition={"ArnEquals": {"aws:PrincipalArn": readers}},
        )
        statements.insert(0, pull)
    return document(*statements)


def _lifecycle() -> str:
    """Write the repository's lifecycle policy (ECR User Guide, "Lifecycle policy properties")."""
    rules = [
        {
            "rulePriority": 1,
            "description": "Images without a tag",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": "All but the newest images",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": KEPT_IMAGES,
            },
            "action": {"type": "expire"},
        },
    ]
    return json.dumps({"rules": rules}, sort_keys=True, separators=(",", ":"))
