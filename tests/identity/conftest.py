"""Real OpenBao servers with an estate's cells set up in them.

One run of them serves a whole session, since a start takes two seconds; whoever seals or stops a
server brings it back. Tests that change what servers are run their own.
"""

from collections.abc import Iterator

import pytest
from identity.agents import ESTATE, Agents

from agent_studio.estate.loader import load_estate
from agent_studio.estate.model import Cell, Estate
from agent_studio.rehearsal.vault.clusters import Clusters, running


@pytest.fixture(scope="session")
def estate() -> Estate:
    """An estate of four cells: three clouds, two jurisdictions, two cells of one account."""
    return load_estate(ESTATE)


@pytest.fixture(scope="session")
def cells(estate: Estate) -> dict[str, Cell]:
    """Its cells by region."""
    return {cell.region.name: cell for cell in estate.cells}


@pytest.fixture(scope="session")
def clusters(estate: Estate) -> Iterator[Clusters]:
    """Running clusters; their cells hold a secret `database` for each runtime."""
    with running(estate.cells) as found:
        for cell in estate.cells:
            for runtime in cell.runtimes:
                found.write_secret(cell, runtime, "database", {"password": f"of {cell.id}"})
        yield found


@pytest.fixture(scope="session")
def agents(clusters: Clusters) -> Agents:
    """Makes agents of those clusters."""
    return Agents(clusters)
