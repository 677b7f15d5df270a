"""What a plan changes and why, in few lines."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_studio.delivery.files import read_json
from agent_studio.delivery.planning import Planned

_KINDS = 6
"""Resource types that a summary names."""
_CONSTRUCTS = 5
"""Constructs that a summary names."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One stack's plan in words.

    Attributes:
        stack: the stack's name.
        what: e.g. `+ 2 s3_bucket, ~ 1 security_group`.
        why: what set it off: the constructs that changed since the last apply.
        risks: addresses that would be destroyed or replaced, each with the action.
    """

    stack: str
    what: str
    why: str
    risks: tuple[str, ...]


def summarize(planned: Planned, *, synthesized: Path, before: Path | None) -> Summary:
    """Put one plan into words.

    Args:
        planned: the plan.
        synthesized: the stack's `cdk.tf.json`.
        before: the `cdk.tf.json` that was last applied, if it was kept.
    """
    plan = read_json(planned.plan_json) if planned.plan_json else {}
    counts: Counter[tuple[str, str]] = Counter()
    risks = []
    for resource in plan.get("resource_changes", []):
        sign = _sign(resource["change"])
        if sign:
            counts[sign, str(resource["type"]).removeprefix("aws_")] += 1
        if sign in ("-", "-/+"):
            verb = "replaces" if sign == "-/+" else "destroys"
            risks.append(f"{verb} {resource['address']}")
    parts = [f"{sign} {count} {kind}" for (sign, kind), count in counts.most_common(_KINDS)]
    if len(counts) > _KINDS:
        parts.append(f"and {len(counts) - _KINDS} more types")
    return Summary(
        stack=planned.stack,
        what=", ".join(parts) or "no changes",
        why=_why(synthesized, before),
        risks=tuple(risks),
    )


def changed_constructs(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Name the constructs whose resources differ between two synthesized stacks.

    A resource belongs to the construct below the stack on its path; its path stands in the
    metadata that cdktf writes.
    """
    old, new = dict(_resources(before)), dict(_resources(now))
    differing = [
        (new.get(address) or old[address])[0]
        for address in sorted(old.keys() | new.keys())
        if old.get(address) != new.get(address)
    ]
    return list(dict.fromkeys(differing))


def _why(synthesized: Path, before: Path | None) -> str:
    if before is None or not before.exists():
        return "never applied from here"
    names = changed_constructs(read_json(synthesized), read_json(before))
    if not names:
        return "settings of the stack itself changed"
    more = f" and {len(names) - _CONSTRUCTS} more" if len(names) > _CONSTRUCTS else ""
    return f"changed: {', '.join(names[:_CONSTRUCTS])}{more}"


def _sign(change: Mapping[str, Any]) -> str:
    actions = change.get("actions", [])
    if change.get("importing") is not None:
        return "<- ~" if "update" in actions else "<-"
    if "create" in actions and "delete" in actions:
        return "-/+"
    return {"create": "+", "update": "~", "delete": "-", "forget": "forget"}.get(
        actions[0] if actions else "", ""
    )


def _resources(stack: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for kind, named in (stack.get("resource") or {}).items():
        for name, body in named.items():
            path = str(body.get("//", {}).get("metadata", {}).get("path", f"{kind}.{name}"))
            construct = path.split("/")[1] if "/" in path else path
            yield f"{kind}.{name}", (construct, json.dumps(body, sort_keys=True))
