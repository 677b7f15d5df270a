"""`WorkloadIdentity`: who a runtime is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from agent_studio.constructs.aws.identity.boundary import boundary_document
from agent_studio.constructs.aws.identity.grants import execution_document, task_document
from agent_studio.constructs.aws.policy_document import service_trust
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Cell, Runtime
from agent_studio.estate.errors import StudioError
from agent_studio.estate.names import aws as names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_studio.constructs.aws.keys import CellKeys
    from agent_studio.constructs.aws.logs import LogPipeline
    from agent_studio.constructs.aws.mailbox import ControlMailbox
    from agent_studio.constructs.aws.store import ResidentStore

INLINE_LIMIT = 10_240
"""Characters of all inline policies of one role, white space aside (IAM quotas)."""


class WorkloadIdentity(Construct):
    """A runtime's own two roles: one for its agents, one for ECS to start them.

    Guarantee: an agent reaches the stores of the data classes that its runtime declares, with
    those classes' keys, its own work queue, the mailbox, and the models that it declares: nothing
    else. A permissions boundary holds even where someone grants the role more: no change to
    identities, no other role, no other region, no other account. ECS alone may take on either
    role, and only on behalf of this account and region.

    Args:
        scope: the stack.
        id_: the construct's id.
        cell: where the runtime lies.
        runtime: its profile.
        keys: the cell's keys.
        stores: the cell's stores; those of other data classes are passed over.
        logs: the cell's logs.
        mailbox: the cell's mailbox.

    Raises:
        StudioError: the runtime declares more models than one role's policy can hold.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        runtime: Runtime,
        keys: CellKeys,
        stores: Sequence[ResidentStore],
        logs: LogPipeline,
        mailbox: ControlMailbox,
    ) -> None:
        super().__init__(scope, id_)
        touched = {each.name for each in runtime.data_classes}
        self._stores = tuple(each for each in stores if each.data_class.name in touched)
        boundary_name = names.policy(cell.scope, f"{runtime.name}-boundary")
        boundary = IamPolicy(
            self,
            "boundary",
            name=boundary_name,
            description=f"What the agents of {runtime.name} can never exceed.",
            policy=boundary_document(cell, runtime),
            tags=tags(boundary_name),
        )
        task = task_document(
            cell=cell,
            runtime=runtime,
            keys=keys,
            stores=self._stores,
            logs=logs,
            mailbox=mailbox,
        )
        _check_size(runtime, task)
        self._task = _role(
            self, "task", cell=cell, runtime=runtime, policy=task, boundary=boundary.arn
        )
        self.vault_subject: str = names.role_arn(cell.scope, f"{runtime.name}-task")
        """Whom the agents' tokens name to Vault: the role's ARN, as the estate computes it.

        Not a reference, so that a plan shows it before the role stands.
        """
        self._execution = _role(
            self,
            "execution",
            cell=cell,
            runtime=runtime,
            policy=execution_document(cell=cell, runtime=runtime, keys=keys, logs=logs),
        )

    @property
    def identity_id(self) -> str:
        """ARN of the role that the agents have."""
        return self._task.arn

    @property
    def execution_role_arn(self) -> str:
        """ARN of the role with which ECS starts the runtime."""
        return self._execution.arn

    @property
    def store_buckets(self) -> dict[str, str]:
        """Bucket names of the stores that the agents reach, by data class."""
        return {each.data_class.name: each.store_name for each in self._stores}


def _role(
    scope: Construct,
    purpose: str,
    *,
    cell: Cell,
    runtime: Runtime,
    policy: str,
    boundary: str | None = None,
) -> IamRole:
    place = cell.scope
    name = names.role(place, f"{runtime.name}-{purpose}")
    role = IamRole(
        scope,
        purpose,
        name=name,
        description=f"{runtime.name} in {cell.id}: {purpose}.",
        # ECS sets no cluster in aws:SourceArn when it takes on a role (ECS Developer Guide, "Task
        # IAM role": name every cluster by a wildcard), so account and region are what can be held.
        assume_role_policy=service_trust(
            "ecs-tasks.amazonaws.com",
            source_account=place.account_id,
            source_arn=f"arn:{place.partition}:ecs:{place.region}:{place.account_id}:*",
        ),
        permissions_boundary=boundary,
        tags=tags(name),
    )
    IamRolePolicy(scope, f"{purpose}-policy", name=purpose, role=role.name, policy=policy)
    return role


def _check_size(runtime: Runtime, policy: str) -> None:
    if len(policy) > INLINE_LIMIT:
        raise StudioError(
            f"runtime {runtime.name} needs a longer policy than IAM takes",
            found=f"{len(policy)} characters for {len(runtime.models)} models and"
            f" {len(runtime.data_classes)} data classes",
            allowed=f"at most {INLINE_LIMIT} characters",
            fix="give models with their version, or split the runtime into two",
        )
