"""An estate over three clouds: AWS's emulator, doubles of the others, real OpenBao servers.

The servers run once a session; each test sets up again what it kills.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from delivery.kill.azure_double import AzureDouble
from delivery.kill.google_double import GoogleDouble
from delivery.kill.local import serving
from delivery.kill.world import ESTATE, World

from agent_studio.estate.loader import load_estate
from agent_studio.rehearsal.emulator import Endpoint
from agent_studio.rehearsal.emulator import running as running_emulator
from agent_studio.rehearsal.vault.certificates import issue
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
    for name, value in emulator.variables.items():
        monkeypatch.setenv(name, value)
    certificate = issue(tmp_path / "tls", "clouds")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.authority))
    google, azure = GoogleDouble(), AzureDouble()
    with ExitStack() as stack:
        made = World(
            clusters=clusters,
            google=google,
            azure=azure,
            google_address=stack.enter_context(serving(google.serve, certificate)),
            azure_address=stack.enter_context(serving(azure.serve, certificate)),
            folder=tmp_path,
        )
        made.set_up()
        yield made
