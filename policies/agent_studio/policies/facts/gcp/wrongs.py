"""The fact that a wrong argument is."""

from typing import Any

from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource
from agent_studio.policies.facts.table import Rule


def wrong(place: Place, resource: Resource, path: str, rule: Rule, value: Any) -> Fact:
    """What an argument of another value than it may have does.

    Args:
        place: the stack.
        resource: the resource.
        path: the argument.
        rule: what it may be.
        value: what it is; None where it is missing.
    """
    what = f"{path} is not set" if value is None else f"{path} is {value}"
    kind = _BY_WORD.get(rule.word, rule.wrong) if rule.wrong == "undecided" else rule.wrong
    if kind == "place" and value is None:
        kind = "anywhere"
    context = _context(place, kind, resource, what, value)
    if context is None:
        return Fact(
            action=Action.PROVISION,
            address=resource.address,
            context={},
            unknown=(f"what it means that {what}",),
        )
    action, known = context
    return Fact(action=action, address=resource.address, context=known)


_BY_WORD = {
    "place": "place",
    "project": "project",
    "project_path": "project",
    "key": "key",
    "range": "network",
    "fqdn": "name",
    "image": "image",
    "destination": "internet",
    "role": "privilege",
    "permission": "privilege",
    "studio_account": "privilege",
}
"""What is wrong where a rule's word says it already."""


def _context(
    place: Place, kind: str, resource: Resource, what: str, value: Any
) -> tuple[Action, dict[str, Any]] | None:
    told = {"what": what, "peer": str(value), "own": False, "tls": False, "declared": False}
    if kind in ("public", "ingress", "egress", "filter", "network", "name"):
        if kind == "egress":
            told["what"] = f"({what})"
        return Action.CONNECT, {"kind": kind, **told}
    if kind in ("internet", "image", "project"):
        return Action.TRANSFER, {
            "kind": what,
            "region": "",
            "jurisdiction": "",
            "account": str(value) if kind == "project" else "",
            "bucket": "",
            "internet": kind != "project",
            "image": kind == "image",
        }
    if kind in ("encryption", "key", "rotation", "anywhere"):
        key = {"encryption": "none", "key": "foreign", "rotation": "unrotated"}
        missing = kind == "encryption" and value is None
        return Action.STORE, {
            "kind": f"{resource.type} ({what})",
            "region": "any region" if kind == "anywhere" else place.region,
            "encrypted": not missing,
            "key": "foreign" if kind == "encryption" else key.get(kind, "customer"),
            "keyMayBeService": False,
        }
    if kind == "place":
        return Action.PROVISION, {
            "kind": resource.type,
            "region": str(value),
            "reviewed": True,
        }
    if kind in ("identity", "privilege"):
        return Action.GRANT, {
            "kind": "resource",
            "principal": what,
            "accounts": ["an account that the stack does not name"],
            "anyone": False,
            "service": False,
            "guarded": True,
            "everything": False,
            "privileged": kind == "privilege",
            "beyond": [],
        }
    return None
