"""The resources of a stack with their values, their provider and what they refer to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agent_studio.policies.facts.boundaries import attached, bounding
from agent_studio.policies.facts.statements import Statement, statements
from agent_studio.policies.facts.values import UNKNOWN, block, listed, merged, reference, strings
from agent_studio.policies.places import Synthesized, unindexed
from agent_studio.policies.plan import Plan, type_of

VAULT = "vault"
"""Vault's provider."""

_BLOCKS = frozenset(
    {"//", "data", "module", "moved", "provider", "removed", "resource", "terraform"}
)
"""What stands at the top of a stack and is judged as what it is."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One managed resource.

    Attributes:
        address: its Terraform address.
        type: its Terraform type.
        values: attribute -> value; see `values.merged`.
        provider: the provider that makes it, e.g. `aws` or `aws.elsewhere`.
        asked: what the configuration sets; the provider's own defaults are not in it.
    """

    address: str
    type: str
    values: Mapping[str, Any]
    provider: str
    asked: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Every string in it with the path to it; see `values.strings`."""
        return tuple(strings({k: v for k, v in self.values.items() if k != "//"}))

    @cached_property
    def statements(self) -> tuple["Statement | str", ...]:
        """Every statement of every policy document in it; see `statements.statements`."""
        return tuple(statements(self.values))

    def get(self, *path: str) -> Any:
        """A value by its path, through single nested blocks; None when it is not set."""
        value: Any = self.values
        for key in path:
            value = block(value).get(key)
        return value

    def blocks(self, name: str) -> list[Mapping[str, Any]]:
        """Every nested block of a name."""
        return [item for item in listed(self.values.get(name)) if isinstance(item, Mapping)]


@dataclass(frozen=True, kw_only=True)
class Resources:
    """All that a stack would hold once its plan is applied; read-only.

    Attributes:
        all: address -> resource.
        providers: provider -> its arguments.
        terraform: the `terraform` block; empty where only a plan is known.
        modules: names of the modules that are called.
        sources: address -> arguments of every data source.
        others: kinds of blocks of the stack that are none of those.
        programs: name and source of each provider that made the plan.
    """

    all: Mapping[str, Resource]
    providers: Mapping[str, Mapping[str, Any]]
    terraform: Mapping[str, Any]
    modules: tuple[str, ...]
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    programs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, stack: Synthesized | None, plan: Plan | None) -> "Resources":
        """Join a synthesized stack and its plan; at least one must be given.

        What a plan would leave standing counts, and what is only in the stack counts too: a plan
        may leave out what it does not change.
        """
        synthesized = stack.blocks("resource") if stack else {}
        bodies = {**(_configured(plan) if plan else {}), **synthesized}
        found: dict[str, Resource] = {}
        names = _provider_names(plan) if plan else {}
        for address, values in _planned(plan, bodies):
            body = bodies.get(unindexed(address), {})
            provider = body.get("provider") or names.get(unindexed(address)) or ""
            found[address] = Resource(
                address=address,
                type=type_of(address),
                values=values,
                provider=str(provider) or type_of(address).split("_", 1)[0],
                asked=body,
            )
        planned = {unindexed(address) for address in found}
        gone = {unindexed(c.address) for c in plan.changes if not c.stays} if plan else set()
        for address, body in synthesized.items():
            if address not in planned and address not in gone:
                type_ = type_of(address)
                provider = str(body.get("provider") or type_.split("_", 1)[0])
                found[address] = Resource(
                    address=address, type=type_, values=body, provider=provider, asked=body
                )
        return cls(
            all=found,
            providers=_providers(stack) if stack else _planned_providers(plan),
            terraform=block(stack.content.get("terraform")) if stack else {},
            sources={
                **(_planned_sources(plan) if plan else {}),
                **(stack.blocks("data") if stack else {}),
            },
            modules=tuple(
                {
                    **(block(stack.content.get("module")) if stack else {}),
                    **(_root(plan).get("module_calls") or {} if plan else {}),
                }
            ),
            others=tuple(sorted(set(stack.content) - _BLOCKS)) if stack else (),
            programs=_programs(plan) if plan else (),
        )

    def of_cloud(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every provider but Vault's, of which there is one in stacks on every cloud."""
        return (each for each in self.providers.items() if each[0].partition(".")[0] != VAULT)

    def in_cloud(self) -> Iterator[Resource]:
        """Every resource but those in Vault, which are held to the estate as a whole."""
        return (each for each in self.all.values() if not each.type.startswith(f"{VAULT}_"))

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Every resource of one of the types."""
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def named(self, type_: str, value: Any, *arguments: str) -> Resource | None:
        """The resource of a type that has a value, e.g. a name, in one of its arguments."""
        return next(
            (
                one
                for one in self.of_type(type_)
                if value is not None and value in [one.values.get(name) for name in arguments]
            ),
            None,
        )

    def region(self, resource: Resource) -> Any:
        """The region that a resource stands in, as far as it is told; None when it is not.

        AWS provider 6: a `region` on a resource goes before the provider's. Google Cloud has it as
        `location` on some types and as `zone` on others. On Azure no provider has one, and what has
        no `location` lies where its parent does.
        """
        own = None
        if resource.type.startswith("aws_"):
            own = resource.values.get("region")
        elif resource.type.startswith("google_"):
            own = _google_region(resource)
        elif resource.type.startswith("azurerm_"):
            own = _azure_region(resource)
        return self.providers.get(resource.provider, {}).get("region") if own is None else own

    @cached_property
    def bounding(self) -> frozenset[str]:
        """Addresses of the managed policies that are someone's permissions boundary."""
        return bounding(self)

    @cached_property
    def boundaries(self) -> frozenset[str]:
        """Of those, the ones that are attached to nobody.

        A boundary grants nothing by itself (IAM User Guide, "Permissions boundaries for IAM
        entities"): what a role may do stands in its own policies.
        """
        return self.bounding - attached(self)

    def referred(self, value: Any) -> Resource | None:
        """The resource of this stack that a value refers to as a whole."""
        address = reference(value)
        return self._by_block.get(address) if address else None

    def known_by(self, *arguments: str) -> Mapping[str, Resource]:
        """Every text that is known of these arguments -> the resource that has it."""
        found = self._known.get(arguments)
        if found is None:
            found = self._known[arguments] = {
                value: resource
                for resource in self.all.values()
                for name in arguments
                if isinstance(value := resource.values.get(name), str)
                and value
                and "${" not in value
            }
        return found

    @cached_property
    def _known(self) -> dict[tuple[str, ...], Mapping[str, Resource]]:
        return {}

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.all.values():
            found.setdefault(resource.type, []).append(resource)
        return found

    @cached_property
    def _by_block(self) -> Mapping[str, Resource]:
        return {unindexed(address): resource for address, resource in self.all.items()}


def backend(resources: Resources) -> tuple[str, Mapping[str, Any]] | None:
    """The kind of the state's backend and its arguments; None where only a plan is known."""
    if not resources.terraform:
        return None
    backends = block(resources.terraform.get("backend"))
    kind = next(iter(backends), "local")
    return kind, block(backends.get(kind))


def _google_region(resource: Resource) -> Any:
    """A location is written in either case; a zone is its region's name and a letter."""
    for name in ("location", "region"):
        found = resource.values.get(name)
        if found is not None:
            return found.lower().rsplit("/", 1)[-1] if isinstance(found, str) else found
    zone = resource.values.get("zone")
    return zone.lower().rpartition("-")[0] if isinstance(zone, str) else zone


def _azure_region(resource: Resource) -> Any:
    """A location may be written as people read it, e.g. `East US 2`; a group of listeners has none.

    Where nobody asks for one, the provider only tells it: an app lies where its environment does.
    Azure Monitor, "Action groups": they are processed in one region or in any (`global`), and the
    table of arguments says which. They are told that an alarm sounds, and no data.
    """
    found = resource.values.get("location")
    only_told = resource.asked and "location" not in resource.asked
    if only_told or resource.type == "azurerm_monitor_action_group":
        return None
    return found.replace(" ", "").lower() if isinstance(found, str) else found


def _planned(
    plan: Plan | None, bodies: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if plan is None:
        return
    for change in plan.changes:
        if not change.stays:
            continue
        body = bodies.get(unindexed(change.address), {})
        values = merged(dict(change.after), dict(change.unknown), body)
        # Computed and unset: the provider fills it in, nobody asked for it. Read back from the
        # cloud, what is unset is an empty text.
        unset = {k for k, v in values.items() if k not in body and (v is UNKNOWN or v == "")}
        yield (
            change.address,
            {
                **{k: v for k, v in values.items() if k not in unset},
                # A plan's values leave out what runs beside the resource.
                **{k: body[k] for k in ("provisioner", "connection") if k in body},
            },
        )


def _configured(plan: Plan) -> dict[str, Mapping[str, Any]]:
    """What the plan's own configuration asks for, for resources that the stack does not hold."""
    found: dict[str, Mapping[str, Any]] = {}

    def add(module: Mapping[str, Any], prefix: str) -> None:
        for item in listed(module.get("resources")):
            if isinstance(item, Mapping) and item.get("mode") == "managed":
                found[f"{prefix}{item.get('address')}"] = block(_constants(item.get("expressions")))
        for name, call in block(module.get("module_calls")).items():
            add(block(block(call).get("module")), f"{prefix}module.{name}.")

    add(_root(plan), "")
    return found


def _providers(stack: Synthesized) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for name, blocks in block(stack.content.get("provider")).items():
        for body in listed(blocks):
            if isinstance(body, Mapping):
                found[_qualified(name, body)] = body
    return found


def _planned_providers(plan: Plan | None) -> dict[str, Mapping[str, Any]]:
    return {
        _qualified(config.get("name"), config): _constants(config.get("expressions"))
        for config in (_provider_config(plan).values() if plan else ())
    }


def _programs(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Name and source of each provider that made the plan."""
    return tuple(
        (str(each["name"]), str(each["full_name"]))
        for each in map(block, _provider_config(plan).values())
        if "name" in each and "full_name" in each
    )


def _provider_config(plan: Plan) -> Mapping[str, Any]:
    return block(plan.content["configuration"].get("provider_config"))


def _qualified(name: Any, body: Mapping[str, Any]) -> str:
    """A provider as resources name it: with its alias, if it has one."""
    alias = body.get("alias")
    return f"{name}.{alias}" if alias else str(name or "")


def _root(plan: Plan) -> Mapping[str, Any]:
    return block(plan.content["configuration"].get("root_module"))


def _planned_sources(plan: Plan) -> dict[str, Mapping[str, Any]]:
    return {
        str(item.get("address")): block(_constants(item.get("expressions")))
        for item in listed(_root(plan).get("resources"))
        if isinstance(item, Mapping) and item.get("mode") == "data"
    }


def _constants(value: Any) -> Any:
    """A plan's expressions as plain values; an expression that is no constant is unknown."""
    if isinstance(value, list):
        return [_constants(item) for item in value]
    if isinstance(value, Mapping):
        if "constant_value" in value:
            return value["constant_value"]
        if "references" in value:
            # Whether anything is made of the reference can't be told: documents stay unreadable.
            names = [str(name) for name in listed(value["references"])]
            return f"${{{names[0]}}}" if names else UNKNOWN
        return {key: _constants(item) for key, item in value.items()}
    return value


def _provider_names(plan: Plan) -> dict[str, str]:
    names = {
        key: _qualified(body.get("name"), body) for key, body in _provider_config(plan).items()
    }
    return {
        item["address"]: names.get(item.get("provider_config_key"), "")
        for item in _root(plan).get("resources", [])
    }
