"""Make the lean Python package of one provider out of its prebuilt wheel."""

import difflib
import json
import py_compile
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from agent_studio.bindings import assembly
from agent_studio.bindings.errors import BindingsError
from agent_studio.bindings.lighten import lighten
from agent_studio.bindings.names import fold
from agent_studio.bindings.pins import Pin
from agent_studio.bindings.schemas import schemas_of
from agent_studio.bindings.usage import Usage

# The provider itself is part of every stack, whoever imports it.
ALWAYS = frozenset({"provider"})

INIT = '''"""Lean bindings of {distribution} {version}: {count} of its {total} modules.

Made by `studio bindings build` from the modules that the code imports; not to be edited.
"""

from importlib import import_module as _import_module
from json import loads as _loads
from pathlib import Path as _Path

__version__ = "{version}"


def __getattr__(name: str) -> object:
    if name.startswith("_"):
        raise AttributeError(name)
    here = _Path(__file__).parent
    if (here / name).is_dir():
        return _import_module(f"{{__name__}}.{{name}}")
    if name in _loads((here / "modules.json").read_text("utf-8")):
        from agent_studio.bindings.errors import MissingBindingError

        raise MissingBindingError(f"{{__name__}}.{{name}}")
    raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
'''


@dataclass(frozen=True, kw_only=True)
class LeanPackage:
    """What a build made.

    Attributes:
        pin: the package it was taken from.
        modules: the Python names of the modules kept, sorted.
        total: how many modules the prebuilt package has.
    """

    pin: Pin
    modules: tuple[str, ...]
    total: int


def make(pin: Pin, wheel: Path, usage: Usage, target: Path) -> LeanPackage:
    """Write the lean package into an empty folder.

    Args:
        pin: the prebuilt package.
        wheel: its verified wheel.
        usage: the modules to keep.
        target: a folder that becomes the import package; made here.

    Returns:
        What was kept.

    Raises:
        BindingsError: the code imports a module that the provider does not have.
    """
    with zipfile.ZipFile(wheel) as archive:
        python = _python_modules(archive, pin.module)
        _check_known(pin, usage, python)
        names = archive.namelist()
        tarball = next(
            name for name in names if re.fullmatch(rf"{pin.module}/_jsii/[^/]+\.jsii\.tgz", name)
        )
        complete = assembly.read_package(archive.read(tarball))
        kept = assembly.close_over(complete, usage.modules | ALWAYS)
        modules = tuple(sorted(name for key, name in python.items() if key in kept))
        wanted = {f"{pin.module}/{name}/" for name in modules} | {f"{pin.module}/_jsii/"}
        for name in names:
            folder = "/".join(name.split("/")[:2]) + "/"
            if folder in wanted and name.endswith(".py") and ".." not in name:
                text = lighten(archive.read(name).decode())
                _write(target.parent / name, text.encode())
    _write(target.parent / tarball, assembly.cut(complete, kept))
    _write(target / "py.typed", b"")
    _write(target / "modules.json", json.dumps(sorted(python.values())).encode())
    scripts = [
        files["index.js"].decode()
        for folder, files in sorted(complete.scripts.items())
        if fold(folder) in kept and "index.js" in files
    ]
    _write(target / "schemas.json", json.dumps(schemas_of(scripts), sort_keys=True).encode())
    init = INIT.format(
        distribution=pin.distribution,
        version=pin.version,
        count=len(modules),
        total=len(python),
    )
    _write(target / "__init__.py", init.encode())
    # Compiled here, so that the first start is as fast as the second. Checked by hash, so that
    # the files are the same in each build.
    for source in sorted(target.rglob("*.py")):
        py_compile.compile(
            str(source),
            dfile=str(Path(pin.module) / source.relative_to(target)),
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    return LeanPackage(pin=pin, modules=modules, total=len(python))


def _python_modules(archive: zipfile.ZipFile, package: str) -> dict[str, str]:
    """Map folded names to the names of a wheel's Python modules."""
    pattern = re.compile(rf"{package}/([a-z]\w*)/__init__\.py")
    matches = (pattern.fullmatch(name) for name in archive.namelist())
    return {fold(match[1]): match[1] for match in matches if match}


def _check_known(pin: Pin, usage: Usage, python: dict[str, str]) -> None:
    unknown = sorted(usage.modules - python.keys())
    if not unknown:
        return
    texts = []
    for key in unknown:
        spelling, place = usage.places.get(key, (key, "the module list"))
        close = difflib.get_close_matches(key, python, n=1)
        hint = f" (did you mean {python[close[0]]}?)" if close else ""
        texts.append(f"{spelling} at {place}{hint}")
    raise BindingsError(
        f"{pin.distribution} {pin.version} has no such module",
        found=", ".join(texts),
        fix="correct the import",
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
