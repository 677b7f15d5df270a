"""Fetch a pinned package from the user's package index, once."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from agent_studio.bindings.errors import BindingsError
from agent_studio.bindings.pins import Pin

DOWNLOAD_SECONDS = 900
UV_INDEXES = {
    "PIP_INDEX_URL": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "PIP_EXTRA_INDEX_URL": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "PIP_FIND_LINKS": ("UV_FIND_LINKS",),
}


def cache_folder() -> Path:
    """Name the folder that keeps downloads between builds.

    Returns:
        `agent-studio/bindings` in the user's cache folder (XDG Base Directory: `XDG_CACHE_HOME`,
        else `~/.cache`; an entry that is not absolute is ignored, as it asks).
    """
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = configured if configured.is_absolute() else Path.home() / ".cache"
    return base / "agent-studio" / "bindings"


def fetch(pin: Pin, cache: Path | None = None) -> Path:
    """Give the path of a package's wheel, downloaded if it is not in the cache.

    The index, its certificates and proxies are those that the user's pip is configured with.

    Args:
        pin: the package.
        cache: where downloads are kept; by default `cache_folder()`.

    Returns:
        A file whose SHA-256 is the pinned one.

    Raises:
        BindingsError: the package cannot be downloaded, or its digest differs from the pin.
    """
    folder = cache or cache_folder()
    wheel = folder / pin.sha256 / pin.wheel
    if wheel.is_file():
        if _sha256(wheel) == pin.sha256:
            return wheel
        wheel.unlink()  # a damaged copy is worth nothing
    try:
        wheel.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BindingsError(
            "the download cache cannot be written to",
            found=f"{folder} ({error.strerror})",
            fix="set XDG_CACHE_HOME to a folder of yours",
        ) from error
    with tempfile.TemporaryDirectory(dir=folder, prefix="download-") as scratch:
        downloaded = _download(pin, Path(scratch))
        digest = _sha256(downloaded)
        if digest != pin.sha256:
            raise _differs(pin, digest)
        os.replace(downloaded, wheel)
    return wheel


def _download(pin: Pin, folder: Path) -> Path:
    """Let pip download one wheel into a folder, without installing it."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{pin.distribution}=={pin.version} --hash=sha256:{pin.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-cache-dir"]
    command += ["--only-binary=:all:", "--require-hashes", f"--requirement={requirements}"]
    command += [f"--dest={folder}"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=_pip_environment(),
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _unreachable(pin, f"no answer within {DOWNLOAD_SECONDS} s") from error
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr:
        got = [line.split()[-1] for line in done.stderr.splitlines() if "Got" in line]
        raise _differs(pin, got[0] if got else "another digest")
    wheel = folder / pin.wheel
    if done.returncode != 0 or not wheel.is_file():
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        raise _unreachable(pin, (errors or done.stderr.splitlines() or ["no output"])[-1])
    return wheel


def _pip_environment() -> dict[str, str]:
    """Let pip ask the index that uv is told to use, where pip itself is told nothing.

    The names are uv's (its reference of environment variables) and pip's (its `PIP_<OPTION>`).
    """
    environment = dict(os.environ)
    for pip_name, uv_names in UV_INDEXES.items():
        told = next((os.environ[name] for name in uv_names if os.environ.get(name)), None)
        if told is not None:
            environment.setdefault(pip_name, told)
    return environment


def _unreachable(pin: Pin, reason: str) -> BindingsError:
    return BindingsError(
        f"{pin.distribution} {pin.version} cannot be downloaded",
        found=reason.removeprefix("ERROR: "),
        fix="check pip's index configuration (`python -m pip config list`) and the network",
    )


def _differs(pin: Pin, digest: str) -> BindingsError:
    return BindingsError(
        f"{pin.distribution} {pin.version} is not the pinned package",
        found=f"sha256 {digest}",
        allowed=f"sha256 {pin.sha256}",
        fix="do not use this index until you know why its package differs",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
