"""The keys of a cell: one for each class of data, and one for operations."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from agent_studio.constructs.aws.keys.policy import data_key_policy, operations_key_policy
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

OPERATIONS = "operations"
"""The purpose of the key that encrypts logs, queues, the mailbox, the registry and the firewall."""

DELETION_WINDOW_DAYS = 30
"""The longest waiting period that KMS ScheduleKeyDeletion takes, in days."""


class CellKeys(Construct):
    """A customer-managed key for each class of data in the cell, and one for operations.

    Guarantee: every key is single-region, rotates each year, cannot be destroyed by a plan and
    waits 30 days when its deletion is asked for. The key of a data class works through S3 alone,
    for the cell's own account, and only on that class's own bucket (KMS checks the encryption
    context). The operations key works only through the AWS services that the cell runs on, on
    behalf of the cell's own account. No key can be used by a direct call to KMS, and the account's
    administrators can manage keys but not decrypt with them.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_)
        self._place = cell.scope
        self._arns: dict[str, str] = {}
        for data_class in cell.data_classes:
            self._add(
                f"class-{data_class.name}",
                purpose=data_class.name,
                policy=data_key_policy(cell, data_class),
                description=f"Data of class {data_class.name} in {cell.id}",
                data_class=data_class.name,
            )
        self._add(
            OPERATIONS,
            purpose=OPERATIONS,
            policy=operations_key_policy(cell),
            description=f"Logs, queues, mailbox, registry and firewall of {cell.id}",
        )

    def key_id(self, purpose: str) -> str:
        """Give the ARN of a key.

        Args:
            purpose: the name of a data class of the cell, or `operations`.

        Raises:
            KeyError: the cell has no such key.
        """
        if purpose not in self._arns:
            message = f"the cell has no key {purpose!r}; it has {', '.join(sorted(self._arns))}"
            raise KeyError(message)
        return self._arns[purpose]

    def _add(
        self,
        id_: str,
        *,
        purpose: str,
        policy: str,
        description: str,
        data_class: str | None = None,
    ) -> None:
        if purpose in self._arns:
            raise StudioError(
                "a data class bears the name of the cell's own key",
                found=purpose,
                fix=f"give the data class {purpose} another name",
                exit_code=ExitCode.INVALID,
            )
        alias = names.key_alias(self._place, purpose)
        key = KmsKey(
            self,
            id_,
            description=description,
            policy=policy,
            enable_key_rotation=True,
            multi_region=False,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            tags=tags(alias.removeprefix("alias/"), data_class),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        KmsAlias(self, f"{id_}-alias", name=alias, target_key_id=key.key_id)
        self._arns[purpose] = key.arn
