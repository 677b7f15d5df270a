"""The keys of a cell: one for each class of data, and one for operations."""

from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys.vault import Key, add_key, add_vault
from agent_studio.constructs.azure.tags import tags
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell

OPERATIONS = "operations"
"""The purpose of the key that encrypts logs, queues, the mailbox and the registry."""


class CellKeys(Construct):
    """A customer-managed key for each class of data in the cell, and one for operations.

    Guarantee: every key lies in a hardware module of one vault in the cell's region, rotates each
    year and cannot be destroyed by a plan; the vault keeps deleted keys for 90 days and lets nobody
    purge them. The vault answers in the cell's network and to the addresses that the estate's CI
    comes from, where it names any, and to roles alone (no access policies). Each key has an
    identity of its own, which the services that it encrypts for take on; that identity may wrap
    and unwrap with this key and with no other. The cluster of the cell's logs can take on none, so
    the operations key admits the cluster's own identity too.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.

    Raises:
        StudioError: the cell's account has no tenant, or a data class bears the name of the cell's
            own key.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_)
        self._cell = cell
        self._group = CellGroup.of(self, cell=cell).name
        self._keys: dict[str, Key] = {}
        vault = add_vault(
            self,
            place=cell.scope,
            account=cell.account,
            group=self._group,
            addresses=cell.ci_addresses,
            tags=tags(cell, "keys"),
        )
        self.vault_id: str = vault.id
        """The vault's resource id."""
        for data_class in cell.data_classes:
            self._add(f"class-{data_class.name}", data_class.name, data_class.name)
        self._add(OPERATIONS, OPERATIONS, None)

    def key_id(self, purpose: str) -> str:
        """Give the address of a key without a version, so that services follow its rotation.

        Args:
            purpose: the name of a data class of the cell, or `operations`.

        Raises:
            KeyError: the cell has no such key.
        """
        return self.key(purpose).id

    def key(self, purpose: str) -> Key:
        """Give a key with what services use it with.

        Args:
            purpose: as for `key_id`.

        Raises:
            KeyError: the cell has no such key.
        """
        if purpose not in self._keys:
            message = f"the cell has no key {purpose!r}; it has {', '.join(sorted(self._keys))}"
            raise KeyError(message)
        return self._keys[purpose]

    def _add(self, id_: str, purpose: str, data_class: str | None) -> None:
        if purpose in self._keys:
            raise StudioError(
                "a data class bears the name of the cell's own key",
                found=purpose,
                fix=f"give the data class {purpose} another name",
                exit_code=ExitCode.INVALID,
            )
        self._keys[purpose] = add_key(
            self,
            id_,
            place=self._cell.scope,
            group=self._group,
            vault_id=self.vault_id,
            purpose=purpose,
            tags=tags(self._cell, f"key-{purpose}", data_class),
        )
