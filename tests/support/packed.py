"""The example estate's stacks and their plans, as the tests keep them packed."""

import gzip
import json
from functools import cache
from pathlib import Path

from agent_studio.estate import Cloud

FOLDER = Path(__file__).resolve().parents[1] / "policies" / "fixtures" / "estate-example"


@cache
def packed(stack: str, kind: str) -> str:
    """A stack's file as text; `kind` is `stack` or `plan`."""
    return gzip.decompress((FOLDER / f"{stack}.{kind}.json.gz").read_bytes()).decode()


@cache
def stacks(cloud: str | None = None) -> tuple[str, ...]:
    """The stacks of the example estate, by name; those on one cloud if it is named.

    AWS's plans are the real provider's, the others a twin's.
    """
    names = sorted(path.name.split(".", 1)[0] for path in FOLDER.glob("*.plan.json.gz"))
    provider = Cloud(cloud).provider if cloud else None
    return tuple(
        name
        for name in names
        if provider is None or provider in json.loads(packed(name, "stack"))["provider"]
    )
