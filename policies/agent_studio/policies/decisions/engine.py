"""Cedar: the policies of the estate, and those of lower layers, over facts.

Layers only tighten. Each is decided on its own, and a request passes when every layer lets it
pass; a lower layer holds `forbid` alone, which is refused otherwise when it is read.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cedarpy

from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import policy_file, read_bytes
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.model import Objection

UNDECIDED = "studio/undecided"
_LARGEST = 4 * 1024 * 1024
ANYTHING = "permit(principal, action, resource);"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a policy's annotations say.

    Attributes:
        id: the policy's name, e.g. `residency-store`.
        control: the control that it serves.
        message: what is wrong, with `{field}` for what the context or the stack says.
    """

    id: str
    control: str
    message: str

    def worded(self, words: Mapping[str, Any]) -> str:
        """The message with its fields filled in; a field without a word stays as it is.

        Args:
            words: field -> value; lists are told one by one.
        """
        shown = {k: ", ".join(map(str, v)) if isinstance(v, list) else v for k, v in words.items()}
        return self.message.format_map(_Words(shown))


class Layer:
    """The policies of one layer, parsed once.

    Args:
        name: what errors call it, e.g. `estate` or `cell/cell-aws-eu-west-1-payments-eu`.
        text: the policies in Cedar's syntax.
        permits: whether it may hold `permit`: the estate's own layer alone.

    Raises:
        StudioError: the text is no Cedar, a policy lacks an annotation, or a lower layer permits.
    """

    def __init__(self, name: str, text: str, *, permits: bool) -> None:
        self.name = name
        try:
            table = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
            self._policies = cedarpy.PolicySet.from_str(text if permits else f"{text}\n{ANYTHING}")
        except ValueError as error:
            raise StudioError(
                f"the policies of the layer {name} can't be read",
                found=" ".join(str(error).split()),
            ) from None
        self.rules: dict[str, Rule] = {}
        for key, policy in table.items():
            self.rules[key] = self._rule(policy, permits=permits)

    def _rule(self, policy: Mapping[str, Any], *, permits: bool) -> Rule:
        notes = policy.get("annotations", {})
        if policy["effect"] != "forbid":
            if not permits:
                raise StudioError(
                    f"the layer {self.name} permits something",
                    found=str(notes.get("id") or "a permit without @id"),
                    allowed="forbid",
                    fix="a lower layer can only tighten; change the estate's own policies",
                )
            return Rule(id=str(notes.get("id")), control=UNDECIDED, message="")
        missing = [key for key in ("id", "control", "message") if not notes.get(key)]
        if missing:
            raise StudioError(
                f"a policy of the layer {self.name} lacks annotations",
                found=str(notes.get("id") or "no @id"),
                allowed="@id, @control and @message",
                fix=f"add @{', @'.join(missing)}",
            )
        return Rule(id=notes["id"], control=notes["control"], message=notes["message"])

    def decide(
        self, requests: Sequence[dict[str, Any]], entities: cedarpy.Entities
    ) -> list[tuple[bool, tuple[Rule, ...]]]:
        """Decide requests.

        Returns:
            For each request whether it passes, and which rules objected.
        """
        answers = cedarpy.is_authorized_batch(list(requests), self._policies, entities)
        found = []
        for answer in answers:
            reasons = answer.diagnostics.reasons
            # A policy that fails on a request is skipped by Cedar: then nothing may pass.
            failed = bool(answer.diagnostics.errors)
            rules = tuple(
                self.rules[reason]
                for reason in reasons
                if not answer.allowed and reason in self.rules
            )
            found.append((answer.allowed and not failed, rules))
        return found


def decide(place: Place, facts: Iterable[Fact], layers: Sequence[Layer]) -> list[Objection]:
    """Decide every fact of a stack.

    Args:
        place: the stack, as the estate declares it.
        facts: what it would have stand or happen.
        layers: the policies, the estate's own first.

    Returns:
        What each policy objects to; what no policy permits, and what can't be decided, is
        objected to under `studio/undecided`.
    """
    listed = list(facts)
    decidable = [fact for fact in listed if not fact.unknown]
    found = [
        Objection(
            control=UNDECIDED,
            address=fact.address,
            message=f"{fact.address}: {', '.join(fact.unknown)} can't be known before the apply, "
            "so it can't be decided",
            fix="Set it to a value, or to a reference within the stack, that the gate can read.",
        )
        for fact in listed
        if fact.unknown
    ]
    entities = cedarpy.Entities.from_json_str(json.dumps([place.as_entity()]))
    requests = [_request(place, fact) for fact in decidable]
    for layer in layers:
        for fact, (passes, rules) in zip(decidable, layer.decide(requests, entities), strict=True):
            if passes:
                continue
            if not rules:
                found.append(_unpermitted(fact, layer))
            found += [_objection(place, fact, rule) for rule in rules]
    return found


@cache
def estate_layer() -> Layer:
    """The estate's own policies: every `*.cedar` file directly under `policies/cedar/`."""
    return Layer("estate", read_policies(sorted(_folder().glob("*.cedar"))), permits=True)


def layers_of(place: Place, runtimes: Sequence[str] = (), unit: str | None = None) -> list[Layer]:
    """The layers that hold for a stack: the estate's, its unit's, its own, those of its runtimes.

    Lower ones lie in `policies/cedar/units/<owner>.cedar`, `cells/<stack>.cedar` and
    `runtimes/<runtime>.cedar`; none has to be there.
    """
    root = _folder()
    lower = [
        *([("unit", root / "units" / f"{unit}.cedar")] if unit else []),
        ("cell", root / "cells" / f"{place.stack}.cedar"),
        *(("runtime", root / "runtimes" / f"{name}.cedar") for name in runtimes),
    ]
    return [
        estate_layer(),
        *(_lower(f"{kind}/{path.stem}", path) for kind, path in lower if path.is_file()),
    ]


@cache
def _lower(name: str, path: Path) -> Layer:
    return Layer(name, read_policies([path]), permits=False)


def _folder() -> Path:
    return policy_file("cedar/base.cedar").parent


def read_policies(paths: Sequence[Path]) -> str:
    """Read files of policies into one text.

    Raises:
        StudioError: there is none.
    """
    if not paths:
        raise StudioError(
            "there are no Cedar policies",
            found=str(_folder()),
            fix="install agent-studio again; the gate does not judge without its rules",
        )
    return "\n".join(read_bytes(path, limit=_LARGEST).decode("utf-8") for path in paths)


def _request(place: Place, fact: Fact) -> dict[str, Any]:
    return {
        "principal": {"type": "Studio::Stack", "id": place.stack},
        "action": {"type": "Studio::Action", "id": fact.action.value},
        "resource": {"type": "Studio::Resource", "id": fact.address},
        "context": dict(fact.context),
    }


def _objection(place: Place, fact: Fact, rule: Rule) -> Objection:
    own = place.as_entity()["attrs"]
    # What the stack says and what the fact says may share a name; both must be at hand.
    words = {**own, **fact.context, **{f"own_{key}": value for key, value in own.items()}}
    return Objection(
        control=rule.control,
        address=fact.address,
        message=f"{fact.address} {rule.worded(words)}",
    )


def _unpermitted(fact: Fact, layer: Layer) -> Objection:
    return Objection(
        control=UNDECIDED,
        address=fact.address,
        message=f"{fact.address}: no policy of the layer {layer.name} permits {fact.action.value}",
    )


class _Words(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
