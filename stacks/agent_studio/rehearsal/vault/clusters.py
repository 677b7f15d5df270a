"""A Vault cluster for each jurisdiction of an estate, with the cells set up in them."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_studio.estate.model import Cell, Runtime
from agent_studio.estate.vault import Lease, client_document
from agent_studio.rehearsal.vault import issuer as issuers
from agent_studio.rehearsal.vault.cells import Trust, set_up, write_secret
from agent_studio.rehearsal.vault.issuer import Issuer
from agent_studio.rehearsal.vault.loopback import loopback
from agent_studio.rehearsal.vault.server import Server
from agent_studio.rehearsal.vault.server import running as running_server
from agent_studio.rehearsal.vault.tokens import Caller, caller, tenant


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """Running clusters and the issuer that they trust.

    Attributes:
        servers: jurisdiction to its server.
        issuer: plays every cloud's issuer.
        folder: for files of whoever uses the clusters; removed with them.
    """

    servers: Mapping[str, Server]
    issuer: Issuer
    folder: Path

    def server(self, cell: Cell) -> Server:
        """The server of a cell's jurisdiction."""
        return self.servers[cell.jurisdiction]

    def set_up(self, cell: Cell, *, lease: Lease | None = None) -> None:
        """Set up a cell in its cluster; its network is that of `loopback`.

        Args:
            cell: the cell.
            lease: how long its logins last.

        Raises:
            ApiError: Vault refused something.
        """
        workloads = [(runtime, caller(cell, runtime).workload) for runtime in cell.runtimes]
        if not workloads:
            return
        set_up(
            self.server(cell).api,
            cell,
            trust=Trust(
                issuer=self.issuer.url(tenant(cell.account)), authority=self.issuer.authority
            ),
            workloads=workloads,
            networks=[loopback(cell.network)],
            lease=lease,
        )

    def write_secret(self, cell: Cell, runtime: Runtime, name: str, values: dict[str, str]) -> None:
        """Write a secret of a runtime."""
        write_secret(self.server(cell).api, cell, runtime, name, values)

    def token(self, who: Caller, **claims: Any) -> str:
        """A token of a workload; `claims` replace its own, and None leaves one out."""
        return self.issuer.token(who.tenant, who.token_claims(**claims))

    def environment(self, cell: Cell, runtime: Runtime, source: str) -> dict[str, Any]:
        """What a runtime's environment says under `STUDIO_VAULT`."""
        return client_document(cell, runtime, source=source)


@contextlib.contextmanager
def serving(jurisdictions: Iterable[str]) -> Iterator[Clusters]:
    """Run a cluster for each jurisdiction, with nothing set up in it, and an issuer.

    Args:
        jurisdictions: their names.

    Yields:
        the clusters; stopped and removed in the end, in all cases.

    Raises:
        StudioError: a server did not start.
    """
    names = sorted(set(jurisdictions))
    folder = Path(tempfile.mkdtemp(prefix="studio-vault-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        pool = stack.enter_context(ThreadPoolExecutor(max(1, len(names))))
        opening = [running_server(folder) for _ in names]
        started = [pool.submit(each.__enter__) for each in opening]
        for context, server in zip(opening, started, strict=True):
            # One that failed to start cleaned up after itself.
            if server.exception() is None:
                stack.push(context.__exit__)
        servers = {name: each.result() for name, each in zip(names, started, strict=True)}
        issuer = stack.enter_context(issuers.running(folder))
        yield Clusters(servers=servers, issuer=issuer, folder=folder)


@contextlib.contextmanager
def running(cells: Iterable[Cell], *, lease: Lease | None = None) -> Iterator[Clusters]:
    """Run a cluster for each jurisdiction of the cells, with all cells set up.

    Args:
        cells: the cells.
        lease: how long logins last.

    Yields:
        the clusters; stopped and removed in the end, in all cases.

    Raises:
        StudioError: a server did not start, or refused something.
    """
    all_cells = list(cells)
    with serving(cell.jurisdiction for cell in all_cells) as clusters:
        for cell in all_cells:
            clusters.set_up(cell, lease=lease)
        yield clusters
