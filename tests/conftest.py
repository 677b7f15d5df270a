"""What every test may count on."""

import os
import subprocess
from pathlib import Path

import pytest

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
