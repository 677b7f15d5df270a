"""Decides recorded plans again under another bundle, and tells which decisions would change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies import record
from agent_studio.policies.bundle.archive import Archive
from agent_studio.policies.bundle.judging import judge_under
from agent_studio.policies.inputs import from_state_dir
from agent_studio.policies.model import PlanInput


@dataclass(frozen=True, kw_only=True)
class Change:
    """One decision that would change.

    Attributes:
        stack: the stack.
        before: the recorded verdict.
        after: the verdict under the other bundle.
        added: findings that would deny, and did not.
        gone: findings that denied, and would not.
    """

    stack: str
    before: str
    after: str
    added: tuple[Mapping[str, Any], ...]
    gone: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What a replay found.

    Attributes:
        replayed: the stacks whose recorded plans were decided again.
        changes: the decisions that would change.
        left_out: stack -> why its plan could not be decided again.
    """

    replayed: tuple[str, ...]
    changes: tuple[Change, ...]
    left_out: Mapping[str, str]


def replay(
    state_dir: Path, archive: Archive, *, estate_file: Path | None, terms: record.Terms
) -> Replay:
    """Decide the recorded plans of a state folder again.

    A plan without a record, or whose record does not verify, is left out and named.

    Args:
        state_dir: the state folder.
        archive: the other bundle.
        estate_file: the estate that plans are held to, if there is one.
        terms: on which terms records are believed; their age, bundle and verdict don't matter.

    Raises:
        StudioError: there is nothing to replay, or the bundle can't judge.
    """
    recorded: dict[str, record.Record] = {}
    inputs: list[PlanInput] = []
    left_out: dict[str, str] = {}
    for item in from_state_dir(state_dir):
        path = state_dir / "gate" / f"{item.stack}.json"
        if item.plan_file is None:
            continue
        expected = record.Expected(plan_file=item.plan_file, stack=item.stack, digest=item.digest)
        try:
            recorded[item.stack] = record.verify(path, expected, state_dir=state_dir, terms=terms)
        except StudioError as error:
            left_out[item.stack] = error.found or error.cause
        else:
            inputs.append(item)
    if not inputs:
        raise StudioError(
            "there is no recorded plan to replay",
            found="; ".join(f"{stack}: {why}" for stack, why in list(left_out.items())[:5])
            or f"no plan in {state_dir}",
            fix="run `studio plan` and `studio gate` first",
        )
    decisions = judge_under(archive, inputs, estate_file=estate_file)
    changes = []
    for stack, old in recorded.items():
        before, after = _blocking(old.findings), _blocking(decisions[stack].findings)
        change = Change(
            stack=stack,
            before=old.verdict,
            after=decisions[stack].verdict,
            added=tuple(after[key] for key in sorted(after.keys() - before.keys())),
            gone=tuple(before[key] for key in sorted(before.keys() - after.keys())),
        )
        if change.before != change.after or change.added or change.gone:
            changes.append(change)
    return Replay(replayed=tuple(recorded), changes=tuple(changes), left_out=left_out)


def _blocking(findings: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {
        (finding["control"], str(finding.get("address", ""))): finding
        for finding in findings
        if finding.get("blocks", True)
    }
