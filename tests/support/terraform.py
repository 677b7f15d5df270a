"""Terraform by itself: its settings with a provider mirror, and an environment of its own."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from agent_studio.delivery.engine import discover
from agent_studio.rehearsal.mirror import find_mirror
from agent_studio.rehearsal.twins.mirror import VAULT, beside, lay_out


def with_vault(folder: Path) -> Path:
    """Lay out a mirror with the twin of Vault's provider, beside the real ones of this machine."""
    mirror = lay_out(folder / "mirror", folder / "cloud", [VAULT])
    real = find_mirror()
    if real is not None:
        beside(real, mirror)
    return mirror


def settings(folder: Path, mirror: Path | None) -> Path:
    """Write a CLI configuration that takes providers from a mirror, if there is one."""
    file = folder / "terraform.tfrc"
    file.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
        if mirror
        else ""
    )
    return file


def run_alone(
    words: Sequence[str], *, work: Path, settings: Path, **variables: str
) -> tuple[int, str]:
    """Run Terraform with nothing of the caller's environment; its exit status, and what it says."""
    done = subprocess.run(
        [*discover().command, *words],
        cwd=work,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(work),
            "TF_CLI_CONFIG_FILE": str(settings),
            "CHECKPOINT_DISABLE": "1",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
