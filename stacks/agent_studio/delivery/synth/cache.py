"""What need not be synthesized again.

A stack is taken from the last synthesis when everything that it is computed from is the same: its
slice of the estate, the kit's code, the bindings and the CDK. Each part is hashed as a whole; where
one cannot be known, nothing is reused.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from agent_studio.estate import Estate, Layer, StackRef

_CODE = (
    "agent_studio.constructs",
    "agent_studio.stacks",
    "agent_studio.estate",
    "agent_studio.bindings",
)
_ENGINES = ("cdktf", "cdktn", "constructs", "jsii", "pydantic")
_BINDINGS = ("cdktf_cdktf_provider_aws", "cdktn_provider_aws")


def toolchain_key(estate_file: Path) -> str | None:
    """Give what every stack's content depends on, besides the estate; None where it is unknown.

    The rules are a part of it: a stack is decided when it is synthesized, and under other rules it
    may be denied. They hold the region catalogue, too.

    Args:
        estate_file: the estate's file, beside which exceptions may lie.
    """
    from agent_studio.policies import bundle

    rules = bundle.present_digest(estate_file)
    parts = [sys.version, os.environ.get("STUDIO_CDK") or "cdktf", rules]
    for name in _ENGINES:
        try:
            parts.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            parts.append(f"{name} none")
    code = hashlib.sha256()
    for package in _CODE:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            return None
        for root in spec.submodule_search_locations:
            for file in _sources(Path(root)):
                code.update(f"{package}/{file.relative_to(root)}\0".encode())
                code.update(hashlib.sha256(file.read_bytes()).digest())
    parts.append(code.hexdigest())
    for name in _BINDINGS:
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            continue
        stamp = Path(spec.submodule_search_locations[0]) / "stamp"
        if not stamp.is_file():
            # Bindings that this kit did not build carry no proof of what they hold.
            return None
        parts.append(f"{name} {stamp.read_text().strip()}")
    return _hash(parts)


def stack_key(estate: Estate, ref: StackRef, toolchain: str) -> str:
    """Give what one stack's content depends on.

    The slices are exactly what the stacks' constructors are given, so nothing else can reach their
    content: a cell's stack gets the cell and the core's place; guardrails get the account, its
    regions and the CI; the core's stack gets the whole estate.
    """
    from agent_studio.stacks.regions import open_regions

    parts: list[object] = [toolchain, ref]
    match ref.layer:
        case Layer.CORE:
            parts.append(estate.spec.model_dump_json())
            parts.append(estate)
        case Layer.GUARDRAILS:
            account = next(
                each for each in estate.accounts if estate.guardrails_scope(each).stack == ref.name
            )
            parts += [account, open_regions(estate, account), estate.spec.ci]
        case Layer.CELL:
            parts += [
                next(each for each in estate.cells if each.stack == ref.name),
                estate.core_scope,
            ]
    return _hash(repr(each) for each in parts)


def _sources(root: Path) -> list[Path]:
    return sorted(
        file
        for file in root.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"
    )


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
