"""`CellVault`: what a cell has in the cluster of its jurisdiction."""

from collections.abc import Mapping

from cdktf_cdktf_provider_vault.mount import Mount
from constructs import Construct

from agent_studio.constructs.vault.login import WorkloadLogin
from agent_studio.constructs.vault.place import VaultPlace, kept
from agent_studio.estate import Cell
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import ENVELOPE, SIGNATURE, cell_paths, issuer, pseudonym_paths


class CellVault(Construct):
    """A cell's secrets, keys and logins, in the cluster of its jurisdiction.

    Guarantee: the cell's place is its own; its runtimes reach their own secrets, sign with the
    cell's key, and use the keys of their own data classes. At the place that its jurisdiction's
    cells share they make pseudonyms and nothing else. Where nobody declares who signs the tokens of
    an AWS account, nobody logs in.

    Args:
        scope: the stack.
        id_: the construct's id.
        cell: the cell.
        subjects: name of each runtime -> whom its tokens name.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, subjects: Mapping[str, str]
    ) -> None:
        super().__init__(scope, id_)
        own = names.cell(cell.scope, cell.vault_isolation)
        keys = {names.class_key(each.name): ENVELOPE for each in cell.data_classes}
        place = VaultPlace(
            self, "own", place=own, keys={**keys, names.SIGNING_KEY: SIGNATURE}, about=cell.id
        )
        Mount(
            self,
            "secrets",
            namespace=own.namespace or None,
            path=names.kv_mount(own),
            type="kv",
            options={"version": "2"},
            description=f"Secrets of {cell.id}.",
            depends_on=place.needs,
            lifecycle=kept(),
        )
        signer = issuer(cell.account)
        if signer is None:
            return
        WorkloadLogin(
            self,
            "login",
            cell=cell,
            place=own,
            needs=place.needs,
            issuer=signer,
            subjects=subjects,
            paths=cell_paths,
        )
        WorkloadLogin(
            self,
            "pseudonyms",
            cell=cell,
            # The core's stack makes it.
            place=names.shared(cell.studio, cell.jurisdiction, cell.vault_isolation),
            issuer=signer,
            subjects=subjects,
            paths=pseudonym_paths,
        )
