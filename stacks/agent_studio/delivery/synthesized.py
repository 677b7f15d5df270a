"""What the last synthesis left: the stacks with their digests."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from agent_studio.delivery.files import read_json
from agent_studio.delivery.layout import Layout
from agent_studio.estate import Layer
from agent_studio.estate.errors import ExitCode, StudioError


@dataclass(frozen=True, kw_only=True)
class SynthesizedStack:
    """One stack of a synthesis.

    Attributes:
        name: the stack's name.
        layer: its layer, in the order of apply.
        path: the file `cdk.tf.json`.
        digest: what the file's content is known by.
        resources: how many resources it declares.
    """

    name: str
    layer: Layer
    path: Path
    digest: str
    resources: int


def read_stacks(layout: Layout) -> tuple[SynthesizedStack, ...]:
    """Read the manifest of the last synthesis, in the order of apply.

    Raises:
        StudioError: nothing was synthesized, or the manifest was damaged.
    """
    if not layout.manifest.exists():
        raise StudioError(
            "nothing was synthesized yet", found=f"no {layout.manifest}", fix="run `studio synth`"
        )
    entries = read_json(layout.manifest).get("stacks", [])
    try:
        stacks = [_stack(layout, entry) for entry in entries]
    except (KeyError, TypeError, ValueError) as error:
        raise StudioError(
            f"{layout.manifest} is damaged", found=repr(error), fix="run `studio synth` again"
        ) from error
    order = list(Layer)
    return tuple(sorted(stacks, key=lambda stack: (order.index(stack.layer), stack.name)))


def matching(
    stacks: Sequence[SynthesizedStack], patterns: Sequence[str]
) -> tuple[SynthesizedStack, ...]:
    """Keep the stacks whose name matches one of the patterns; none given keeps every stack.

    Args:
        stacks: the stacks to choose from.
        patterns: names with `*`, `?` and `[...]`.

    Raises:
        StudioError: a pattern matches no stack.
    """
    if not patterns:
        return tuple(stacks)
    idle = [one for one in patterns if not any(fnmatchcase(s.name, one) for s in stacks)]
    if idle:
        names = [stack.name for stack in stacks]
        shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        raise StudioError(
            "no stack has such a name",
            found=", ".join(idle),
            allowed=shown,
            exit_code=ExitCode.USAGE,
        )
    return tuple(s for s in stacks if any(fnmatchcase(s.name, one) for one in patterns))


def _stack(layout: Layout, entry: dict[str, Any]) -> SynthesizedStack:
    path = Path(entry["path"])
    if path.is_dir():
        path = path / "cdk.tf.json"
    if not path.is_absolute() and not path.exists():
        beside = layout.manifest.parent / path
        path = beside / "cdk.tf.json" if beside.is_dir() else beside
    return SynthesizedStack(
        name=str(entry["name"]),
        layer=Layer(entry["layer"]),
        path=path,
        digest=str(entry["digest"]),
        resources=int(entry["resources"]),
    )
