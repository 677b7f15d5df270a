"""Terraform by itself: its settings with a provider mirror, and an environment of its own."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from agent_studio.delivery.engine import discover


def settings(folder: Path, mirror: Path | None) -> Path:
    """Write a CLI configuration that takes providers from a mirror, if there is one."""
    file = folder / "terraform.tfrc"
    file.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
        if mirror
        else ""
    )
    return file


def run_alone(words: Sequence[str], *, work: Path, settings: Path) -> tuple[int, str]:
    """Run Terraform with nothing of the caller's environment; its exit status, and what it says."""
    done = subprocess.run(
        [*discover().command, *words],
        cwd=work,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(work),
            "TF_CLI_CONFIG_FILE": str(settings),
            "CHECKPOINT_DISABLE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
