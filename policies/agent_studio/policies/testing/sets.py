"""The sets of policies under test: the estate's, lower layers, those with their own schema."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import cedarpy

from agent_studio.estate.errors import StudioError
from agent_studio.policies.decisions.engine import ANYTHING, UNDECIDED, Layer
from agent_studio.policies.documents import read_bytes
from agent_studio.policies.testing.cases import ESTATE, Case
from agent_studio.policies.testing.mutation import Policy, written

SCHEMA = "schema.cedarschema"
LOWER = ("units", "cells", "runtimes")
_LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """What was decided: whether the request passes, and who objected.

    Attributes:
        passes: whether nothing stands against it.
        rules: the ids of the policies that objected.
    """

    passes: bool
    rules: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class PolicySet:
    """Policies that are decided together.

    Attributes:
        name: `estate`, a lower layer such as `cells/cell-aws-eu-west-1-payments-eu`, or the folder
            of a set with its own schema.
        text: the policies in Cedar's syntax.
        schema: what they can speak of.
        permits: whether they may permit.
        above: the layers that decide before it; a request must pass them too.
    """

    name: str
    text: str
    schema: str
    permits: bool
    above: tuple[Layer, ...] = ()

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """The policies in Cedar's JSON form, by `@id`.

        Raises:
            StudioError: two policies have one id, or one has none.
        """
        found: dict[str, Policy] = {}
        for policy in json.loads(cedarpy.policies_to_json_str(self.text))[
            "staticPolicies"
        ].values():
            name = policy.get("annotations", {}).get("id")
            if not name or name in found:
                raise StudioError(
                    f"the policies of {self.name} can't be told apart",
                    found=f"two of the id {name}" if name else "one without @id",
                    fix="give each policy an @id of its own",
                )
            found[name] = policy
        return found

    @cached_property
    def _parsed_schema(self) -> cedarpy.Schema:
        return cedarpy.Schema.from_str(self.schema)

    @cached_property
    def layer(self) -> Layer:
        """The policies as the gate decides by them."""
        return Layer(self.name, self.text, permits=self.permits)

    def without(self, policy: str, instead: Policy | None, *, alone: bool = False) -> Layer:
        """The policies with one left out or changed.

        Args:
            policy: the `@id` of the one.
            instead: what it is changed to; None leaves it out.
            alone: leave out all other policies that forbid, which are no matter of this one.

        Raises:
            StudioError: the change makes a set that the gate refuses to read.
        """
        changed = {
            name: one
            for name, one in self.policies.items()
            if name != policy and not (alone and one["effect"] == "forbid")
        }
        if instead is not None:
            # A permit needs no wording, but becomes a forbid in a mutant.
            wording = {"control": UNDECIDED, "message": "is denied"}
            notes = {**wording, **instead.get("annotations", {})}
            changed[policy] = {**instead, "annotations": notes}
        return Layer(self.name, written(changed), permits=self.permits)

    def outcomes(self, cases: Sequence[Case], layer: Layer | None = None) -> list[Outcome]:
        """Decide cases.

        Args:
            cases: of this set.
            layer: decides in place of `layer`, as a mutant does.
        """
        layers = (*self.above, layer or self.layer)
        found: dict[int, Outcome] = {}
        for entities, positions in _by_place(cases):
            passes = [True] * len(positions)
            rules: list[set[str]] = [set() for _ in positions]
            for each in layers:
                requests = [cases[position].request for position in positions]
                for at, (one, objecting) in enumerate(each.decide(requests, entities)):
                    passes[at] = passes[at] and one
                    rules[at] |= {rule.id for rule in objecting}
            for at, position in enumerate(positions):
                found[position] = Outcome(passes[at], frozenset(rules[at]))
        return [found[position] for position in range(len(cases))]

    def invalid(self) -> list[str]:
        """What the schema has against the policies."""
        result = cedarpy.validate_policies(self.text, self.schema)
        return [str(error.error) for error in result.errors]

    def unlike(self, case: Case) -> str | None:
        """What the schema has against the request of a case."""
        # Only the request is of interest here; one policy for all makes its answer plain.
        answer = cedarpy.is_authorized(
            case.request, ANYTHING, [_entity(case, self.schema)], self._parsed_schema
        )
        return "; ".join(answer.diagnostics.errors) or None if not answer.allowed else None


def policy_sets(folder: Path) -> dict[str, PolicySet]:
    """Every set of policies below a folder, by name.

    Args:
        folder: `policies/cedar`.

    Raises:
        StudioError: policies can't be read, or the schema is missing.
    """
    schema = _text(folder / SCHEMA)
    estate = PolicySet(
        name=ESTATE, text=_joined(sorted(folder.glob("*.cedar"))), schema=schema, permits=True
    )
    found = {ESTATE: estate}
    for kind in LOWER:
        for path in sorted((folder / kind).glob("*.cedar")):
            found[f"{kind}/{path.stem}"] = PolicySet(
                name=f"{kind}/{path.stem}",
                text=_text(path),
                schema=schema,
                permits=False,
                above=(estate.layer,),
            )
    for path in sorted(folder.glob(f"*/{SCHEMA}")):
        found[path.parent.name] = PolicySet(
            name=path.parent.name,
            text=_joined(sorted(path.parent.glob("*.cedar"))),
            schema=_text(path),
            permits=True,
        )
    return found


def _by_place(cases: Sequence[Case]) -> Iterator[tuple[cedarpy.Entities, list[int]]]:
    grouped: dict[str, list[int]] = {}
    for position, case in enumerate(cases):
        grouped.setdefault(json.dumps([case.place.as_entity()]), []).append(position)
    for text, positions in grouped.items():
        yield _entities(text), positions


@lru_cache(maxsize=1024)
def _entities(text: str) -> cedarpy.Entities:
    # Every mutant asks on behalf of the same few stacks.
    return cedarpy.Entities.from_json_str(text)


def _entity(case: Case, schema: str) -> dict[str, Any]:
    if "entity Stack" in schema:
        return case.place.as_entity()
    return {"uid": dict(case.request["principal"]), "attrs": {}, "parents": []}


def _joined(paths: Sequence[Path]) -> str:
    return "\n".join(_text(path) for path in paths)


def _text(path: Path) -> str:
    if not path.is_file():
        raise StudioError("a file of the policies is missing", found=str(path))
    return read_bytes(path, limit=_LARGEST).decode("utf-8")
