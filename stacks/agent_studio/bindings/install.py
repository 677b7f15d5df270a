"""Put a lean package into the environment, so that it is the old one or the new one, never half.

A package's folder lies in a generation of its own under `GENERATIONS` in site-packages, and its
import name there is a symbolic link to it. Renaming a link over another is atomic (rename(2)), so
a build that is killed leaves what was.
"""

import fcntl
import os
import shutil
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_studio.bindings.errors import BindingsError

# Not an identifier, so that nobody can import it.
GENERATIONS = ".agent-studio-bindings"
STAMP = "stamp"


def site_packages() -> Path:
    """Name the environment's folder of pure Python packages."""
    return Path(sysconfig.get_paths()["purelib"])


def installed_digest(site: Path, module: str) -> str | None:
    """Give the digest of the inputs from which an installed lean package was built.

    Args:
        site: the environment's site-packages.
        module: the package's import name.

    Returns:
        The digest, or None where no complete lean package is installed.
    """
    try:
        return (site / module / STAMP).read_text("utf-8").strip()
    except OSError:
        return None


@contextmanager
def locked(site: Path) -> Iterator[Path]:
    """Hold the environment's build lock.

    The lock dies with the process that holds it (flock(2)), so that a killed build blocks nobody.

    Args:
        site: the environment's site-packages.

    Yields:
        A folder for unfinished work on the same file system, removed afterwards. What a killed
        build left is removed as well.

    Raises:
        BindingsError: site-packages cannot be written to.
    """
    home = site / GENERATIONS
    try:
        home.mkdir(exist_ok=True)
        lock = (home / "lock").open("w")
    except OSError as error:
        raise BindingsError(
            "the environment cannot be written to",
            found=f"{site} ({error.strerror})",
            fix="build the bindings as the environment's owner",
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in home.glob("work-*"):
            shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix="work-", dir=home))
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def swap_in(site: Path, module: str, built: Path, digest: str) -> None:
    """Make a built package the one that is imported; call it under the lock.

    Args:
        site: the environment's site-packages.
        module: the package's import name.
        built: its finished folder, within the work folder of `locked`.
        digest: the digest of its inputs.

    Raises:
        BindingsError: a package that pip installed stands under the import name.
    """
    link = site / module
    if link.exists() and not link.is_symlink():
        raise BindingsError(
            f"the complete package {module} is installed, and would hide the lean one",
            found=str(link),
            fix=f"uninstall it: `uv pip uninstall {module.replace('_', '-')}`",
        )
    home = site / GENERATIONS
    previous = link.readlink() if link.is_symlink() else None
    (built / STAMP).write_text(f"{digest}\n", "utf-8")
    # A generation's name is its own: a process may still read one of the same digest.
    generation = Path(tempfile.mkdtemp(prefix=f"{module}-", dir=home))
    generation.chmod(0o755)
    os.replace(built, generation / module)
    fresh = built.parent / f"{module}.link"
    fresh.symlink_to(Path(GENERATIONS) / generation.name / module)
    os.replace(fresh, link)
    # The one before stays for processes that have not yet imported all they need.
    keep = {generation.name, previous.parent.name if previous else generation.name}
    for old in home.glob(f"{module}-*"):
        if old.name not in keep:
            shutil.rmtree(old, ignore_errors=True)
