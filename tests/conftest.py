"""What every test may count on."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long a test takes says nothing on a machine that others use too; `make bench` measures.
settings.register_profile("studio", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("studio")

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure(config: pytest.Config) -> None:
    """Name the provider mirror as the Makefile finds it, so that a bare `pytest` has it too."""
    if "STUDIO_PROVIDER_MIRROR" in os.environ:
        return
    found = subprocess.run(
        ["make", "--silent", "--directory", str(ROOT), "mirror"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if found:
        os.environ["STUDIO_PROVIDER_MIRROR"] = found
