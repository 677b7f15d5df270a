"""Who plays whom: servers for clusters, an issuer for the clouds' own, loopback for networks.

It stands in a file beside what the twin holds, since stacks and plans name the real ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_studio.rehearsal.vault.loopback import loopback

if TYPE_CHECKING:
    from agent_studio.rehearsal.vault.api import Api

_FILE = "played.json"


@dataclass(frozen=True, kw_only=True)
class Played:
    """Who plays whom.

    Attributes:
        servers: declared address of a cluster -> address of the server that plays it.
        authorities: declared address of a cluster -> PEM file by which that server is known.
        tokens: declared address of a cluster -> the token to come with, where no CI logs in.
        issuers: declared issuer -> the one that plays it.
        issuer_authority: the certificate by which that one is known, in PEM.
        patience: seconds to wait for what another stack makes, where all are applied at once.
    """

    servers: Mapping[str, str] = field(default_factory=dict)
    authorities: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    issuers: Mapping[str, str] = field(default_factory=dict)
    issuer_authority: str = ""
    patience: float = 0.0

    def api(self, address: str) -> Api:
        """The API of the server that plays a cluster.

        Raises:
            KeyError: none does.
        """
        # It brings an HTTP client along, and most starts of a twin ask no server.
        from agent_studio.rehearsal.vault.api import Api

        authority = Path(self.authorities[address])
        return Api(self.servers[address], authority, self.tokens.get(address, ""))

    def network(self, declared: str) -> str:
        """The part of loopback that plays a network."""
        return str(loopback(IPv4Network(declared)))

    def issuer(self, declared: str) -> str:
        """Who plays an issuer; itself where nobody does."""
        return self.issuers.get(declared, declared)


def read_played(folder: Path) -> Played:
    """Read who plays whom; nobody where the folder does not say."""
    try:
        found: dict[str, Any] = json.loads((folder / _FILE).read_text("utf-8"))
    except FileNotFoundError:
        return Played()
    return Played(**found)


def write_played(folder: Path, played: Played) -> None:
    """Write who plays whom; readable by its owner alone, for there are tokens in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / _FILE
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(played), indent=2), "utf-8")
