"""What tests of drift share."""

from collections.abc import Iterator

import pytest
from delivery.drift.vault_world import World, running_world


@pytest.fixture(scope="package", params=["namespace", "prefix"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """All cells set up, in each way of holding them apart; tests leave nothing behind."""
    with running_world(request.param, tmp_path_factory.mktemp("estate")) as found:
        yield found
