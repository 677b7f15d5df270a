"""What an applied stack holds, asked from its own Terraform working directory."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError


def engine_command() -> str:
    """The engine's program, found as the pipeline finds it."""
    from agent_studio.delivery.engine import discover

    return str(discover().command[0])


def resources(work: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """The resources in a stack's state.

    Args:
        work: the stack's working directory, initialized.
        environment: the environment that reaches the emulator.

    Returns:
        address -> attribute values.

    Raises:
        StudioError: the state cannot be read.
    """
    done = subprocess.run(
        # The state as it is stored; `show` would load every provider's schema first.
        [engine_command(), "state", "pull"],
        cwd=work,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StudioError(f"cannot read the state of {work.name}", found=done.stderr.strip()[-300:])
    state = json.loads(done.stdout or "{}")
    return {
        f"{one['type']}.{one['name']}": one["instances"][0]["attributes"]
        for one in state.get("resources", [])
        if one["mode"] == "managed" and one["instances"]
    }


def forget(folder: Path) -> None:
    """Remove what an earlier rehearsal left: its states died with its emulator."""
    folders = ("synth", "work", "plan", "gate", "apply", "runs", "drift", "overlay", "logs")
    for name in (*folders, "onboarding", "second", "states", "twins"):
        shutil.rmtree(folder / name, ignore_errors=True)
