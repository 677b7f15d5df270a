"""`VaultTwin`: a twin that holds one store for each cluster that a stack names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_studio.rehearsal.twins.clouds import CloudTable
from agent_studio.rehearsal.twins.protocol.values import decoded
from agent_studio.rehearsal.twins.provider import Twin
from agent_studio.rehearsal.twins.store import Store
from agent_studio.rehearsal.twins.vault.login import login_of
from agent_studio.rehearsal.twins.vault.played import read_played
from agent_studio.rehearsal.twins.vault.store import VaultStore


class VaultTwin(Twin):
    """A stand-in for Vault's provider.

    Args:
        schemas: its schemas.
        known: what is known of its resources.
        folder: where it keeps what it holds, a folder for each cluster.
    """

    def __init__(self, schemas: Mapping[str, Any], known: CloudTable, folder: Path) -> None:
        super().__init__("vault", schemas, known, Store(folder / "none"))
        self._folder = folder

    def _configure(self, request: Any) -> Any:
        config = decoded(request.config) or {}
        address = str(config.get("address") or "")
        name = "".join(letter if letter.isalnum() else "-" for letter in address)
        played = read_played(self._folder)
        self._store = VaultStore(self._folder / name, played, address, login_of(config))
        return super()._configure(request)

    def _key(self, values: Mapping[str, Any]) -> str:
        """Ids hold no namespace, so what tells resources apart is both."""
        return f"{values.get('namespace') or ''}:{super()._key(values)}"
