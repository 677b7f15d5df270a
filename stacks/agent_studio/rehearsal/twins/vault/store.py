"""What one cluster holds: files that say what was applied, and the server that really holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_studio.rehearsal.twins.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from agent_studio.rehearsal.twins.vault.login import Login
    from agent_studio.rehearsal.twins.vault.played import Played
    from agent_studio.rehearsal.twins.vault.server import PlayedServer


class VaultStore(Store):
    """What a cluster holds of one provider's resources.

    Args:
        folder: where the files lie.
        played: who plays whom.
        address: the cluster's declared address.
        login: how to log in; None for who has a token already.
    """

    def __init__(
        self, folder: Path, played: Played, address: str, login: Login | None = None
    ) -> None:
        super().__init__(folder)
        self._played = played
        self._address = address
        self._login = login
        self._found: PlayedServer | None = None

    def read(self, type_: str, id_: str) -> dict[str, Any] | None:
        """What was applied, with what the server holds by now; None where it holds none."""
        stored = super().read(type_, id_)
        server = self._server()
        return server.read(type_, stored) if server is not None and stored is not None else stored

    def create(self, type_: str, id_: str, values: dict[str, Any]) -> None:
        """Make a resource.

        Raises:
            Refused: its name is taken, or the server refuses it.
        """
        server = self._server()
        if server is not None:
            server.create(type_, id_, values)
        super().create(type_, id_, values)

    def update(self, type_: str, id_: str, values: dict[str, Any]) -> None:
        """Change a resource.

        Raises:
            Refused: it is gone, or the server refuses it.
        """
        server = self._server()
        if server is not None:
            server.update(type_, values)
        super().update(type_, id_, values)

    def delete(self, type_: str, id_: str) -> None:
        """Delete a resource; one that is gone already is no error.

        Raises:
            Refused: the server refuses it.
        """
        stored = super().read(type_, id_)
        server = self._server()
        if server is not None and stored is not None:
            server.delete(type_, stored)
        super().delete(type_, id_)

    def _server(self) -> PlayedServer | None:
        """The server that plays the cluster; None where none does."""
        if self._found is None and self._address in self._played.servers:
            # An engine starts a provider three times for a plan; most of them ask no server.
            from agent_studio.rehearsal.twins.vault.server import PlayedServer

            with self._locked():
                if self._found is None:
                    self._found = PlayedServer(self._played, self._address, self._login)
        return self._found
