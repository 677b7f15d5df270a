"""A stack's Terraform working directory: its files, its overrides, its initialization."""

import hashlib
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

from agent_studio.delivery.engine import run
from agent_studio.delivery.files import (
    private_folder,
    read_json,
    read_json_if_any,
    write_json,
    write_text,
)
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.estate.errors import StudioError

OVERRIDES = "*_override.tf.json"
STAMP = "studio-init.json"
LOCK_FILE = ".terraform.lock.hcl"

_downloading = threading.Lock()
"""Terraform's plugin cache is not safe for concurrent `init` (its CLI documentation says so)."""


def prepare(tools: Toolchain, stack: SynthesizedStack) -> Path:
    """Make a stack's working directory ready to plan; initialize it only when that is due.

    Args:
        tools: the engine and the state folder.
        stack: what to prepare.

    Returns:
        The working directory.

    Raises:
        StudioError: the initialization failed; the line gives the engine's own reason.
    """
    work = private_folder(tools.layout.work(stack.name))
    text = stack.path.read_text(encoding="utf-8")
    _write_if_new(work / "cdk.tf.json", text)
    _lay_over(work, tools.overlay, stack.name)
    _keep_lock_file(work)
    _initialize(tools, stack.name, work)
    return work


def configuration(work: Path) -> list[dict[str, Any]]:
    """The stack's own file, then its overrides, in the order in which the engine merges them."""
    return [read_json(work / "cdk.tf.json")] + [
        read_json(path) for path in sorted(work.glob(OVERRIDES))
    ]


def _lay_over(work: Path, overlay: Path | None, stack: str) -> None:
    wanted: dict[str, str] = {}
    if overlay is not None:
        if not overlay.is_dir():
            raise StudioError("the overlay is no folder", found=str(overlay))
        for folder in (overlay, overlay / stack):
            for path in sorted(folder.glob(OVERRIDES)):
                wanted[path.name] = path.read_text(encoding="utf-8")
    for path in work.glob(OVERRIDES):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        _write_if_new(work / name, text)


def _keep_lock_file(work: Path) -> None:
    # A lock file that the team keeps beside regions.yaml pins the providers of every stack; else
    # each working directory keeps the one that its first `init` chose.
    shared = Path(os.environ.get("STUDIO_LOCK_FILE", LOCK_FILE))
    if shared.is_file() and not (work / LOCK_FILE).exists():
        shutil.copyfile(shared, work / LOCK_FILE)


def _initialize(tools: Toolchain, stack: str, work: Path) -> None:
    stamp_file = work / STAMP
    stamp = _stamp(tools, work)
    before = read_json_if_any(stamp_file)
    if before is not None and before.get("stamp") == stamp and (work / ".terraform").is_dir():
        return
    stamp_file.unlink(missing_ok=True)
    command = [*tools.engine.command, "init", "-input=false", "-no-color", "-reconfigure"]
    folder = private_folder(tools.layout.plan(stack))
    guard = _downloading if tools.downloads else threading.Lock()
    with guard:
        done = run(
            command,
            folder=work,
            environment=tools.environment("plan"),
            stdout=folder / "init.out",
            stderr=folder / "init.err",
        )
    if done.status != 0:
        raise _init_failed(stack, done.stderr.read_text(encoding="utf-8", errors="replace"))
    write_json(stamp_file, {"stamp": _stamp(tools, work)})


def _stamp(tools: Toolchain, work: Path) -> str:
    parts: list[Any] = [tools.engine.command, tools.engine.version]
    for layer in configuration(work):
        terraform = layer.get("terraform", {})
        parts.append([terraform.get("required_providers"), terraform.get("backend")])
    parts.append(tools.layout.cli_config.read_text(encoding="utf-8"))
    lock = work / LOCK_FILE
    parts.append(lock.read_text(encoding="utf-8") if lock.exists() else None)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _init_failed(stack: str, text: str) -> StudioError:
    reason = " ".join(line.strip(" │╷╵") for line in text.splitlines()).strip()
    if "ailed to query available provider packages" in text or "ailed to install provider" in text:
        return StudioError(
            f"{stack}: a provider is neither in a local mirror nor downloadable",
            found=_shortened(reason),
            fix="set STUDIO_PROVIDER_MIRROR to a provider mirror, or allow the registry",
        )
    if "Cannot assume IAM Role" in text or "No valid credential" in text:
        return StudioError(
            f"{stack}: the role of its Terraform state cannot be assumed",
            found=_shortened(reason.rsplit("Error: ", 1)[-1]),
            fix="check your credentials; the role is made by `studio bootstrap`",
        )
    if "NoSuchBucket" in text or "does not exist" in text:
        return StudioError(
            f"{stack}: the bucket of its Terraform state does not exist",
            found=_shortened(reason),
            fix="run `studio bootstrap`",
        )
    return StudioError(f"{stack}: terraform init failed", found=_shortened(reason))


def _shortened(text: str) -> str:
    return text if len(text) <= 400 else f"{text[:397]}..."


def _write_if_new(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)
