"""What a synthesized stack is known by."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_COMMENT = "//"
_BODIES = ("data", "resource")
_NAMED = ("output", "variable")


def digest(stack: Mapping[str, Any]) -> str:
    """Give the SHA-256 of what Terraform reads in a stack, in hexadecimal.

    Comments (`//`) are left out: cdktf keeps its own version there, and a patch of the toolchain
    must not make every stack look changed. A provider's source counts in its long form, which
    CDK Terrain writes (`hashicorp/aws` for `aws`). So the digest is the same under both CDKs, and
    moves whenever a plan could.

    Args:
        stack: the content of `cdk.tf.json`.

    >>> digest({"//": {"version": "1"}}) == digest({"//": {"version": "2"}})
    True
    """
    text = json.dumps(_read_by_terraform(stack), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def resource_count(stack: Mapping[str, Any]) -> int:
    """Count the resources that a stack declares."""
    return sum(len(named) for named in stack.get("resource", {}).values())


def _read_by_terraform(stack: Mapping[str, Any]) -> dict[str, Any]:
    # A comment is one at the level of a block's body alone; deeper, `//` is a key like any other.
    kept = _uncommented(stack)
    for block in _BODIES:
        if block in kept:
            kept[block] = {
                kind: {name: _uncommented(body) for name, body in named.items()}
                for kind, named in kept[block].items()
            }
    for block in _NAMED:
        if block in kept:
            kept[block] = {name: _uncommented(body) for name, body in kept[block].items()}
    providers = kept.get("terraform", {}).get("required_providers")
    if providers:
        long = {name: {**each, "source": _long(each)} for name, each in providers.items()}
        kept["terraform"] = {**kept["terraform"], "required_providers": long}
    return kept


def _uncommented(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != _COMMENT}


def _long(provider: Mapping[str, Any]) -> str:
    source = str(provider.get("source", ""))
    return source if "/" in source else f"hashicorp/{source}"
