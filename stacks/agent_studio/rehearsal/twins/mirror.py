"""Puts twins where the engine looks for providers."""

import platform
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from agent_studio.estate import Cloud
from agent_studio.rehearsal.twins.bindings import load_schemas

TWINS = {cloud: cloud.provider for cloud in (Cloud.GCP, Cloud.AZURE)}
"""Clouds that a twin stands in for in a rehearsal, and its provider."""

VAULT = "vault"
"""Vault's provider, which stacks on every cloud use; its twin writes to real servers."""

MARK = "+twin"
"""Ends the version of every twin, so that each lock file and each listing tells what it is."""


def lay_out(folder: Path, store: Path, providers: Iterable[str]) -> Path:
    """Write a provider mirror that holds twins.

    Args:
        folder: the mirror; laid out as Terraform's filesystem mirrors are.
        store: where the twins' clouds keep what they hold; a folder for each provider.
        providers: e.g. `google`.

    Returns:
        The mirror.

    Raises:
        StudioError: the bindings of a provider carry no schemas.
    """
    for provider in providers:
        version = load_schemas(provider)["provider_version"]
        home = folder / "registry.terraform.io" / "hashicorp" / provider / f"{version}{MARK}"
        program = home / _platform() / f"terraform-provider-{provider}_v{version}{MARK}"
        program.parent.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, "-m", "agent_studio.rehearsal.twins", provider]
        words.append(str((store / provider).resolve()))
        program.write_text(f"#!/bin/sh\nexec {shlex.join(words)}\n", encoding="utf-8")
        program.chmod(0o755)
    return folder


def beside(real: Path, folder: Path) -> None:
    """Link the providers of a mirror into another one, so that engines find both there.

    Terraform follows a link to a platform's folder or to a package, and to nothing above them.

    Args:
        real: a mirror; its providers are unpacked, or packages.
        folder: the mirror to add to; what it holds already stays.
    """
    for found in (*real.glob("*/*/*/*/*"), *real.glob("*/*/*/*.zip")):
        link = folder / found.relative_to(real)
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(found.resolve())


def _platform() -> str:
    """This machine, as Terraform names it (Go's GOOS and GOARCH)."""
    machine = platform.machine().lower()
    names = {"x86_64": "amd64", "aarch64": "arm64"}
    return f"{platform.system().lower()}_{names.get(machine, machine)}"
