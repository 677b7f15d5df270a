"""Agents of a rehearsed estate, each in its cell's network and with the token that a test gives."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from agent_studio.estate.model import Cell, Runtime
from agent_studio.identity import Secret, Settings, Vault, from_environment
from agent_studio.identity.sources import TokenSource
from agent_studio.rehearsal.vault.clusters import Clusters
from agent_studio.rehearsal.vault.loopback import loopback
from agent_studio.rehearsal.vault.tokens import Caller, caller

ESTATE = Path(__file__).with_name("estate.yaml")


@dataclass
class Given:
    """A token source that gives what a test says; it counts how often it was asked."""

    text: str
    asked: int = 0

    def token(self) -> Secret:
        """The token."""
        self.asked += 1
        return Secret(self.text)


@dataclass
class Signing:
    """A token source that has a fresh token signed each time, as a cloud does."""

    clusters: Clusters
    who: Caller

    def token(self) -> Secret:
        """A token of the workload."""
        return Secret(self.clusters.token(self.who))


def runtime_of(cell: Cell, name: str = "analyst") -> Runtime:
    """A runtime of a cell by its name."""
    return next(each for each in cell.runtimes if each.name == name)


@dataclass(frozen=True)
class Agents:
    """Makes agents."""

    clusters: Clusters

    def settings(self, where: Cell, name: str = "analyst", **others: object) -> Settings:
        """The settings of a runtime; `others` replace its own."""
        server = self.clusters.server(where)
        document = self.clusters.environment(where, runtime_of(where, name), "file:unused")
        made = from_environment(
            {
                "VAULT_ADDR": server.address,
                "VAULT_CACERT": str(server.authority),
                "STUDIO_VAULT": json.dumps(document),
            }
        )
        address = str(loopback(where.network)[10])
        return replace(made, **{"source_address": address, **others})  # type: ignore[arg-type]

    def who(self, cell: Cell, name: str = "analyst") -> Caller:
        """Who a runtime is."""
        return caller(cell, runtime_of(cell, name))

    def agent(
        self,
        where: Cell,
        name: str = "analyst",
        *,
        source: TokenSource | None = None,
        **others: object,
    ) -> Vault:
        """An agent; without a source its tokens are good."""
        made = source or Signing(self.clusters, self.who(where, name))
        return Vault(self.settings(where, name, **others), made)
