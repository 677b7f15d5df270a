"""Who may approve a plan: the rule of `policies/cedar/approval/`."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import cedarpy

from agent_studio.policies.decisions import Layer
from agent_studio.policies.decisions.engine import read_policies
from agent_studio.policies.documents import policy_file
from agent_studio.policies.model import Approval, News, Verdict

_UNCOMPARED = "it can't be told what the plan adds"


def approval_of(news: News | None, verdict: Verdict, *, stack: str) -> Approval:
    """Tell who may approve a stack's plan.

    Args:
        news: what the plan adds to what stands; None where that can't be told.
        verdict: what the gate decided on this stack alone.
        stack: the stack's name.
    """
    if news is None:
        return Approval(by_machine=False, reasons=(_UNCOMPARED,), adds=None)
    exceptions = sorted(entry.id for entry in verdict.exceptions)
    adds = {kind: tuple(items) for kind, items in {**news, "exceptions": exceptions}.items()}
    context = {kind: list(items) for kind, items in adds.items()}
    passes, reasons = approves({**context, "allowed": verdict.verdict == "allow"}, stack=stack)
    return Approval(by_machine=passes, reasons=reasons, adds=adds)


def approves(context: Mapping[str, Any], *, stack: str) -> tuple[bool, tuple[str, ...]]:
    """Decide by the policies whether the machine may approve.

    Args:
        context: what is new, and whether the gate allows it; the context of `Approve`.
        stack: the stack's name.

    Returns:
        Whether it may; and if not, why.
    """
    request = {
        "principal": {"type": "Studio::Machine", "id": "studio"},
        "action": {"type": "Studio::Action", "id": "Approve"},
        "resource": {"type": "Studio::Plan", "id": stack},
        "context": dict(context),
    }
    passes, rules = _layer().decide([request], cedarpy.Entities.from_json_str("[]"))[0]
    # Cedar gives the policies in no order of its own.
    reasons = tuple(sorted(rule.worded(context) for rule in rules))
    if not passes and not reasons:
        # A policy that fails on the request objects to nothing; Cedar leaves it out.
        reasons = ("the approval policies can't be decided on what is known",)
    return passes, reasons


def short(reasons: Sequence[str], *, length: int = 100) -> str:
    """Reasons as one line: each cut to a length, so that a list of addresses does not fill it.

    >>> short(["it adds the locations a, b, c"], length=20), short([])
    ('it adds the locat...', 'it asks for a person')
    """
    cut = [text if len(text) <= length else f"{text[: length - 3]}..." for text in reasons]
    return "; ".join(cut) or "it asks for a person"


@cache
def _layer() -> Layer:
    folder = policy_file("cedar/approval/approval.cedar").parent
    text = read_policies(sorted(folder.glob("*.cedar")))
    return Layer("approval", text, permits=True)
