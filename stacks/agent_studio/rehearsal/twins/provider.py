"""The calls of a provider, answered from a schema and a store."""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from agent_studio.rehearsal.twins.clouds import CloudTable, plausible, rendered
from agent_studio.rehearsal.twins.errors import Refused
from agent_studio.rehearsal.twins.planning import filled, planned, replaced, settled
from agent_studio.rehearsal.twins.protocol.messages import message
from agent_studio.rehearsal.twins.protocol.schemas import schema
from agent_studio.rehearsal.twins.protocol.values import UNKNOWN, decoded, encoded
from agent_studio.rehearsal.twins.store import Store

_ERROR = 1
_IDENTITY = "id"


class Twin:
    """A stand-in for one provider.

    Args:
        name: the provider, e.g. `google`.
        schemas: its schemas, as `agent_studio.bindings.schemas` gives them.
        known: what is known of the cloud's resources.
        store: what the cloud holds.
    """

    def __init__(
        self, name: str, schemas: Mapping[str, Any], known: CloudTable, store: Store
    ) -> None:
        self.name = name
        self._schemas = schemas
        self._known = known
        self._store = store
        self._settings: dict[str, Any] = {}

    def calls(self) -> dict[str, Callable[[Any], Any]]:
        """The calls that it answers, by name."""
        return {
            "GetProviderSchema": self._get_schema,
            "ValidateProviderConfig": lambda _: message("ValidateProviderConfigResponse"),
            "ValidateResourceConfig": self._guarded("ValidateResourceResponse", self._validate),
            "ValidateDataResourceConfig": lambda _: message("ValidateResourceResponse"),
            "ConfigureProvider": self._configure,
            "UpgradeResourceState": self._upgrade,
            "ReadResource": self._guarded("ReadResourceResponse", self._read),
            "PlanResourceChange": self._guarded("PlanResourceChangeResponse", self._plan),
            "ApplyResourceChange": self._apply,
            "ImportResourceState": self._guarded("ImportResourceStateResponse", self._import),
            "ReadDataSource": self._guarded("ReadDataSourceResponse", self._read_data),
            "StopProvider": lambda _: message("Empty"),
        }

    def _get_schema(self, _request: Any) -> Any:
        def named(kind: str) -> list[Any]:
            return [
                message("NamedSchema", key=key, value=schema(one))
                for key, one in sorted(self._schemas[kind].items())
            ]

        return message(
            "GetProviderSchemaResponse",
            provider=schema(self._schemas["provider"]),
            resource_schemas=named("resource_schemas"),
            data_source_schemas=named("data_source_schemas"),
        )

    def _configure(self, request: Any) -> Any:
        settings = decoded(request.config) or {}
        self._settings = {
            key: value for key, value in settings.items() if isinstance(value, str | int)
        }
        return message("ConfigureResponse")

    def _validate(self, request: Any) -> Any:
        self._check_places(decoded(request.config) or {})
        return message("ValidateResourceResponse")

    def _upgrade(self, request: Any) -> Any:
        state = json.loads(request.raw_state.json)
        return message("UpgradeResourceStateResponse", upgraded_state=_dynamic(state))

    def _read(self, request: Any) -> Any:
        state = decoded(request.current_state)
        found = self._store.read(request.type_name, self._key(state)) if state else None
        return message("ReadResourceResponse", new_state=_dynamic(found))

    def _plan(self, request: Any) -> Any:
        prior, proposed = decoded(request.prior_state), decoded(request.proposed_new_state)
        if proposed is None:
            return message("PlanResourceChangeResponse", planned_state=_dynamic(None))
        type_ = request.type_name
        found = planned(self._block(type_), proposed, creates=prior is None)
        if prior is None:
            # What can be computed already is shown in the plan, as the real provider does.
            found |= {
                name: text
                for name, text in self._named(type_, found).items()
                if found.get(name) is UNKNOWN
            }
            found |= {
                name: UNKNOWN for name in self._known.of(type_).computed if found.get(name) is None
            }
        names = (*self._known.replace, *self._known.of(type_).replace)
        return message(
            "PlanResourceChangeResponse",
            planned_state=_dynamic(found),
            requires_replace=[
                message("AttributePath", steps=[message("Step", attribute_name=name)])
                for name in (replaced(names, prior, found) if prior else ())
            ],
        )

    def _apply(self, request: Any) -> Any:
        prior, new = decoded(request.prior_state), decoded(request.planned_state)
        type_ = request.type_name
        try:
            if new is None:
                self._store.delete(type_, self._key(prior))
                return message("ApplyResourceChangeResponse", new_state=_dynamic(None))
            self._check_mentions(type_, new)
            if prior is not None:
                values = self._settle(type_, new, prior[_IDENTITY])
                self._store.update(type_, self._key(prior), values)
            else:
                self._check_parents(type_, new)
                values = self._settle(type_, new, secrets.token_hex(8))
                self._store.create(type_, self._key(values), values)
        except Refused as refusal:
            return message(
                "ApplyResourceChangeResponse",
                new_state=_dynamic(prior),
                diagnostics=[_diagnostic(refusal)],
            )
        return message("ApplyResourceChangeResponse", new_state=_dynamic(values))

    def _import(self, request: Any) -> Any:
        found = self._store.read(request.type_name, request.id)
        if found is None:
            raise Refused(f"{request.type_name} {request.id} does not exist")
        imported = message("ImportedResource", type_name=request.type_name, state=_dynamic(found))
        return message("ImportResourceStateResponse", imported_resources=[imported])

    def _read_data(self, request: Any) -> Any:
        config = decoded(request.config)
        type_ = request.type_name
        block = self._schemas["data_source_schemas"][type_]["block"]
        known = {**self._settings, **{k: v for k, v in config.items() if v is not None}}
        sets = self._known.of(type_).sets

        def fill(path: tuple[str, ...], shape: Any) -> Any:
            template = sets.get(".".join(path))
            text = rendered(template, known) if template else None
            return text if text is not None else plausible(type_, path, shape, str(config))

        found = filled(block, config, fill)
        if found.get(_IDENTITY) is None:
            found[_IDENTITY] = fill((_IDENTITY,), "string")
        return message("ReadDataSourceResponse", state=_dynamic(found))

    def _key(self, values: Mapping[str, Any]) -> str:
        """By what the store knows a resource: its id."""
        return str(values[_IDENTITY])

    def _guarded(self, answer: str, call: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def answered(request: Any) -> Any:
            try:
                return call(request)
            except Refused as refusal:
                return message(answer, diagnostics=[_diagnostic(refusal)])

        return answered

    def _block(self, type_: str) -> Mapping[str, Any]:
        block: Mapping[str, Any] = self._schemas["resource_schemas"][type_]["block"]
        return block

    def _settle(self, type_: str, values: Mapping[str, Any], identity: str) -> dict[str, Any]:
        named = self._named(type_, values)

        def fill(path: tuple[str, ...], shape: Any) -> Any:
            return named.get(".".join(path), plausible(type_, path, shape, identity))

        return settled(self._block(type_), values, fill)

    def _named(self, type_: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the cloud sets, as far as it follows from what is known."""
        known = {
            **self._settings,
            **{k: v for k, v in values.items() if v is not None and v is not UNKNOWN},
        }
        about = self._known.of(type_)
        found: dict[str, Any] = {}
        for name, template in {**({_IDENTITY: about.id} if about.id else {}), **about.sets}.items():
            text = rendered(template, {**known, **found})
            if text is not None:
                found[name] = text
        return found

    def _check_places(self, values: Mapping[str, Any]) -> None:
        # An engine starts a provider three times for a plan; one of them checks places.
        from agent_studio.estate.catalogue import find_region

        for name in self._known.places:
            value = values.get(name)
            if not isinstance(value, str) or value.casefold() in self._known.wide:
                continue
            region = value.casefold().replace(" ", "")
            zone, _, letter = region.rpartition("-")
            if find_region(f"{self._known.cloud}/{region}") is None and not (
                len(letter) == 1 and find_region(f"{self._known.cloud}/{zone}")
            ):
                raise Refused(
                    f"there is no location {value}",
                    f"{name} names a location that the cloud does not have.",
                    attribute=name,
                )

    def _check_parents(self, type_: str, values: Mapping[str, Any]) -> None:
        for name, parent in self._known.of(type_).parents.items():
            value = values.get(name)
            if isinstance(value, str) and self._store.read(parent, value) is None:
                raise Refused(
                    f"{parent} {value} does not exist",
                    f"{name} of {type_} names it. Create it first.",
                    attribute=name,
                )

    def _check_mentions(self, type_: str, values: Mapping[str, Any]) -> None:
        """Refuse what names, by a computed name, something that does not exist.

        A name that `agent_studio.estate.names` computes and that the cloud does not give is found
        here, and so is a policy that is set before the one exists whom it names.
        """
        text = json.dumps(values, default=str)
        project = re.escape(str(self._settings.get("project", "")))
        for mention in (each for each in self._known.mentions if each.type != type_):
            for found in re.finditer(mention.pattern.replace("PROJECT", project), text):
                words = {**self._settings, **found.groupdict()}
                wanted = rendered(mention.id, words)
                if isinstance(wanted, str) and self._store.read(mention.type, wanted) is None:
                    raise Refused(
                        f"{mention.type} {wanted} does not exist",
                        f"{found[0]} names it. Create it first, and compute its name as it is.",
                    )


def _dynamic(value: Any) -> Any:
    return message("DynamicValue", msgpack=encoded(value))


def _diagnostic(refusal: Refused) -> Any:
    steps: Iterator[Any] = iter(())
    if refusal.attribute:
        steps = iter([message("Step", attribute_name=refusal.attribute)])
    return message(
        "Diagnostic",
        severity=_ERROR,
        summary=refusal.summary,
        detail=refusal.detail,
        attribute=message("AttributePath", steps=list(steps)),
    )
