"""Cut a jsii package down to some of its submodules.

A jsii package is an npm package (`package/` in a gzipped tar) with a `.jsii` file, the assembly,
that describes every type: https://aws.github.io/jsii/specification/. The assembly of the AWS
provider has 131 MB, and the kernel reads all of it at each start.
"""

import gzip
import io
import json
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent_studio.bindings.errors import BindingsError
from agent_studio.bindings.names import fold

# jsii's kernel uses none of these at run time; `docs` and places in the source are for compilers
# and documentation (jsii specification, `Documentable` and `SourceLocatable`).
UNUSED_KEYS = frozenset({"docs", "locationInModule", "locationInSource", "symbolId", "readme"})

RELATIVE_REQUIRE = re.compile(r"""require\(["']\.\./([^/"']+)[^"']*["']\)""")
SOURCE_MAP = re.compile(rb"^//# sourceMappingURL=.*$", re.MULTILINE)
FOLDER_FILE = re.compile(r"package/lib/(?P<folder>[^/]+)/(?P<file>[^/]+\.js)")

INDEX_HEAD = """"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const lazy = (name, path) =>
  Object.defineProperty(exports, name, { enumerable: true, get: () => require(path) });
"""


@dataclass(frozen=True, kw_only=True)
class JsiiPackage:
    """The parts of a jsii package that matter at run time.

    Attributes:
        assembly: the parsed `.jsii`.
        manifest: the parsed `package.json`.
        scripts: JavaScript by folder under `lib/`, then by file name.
        license: the text of the package's licence.
    """

    assembly: dict[str, Any]
    manifest: dict[str, Any]
    scripts: Mapping[str, Mapping[str, bytes]]
    license: bytes


def read_package(archive: bytes) -> JsiiPackage:
    """Read a jsii package.

    Args:
        archive: a `.jsii.tgz`.

    Returns:
        What it holds.

    Raises:
        BindingsError: the archive has no assembly.
    """
    files: dict[str, bytes] = {}
    scripts: dict[str, dict[str, bytes]] = {}
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        for member in tar:
            script = FOLDER_FILE.fullmatch(member.name)
            if script is None and not re.fullmatch(r"package/[^/]+", member.name):
                continue
            source = tar.extractfile(member)
            if source is None:
                continue
            if script:
                scripts.setdefault(script["folder"], {})[script["file"]] = source.read()
            else:
                files[member.name.removeprefix("package/")] = source.read()
    try:
        assembly = json.loads(files[".jsii"])
        if assembly.get("schema") == "jsii/file-redirect":
            assembly = json.loads(gzip.decompress(files[assembly["filename"]]))
        manifest = json.loads(files["package.json"])
    except KeyError as error:
        raise BindingsError("a jsii package is incomplete", found=f"no {error}") from error
    return JsiiPackage(
        assembly=assembly, manifest=manifest, scripts=scripts, license=files.get("LICENSE", b"")
    )


def close_over(package: JsiiPackage, wanted: Iterable[str]) -> frozenset[str]:
    """Add the submodules that the wanted ones need.

    A submodule needs another when one of its types refers to a type of the other, or its
    JavaScript requires the other's.

    Args:
        package: the complete package.
        wanted: folded names of submodules.

    Returns:
        The folded names of the wanted submodules and of all that they need.
    """
    assembly = package.assembly["name"]
    needs: dict[str, set[str]] = {}
    for fqn, declared in package.assembly["types"].items():
        needs.setdefault(fold(_submodule(fqn, assembly)), set()).update(
            fold(_submodule(other, assembly))
            for other in _references(declared)
            if other.startswith(f"{assembly}.")
        )
    for folder, files in package.scripts.items():
        for text in files.values():
            needs.setdefault(fold(folder), set()).update(
                fold(other) for other in RELATIVE_REQUIRE.findall(text.decode())
            )
    kept: set[str] = set()
    open_ = set(wanted)
    while open_:
        name = open_.pop()
        kept.add(name)
        open_ |= needs.get(name, set()) - kept
    return frozenset(kept)


def cut(package: JsiiPackage, kept: frozenset[str]) -> bytes:
    """Pack some submodules of a jsii package.

    Args:
        package: the complete package.
        kept: folded names of the submodules to keep, closed over what they need.

    Returns:
        A `.jsii.tgz`, byte for byte the same for the same input.
    """
    name = package.assembly["name"]
    assembly = {key: value for key, value in package.assembly.items() if key not in UNUSED_KEYS}
    assembly["types"] = {
        fqn: _strip(declared)
        for fqn, declared in package.assembly["types"].items()
        if fold(_submodule(fqn, name)) in kept
    }
    assembly["submodules"] = {
        fqn: _strip(declared)
        for fqn, declared in package.assembly.get("submodules", {}).items()
        if fold(_submodule(f"{fqn}.", name)) in kept
    }
    manifest = {
        key: package.manifest[key]
        for key in ("name", "version", "license", "main", "engines", "peerDependencies", "jsii")
        if key in package.manifest
    }
    exported = {
        fold(fqn.rpartition(".")[2]): fqn.rpartition(".")[2] for fqn in assembly["submodules"]
    }
    files = {
        ".jsii": _json(assembly),
        "LICENSE": package.license,
        "package.json": _json(manifest),
    }
    index = [INDEX_HEAD]
    for folder, scripts in sorted(package.scripts.items()):
        if fold(folder) not in kept:
            continue
        index.append(f"lazy({json.dumps(exported[fold(folder)])}, './{folder}/index');\n")
        for file, text in scripts.items():
            files[f"lib/{folder}/{file}"] = SOURCE_MAP.sub(b"", text)
    files["lib/index.js"] = "".join(index).encode()
    return _pack(files)


def _submodule(fqn: str, assembly: str) -> str:
    """Give the submodule of `<assembly>.<submodule>.<type>`."""
    return fqn.removeprefix(f"{assembly}.").partition(".")[0]


def _references(declared: object) -> Iterator[str]:
    """Give every type name in a type's description."""
    if isinstance(declared, str):
        yield declared
    elif isinstance(declared, dict):
        for key, value in declared.items():
            if key not in UNUSED_KEYS:
                yield from _references(value)
    elif isinstance(declared, list):
        for value in declared:
            yield from _references(value)


def _strip(declared: Any) -> Any:
    """Copy a description without what is for readers only."""
    if isinstance(declared, dict):
        return {key: _strip(value) for key, value in declared.items() if key not in UNUSED_KEYS}
    if isinstance(declared, list):
        return [_strip(value) for value in declared]
    return declared


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _pack(files: Mapping[str, bytes]) -> bytes:
    """Pack files with no clock, owner or order of a file system in the result."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=6, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
