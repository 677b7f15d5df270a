"""Mutants of a Cedar policy: the policy with one thing wrong.

They are made of Cedar's JSON form (Cedar documentation, "JSON policy format"), never of text, so
that every mutant is a policy that Cedar can read.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import cedarpy

Policy = dict[str, Any]
_TURNED = {"when": "unless", "unless": "when"}
_EFFECTS = {"forbid": "permit", "permit": "forbid"}
_WIDER = {"containsAll": "containsAny", "containsAny": "containsAll"}
_COMPARED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A policy with one thing wrong.

    Attributes:
        what: what was done to it, in words; names the mutant within its policy.
        policy: the changed policy; None where it was left out.
    """

    what: str
    policy: Policy | None


def mutants(policy: Policy) -> Iterator[Mutant]:
    """Every mutant of a policy.

    The policy is left out; forbid and permit change places; each condition is left out and turned
    round; of each `&&` and `||` one side is left out; each `!` is left out; each comparison and
    each test for membership is turned round or weakened; the scope is widened.

    Args:
        policy: the policy in Cedar's JSON form.
    """
    yield Mutant(what="without the policy", policy=None)
    yield Mutant(
        what=f"{_EFFECTS[policy['effect']]} instead of {policy['effect']}",
        policy={**deepcopy(policy), "effect": _EFFECTS[policy["effect"]]},
    )
    yield from _scopes(policy)
    for index, condition in enumerate(policy["conditions"]):
        kind, body = condition["kind"], condition["body"]
        rest = [one for position, one in enumerate(policy["conditions"]) if position != index]
        yield Mutant(
            what=f"without {kind} {{ {shown(body)} }}",
            policy={**deepcopy(policy), "conditions": deepcopy(rest)},
        )
        yield _with(policy, index, f"{_TURNED[kind]} instead of {kind} {{ {shown(body)} }}", None)
        for what, changed in _expressions(body):
            yield _with(policy, index, what, changed)


def _with(policy: Policy, index: int, what: str, body: Any) -> Mutant:
    """The policy with one condition's body changed; turned round where there is no body."""
    made = deepcopy(policy)
    condition = made["conditions"][index]
    if body is None:
        condition["kind"] = _TURNED[condition["kind"]]
    else:
        condition["body"] = body
    return Mutant(what=what, policy=made)


def _scopes(policy: Policy) -> Iterator[Mutant]:
    action = policy["action"]
    if action["op"] != "All":
        yield Mutant(what="for any action", policy={**deepcopy(policy), "action": {"op": "All"}})
    if action["op"] == "in" and len(action.get("entities", ())) > 1:
        for one in action["entities"]:
            rest = [each for each in action["entities"] if each != one]
            yield Mutant(
                what=f"without the action {one['id']}",
                policy={**deepcopy(policy), "action": {"op": "in", "entities": rest}},
            )
    # Who asks for what is narrowed by the schema for a forbid; a permit must say it itself.
    for part in ("principal", "resource") if policy["effect"] == "permit" else ():
        if policy[part]["op"] != "All":
            yield Mutant(what=f"for any {part}", policy={**deepcopy(policy), part: {"op": "All"}})


def _expressions(body: Any) -> Iterator[tuple[str, Any]]:
    """Each change of an expression, with words for it."""
    if not isinstance(body, Mapping) or len(body) != 1:
        return
    operator, inner = next(iter(body.items()))
    if operator in ("&&", "||"):
        for side, other in (("left", "right"), ("right", "left")):
            yield f"without {operator} {shown(inner[side])}", deepcopy(inner[other])
        swapped = "||" if operator == "&&" else "&&"
        yield f"{swapped} instead of {operator} in {shown(body)}", {swapped: deepcopy(inner)}
        for side in ("left", "right"):
            for what, changed in _expressions(inner[side]):
                yield what, {operator: {**deepcopy(inner), side: changed}}
        return
    if operator == "!":
        yield f"{shown(inner['arg'])} without its !", deepcopy(inner["arg"])
        for what, changed in _expressions(inner["arg"]):
            yield what, {"!": {"arg": changed}}
        return
    if operator == "if-then-else":
        for branch in ("then", "else"):
            yield f"always {shown(inner[branch])}", deepcopy(inner[branch])
        for part in ("if", "then", "else"):
            for what, changed in _expressions(inner[part]):
                yield what, {operator: {**deepcopy(inner), part: changed}}
        return
    if operator in _COMPARED:
        other = _COMPARED[operator]
        yield f"{other} instead of {operator} in {shown(body)}", {other: deepcopy(inner)}
        return
    if operator in _WIDER:
        other = _WIDER[operator]
        yield f"{other} instead of {shown(body)}", {other: deepcopy(inner)}
    yield f"not {shown(body)}", {"!": {"arg": deepcopy(dict(body))}}


def shown(body: Any) -> str:
    """An expression in Cedar's syntax.

    Args:
        body: the expression in Cedar's JSON form.
    """
    policy = {
        "effect": "permit",
        "principal": {"op": "All"},
        "action": {"op": "All"},
        "resource": {"op": "All"},
        "conditions": [{"kind": "when", "body": body}],
    }
    text = written({"one": policy})
    words = " ".join(text.split())
    return words.split("when { ", 1)[1].rsplit(" }", 1)[0]


def written(policies: Mapping[str, Policy]) -> str:
    """Policies in Cedar's syntax.

    Args:
        policies: name -> policy in Cedar's JSON form.
    """
    text: str = cedarpy.policies_from_json_str(
        json.dumps({"staticPolicies": dict(policies), "templates": {}, "templateLinks": []})
    )
    return text
