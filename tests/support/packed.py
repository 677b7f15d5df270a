"""The example estate's stacks and their plans, as the tests keep them packed."""

import gzip
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "policies" / "fixtures" / "estate-example"


@cache
def packed(stack: str, kind: str) -> str:
    """A stack's file as text; `kind` is `stack` or `plan`."""
    return gzip.decompress((FOLDER / f"{stack}.{kind}.json.gz").read_bytes()).decode()


@cache
def stacks() -> tuple[str, ...]:
    """The stacks of the example estate, by name."""
    return tuple(sorted(path.name.split(".", 1)[0] for path in FOLDER.glob("*.plan.json.gz")))
