"""A small prebuilt provider package on a package index of its own."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from agent_studio.bindings.pins import Pin

MODULES = {"provider": "provider", "s3_bucket": "s3-bucket", "sqs_queue": "sqs-queue"}
MODULES |= {"s3_bucket_policy": "s3-bucket-policy", "shared_shapes": "shared-shapes"}


def camel(name: str) -> str:
    """Spell a Python module's name as jsii does."""
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


def tarball() -> bytes:
    """Pack a jsii package whose `sqs_queue` refers to a type of `shared_shapes`."""
    types = {
        f"@toy/provider.{camel(name)}.Thing": {
            "kind": "class",
            "fqn": f"@toy/provider.{camel(name)}.Thing",
            "docs": {"summary": "for readers only"},
            "locationInModule": {"filename": "src/index.ts", "line": 1},
        }
        for name in MODULES
    }
    types["@toy/provider.sqsQueue.Thing"]["base"] = "@toy/provider.sharedShapes.Thing"
    assembly = {
        "schema": "jsii/0.10.0",
        "name": "@toy/provider",
        "version": "1.0.0",
        "types": types,
        "submodules": {f"@toy/provider.{camel(name)}": {"symbolId": "x"} for name in MODULES},
    }
    manifest = {"name": "@toy/provider", "version": "1.0.0", "main": "lib/index.js"}
    files = {
        ".jsii": json.dumps(assembly),
        "package.json": json.dumps(manifest),
        "LICENSE": "licence text",
        "lib/index.js": "".join(
            f"exports.{camel(n)} = require('./{f}');\n" for n, f in MODULES.items()
        ),
    }
    for folder in MODULES.values():
        files[f"lib/{folder}/index.js"] = (
            f"exports.name = '{folder}';\n//# sourceMappingURL=data:application/json;base64,AAAA"
        )
        files[f"lib/{folder}/index.d.ts"] = "export {};"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


@dataclass(frozen=True)
class Toy:
    """The toy provider: its pin, the folder that serves as index, and folders to build in."""

    pin: Pin
    index: Path
    cache: Path
    site: Path
    roots: list[Path]

    def use(self, *modules: str) -> None:
        """Write a program that imports some of the modules."""
        lines = [f"from {self.pin.module}.{module} import Thing" for module in modules]
        (self.roots[0] / "program.py").write_text("\n".join(lines) + "\n")


def make_toy(tmp_path: Path) -> Toy:
    """Make the toy provider's wheel in a folder that pip can take as its index."""
    package = "cdktf_cdktf_provider_toy"
    for name in ("index", "site", "code"):
        (tmp_path / name).mkdir()
    wheel = tmp_path / "index" / f"{package}-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{package}/__init__.py", "raise AssertionError('the complete package')\n")
        archive.writestr(f"{package}/_jsii/__init__.py", "")
        archive.writestr(f"{package}/_jsii/provider@1.0.0.jsii.tgz", tarball())
        for name in MODULES:
            archive.writestr(
                f"{package}/{name}/__init__.py", f"class Thing:\n    name = {name!r}\n"
            )
        info = f"{package}-1.0.0.dist-info"
        archive.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: cdktf-cdktf-provider-toy\nVersion: 1.0.0\n",
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    pin = Pin(
        cloud="toy",
        framework="cdktf",
        module=package,
        distribution="cdktf-cdktf-provider-toy",
        version="1.0.0",
        sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        source="tests",
    )
    cache = tmp_path / "cache"
    (cache / pin.sha256).mkdir(parents=True)
    shutil.copy(wheel, cache / pin.sha256 / pin.wheel)
    return Toy(
        pin=pin,
        index=wheel.parent,
        cache=cache,
        site=tmp_path / "site",
        roots=[tmp_path / "code"],
    )


def unpack(archive: bytes) -> dict[str, bytes]:
    """Read a `.jsii.tgz` into a mapping of names to contents."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(archive))) as tar:
        return {member.name: source.read() for member in tar if (source := tar.extractfile(member))}
