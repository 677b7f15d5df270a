"""An estate over three clouds: AWS's emulator, doubles of the others, real OpenBao servers.

The servers run once a session; each test sets up again what it kills.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from delivery.kill.world import ESTATE, World, running_world

from agent_studio.delivery.kill import confirm
from agent_studio.estate.loader import load_estate
from agent_studio.rehearsal.emulator import Endpoint
from agent_studio.rehearsal.emulator import running as running_emulator
from agent_studio.rehearsal.vault.clusters import Clusters
from agent_studio.rehearsal.vault.clusters import running as running_clusters


@pytest.fixture(scope="session")
def clusters() -> Iterator[Clusters]:
    """A cluster for each jurisdiction, cells set up in namespaces."""
    with running_clusters(load_estate(ESTATE).cells) as found:
        yield found


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """AWS."""
    with running_emulator(tmp_path_factory.mktemp("emulator") / "log") as found:
        yield found


@pytest.fixture
def world(
    clusters: Clusters, emulator: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The estate with everything in it up and running."""
    with running_world(clusters, emulator, tmp_path, monkeypatch) as made:
        made.set_up()
        yield made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may pass is given up soon, and looked at again at once."""
    monkeypatch.setattr(confirm, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(confirm, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(confirm, "_LONGEST_PAUSE", 0.1)
