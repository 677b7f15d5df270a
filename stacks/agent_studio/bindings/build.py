"""Bring the environment's lean bindings up to date."""

import hashlib
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent_studio.bindings.errors import BUILD_COMMAND, BindingsError
from agent_studio.bindings.fetch import fetch
from agent_studio.bindings.install import installed_digest, locked, site_packages, swap_in
from agent_studio.bindings.pins import Pin, load_pins
from agent_studio.bindings.usage import Usage, find_usage, source_roots

if TYPE_CHECKING:
    from agent_studio.bindings.package import LeanPackage

# Part of every stamp: raise it when the same input gives another package.
BUILDER_VERSION = 5


@dataclass(frozen=True, kw_only=True)
class Target:
    """One package that the environment should have.

    Attributes:
        pin: the prebuilt package it is taken from.
        usage: the modules that it must hold.
        digest: names its inputs: modules, pin, builder and Python version.
        current: whether the installed package was built from these inputs.
    """

    pin: Pin
    usage: Usage
    digest: str
    current: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The modules' names as the code spells them, sorted."""
        return tuple(sorted(spelling for spelling, _ in self.usage.places.values()))


def survey(
    *,
    roots: Sequence[Path] | None = None,
    pins: Sequence[Pin] | None = None,
    site: Path | None = None,
) -> tuple[Target, ...]:
    """Compare what the code uses with what is installed, without touching either.

    Args:
        roots: the folders whose imports are read; by default those of `source_roots()`.
        pins: the known packages; by default those of `pins.toml`.
        site: where bindings are installed; by default the environment's site-packages.

    Returns:
        A target for each used provider and each CDK framework that is installed.

    Raises:
        BindingsError: an import cannot be read, or a used provider is not pinned.
    """
    known = load_pins() if pins is None else pins
    folder = site or site_packages()
    usages = find_usage(source_roots() if roots is None else roots)
    targets = []
    for cloud, usage in usages.items():
        candidates = [pin for pin in known if pin.cloud == cloud]
        if not candidates:
            raise BindingsError(
                "a provider is imported that is not pinned",
                found=cloud,
                allowed=", ".join(sorted({pin.cloud for pin in known})),
                fix="add its package to bindings/pins.toml",
            )
        for pin in candidates:
            if importlib.util.find_spec(pin.framework) is None:
                continue
            digest = _digest(pin, usage)
            current = installed_digest(folder, pin.module) == digest
            targets.append(Target(pin=pin, usage=usage, digest=digest, current=current))
    return tuple(targets)


def build(
    *,
    roots: Sequence[Path] | None = None,
    pins: Sequence[Pin] | None = None,
    site: Path | None = None,
    cache: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> tuple[Target, ...]:
    """Build and install each package that is not up to date.

    Args:
        roots: as for `survey`.
        pins: as for `survey`.
        site: as for `survey`.
        cache: where downloads are kept; by default the user's cache folder.
        report: is called with a line for each package that is fetched and installed.

    Returns:
        The targets, as they were found before the build.

    Raises:
        BindingsError: a package cannot be fetched, built or installed.
    """
    targets = survey(roots=roots, pins=pins, site=site)
    if all(target.current for target in targets):
        return targets
    folder = site or site_packages()
    with locked(folder) as work:
        # Another process may have built some while this one waited.
        stale = [t for t in targets if installed_digest(folder, t.pin.module) != t.digest]
        for target in stale:
            report(f"{target.pin.distribution} {target.pin.version}: fetching")
        for target, lean in zip(stale, _made(stale, work, cache), strict=True):
            pin = target.pin
            with _written(pin):
                swap_in(folder, pin.module, work / pin.module, target.digest)
            report(
                f"{pin.distribution} {pin.version}: installed {len(lean.modules)}"
                f" of {lean.total} modules as {pin.module}"
            )
    return targets


def _made(targets: Sequence[Target], work: Path, cache: Path | None) -> Iterator["LeanPackage"]:
    """Make packages, each in a process of its own: reading one's types takes seconds of CPU."""
    if len(targets) < 2:
        yield from (_make(target, work, cache) for target in targets)
        return
    with ProcessPoolExecutor(len(targets)) as pool:
        futures = [pool.submit(_make, target, work, cache) for target in targets]
        yield from (future.result() for future in futures)


def _make(target: Target, work: Path, cache: Path | None) -> "LeanPackage":
    from agent_studio.bindings.package import make

    wheel = fetch(target.pin, cache)
    with _written(target.pin):
        return make(target.pin, wheel, target.usage, work / target.pin.module)


@contextmanager
def _written(pin: Pin) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BindingsError(
            f"the bindings of {pin.distribution} cannot be written",
            found=f"{error.filename}: {error.strerror}",
            fix="see to space and rights in the environment's folder, and build again",
        ) from error


def check(targets: Sequence[Target]) -> None:
    """Refuse bindings that are not up to date.

    Args:
        targets: what `survey` gave.

    Raises:
        BindingsError: a package is missing or was built from other inputs.
    """
    stale = [target.pin.module for target in targets if not target.current]
    if stale:
        raise BindingsError(
            "the lean bindings are not up to date",
            found=", ".join(stale),
            fix=f"run `{BUILD_COMMAND}`",
        )


def _digest(pin: Pin, usage: Usage) -> str:
    inputs = {
        "builder": BUILDER_VERSION,
        "python": sys.version_info[:2],
        "package": [pin.module, pin.version, pin.sha256],
        "modules": sorted(usage.modules),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
