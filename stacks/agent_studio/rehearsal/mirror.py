"""Where the AWS provider comes from: a local mirror, Terraform's own, or the registry."""

import os
import socket
from pathlib import Path

from agent_studio.estate.errors import StudioError

VARIABLE = "STUDIO_PROVIDER_MIRROR"
_PROVIDER = Path("registry.terraform.io", "hashicorp", "aws")
_REGISTRY = ("registry.terraform.io", 443)
_PATIENCE = 5.0


def implied() -> tuple[Path, ...]:
    """The folders that Terraform looks into by itself.

    Source: Terraform documentation, "CLI Configuration File", implied local mirror directories.
    """
    home = Path.home()
    data = os.environ.get("XDG_DATA_HOME")
    folders = [Path("terraform.d", "plugins"), home / ".terraform.d" / "plugins"]
    folders.append((Path(data) if data else home / ".local" / "share") / "terraform" / "plugins")
    shared = os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share").split(":")
    return (*folders, *(Path(folder, "terraform", "plugins") for folder in shared if folder))


def find_mirror() -> Path | None:
    """The first local mirror that holds the AWS provider: the one named, else an implied one.

    Raises:
        StudioError: the folder that `STUDIO_PROVIDER_MIRROR` names holds none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if (Path(named) / _PROVIDER).is_dir():
            return Path(named)
        raise StudioError(
            f"{VARIABLE} names a folder without the AWS provider",
            found=named,
            allowed=f"a folder that holds {_PROVIDER}",
            fix="make one with `terraform providers mirror`, or unset the variable",
        )
    return next((folder for folder in implied() if (folder / _PROVIDER).is_dir()), None)


def set_up_mirror() -> None:
    """Make sure that the provider can be had, and name its mirror to the pipeline.

    Raises:
        StudioError: it is in no local mirror, and the registry cannot be reached.
    """
    mirror = find_mirror()
    if mirror is not None:
        os.environ[VARIABLE] = str(mirror.resolve())
        return
    try:
        socket.create_connection(_REGISTRY, timeout=_PATIENCE).close()
    except OSError as error:
        raise StudioError(
            "the AWS provider is in no local mirror, and its registry cannot be reached",
            found=f"{_REGISTRY[0]}: {error}",
            fix=f"set {VARIABLE} to a provider mirror, or allow {_REGISTRY[0]}",
        ) from error
