"""What agents are told: each variable of an app, held to what the estate says of its runtime."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from agent_studio.estate import Runtime
from agent_studio.estate.names import azure as names
from agent_studio.estate.vault import VARIABLE
from agent_studio.policies.facts.addresses import LOCAL, addresses, leads_to
from agent_studio.policies.facts.azure.core import core_service, is_core_app
from agent_studio.policies.facts.azure.expected import (
    EVENTS,
    INBOX,
    mailbox_account,
    runtime_identity,
    store_account,
    work_queue,
)
from agent_studio.policies.facts.azure.owned import owned, resolved
from agent_studio.policies.facts.builders import undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import document, listed

_CLIENT = "azurerm_user_assigned_identity.client_id"
_ADDRESS = "VAULT_ADDR"
_TOKENS = "STUDIO_TOKENS_PER_DAY"


def workloads(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every variable that is none of the kit's, or says something else, and too many instances."""
    for app in resources.of_type("azurerm_container_app"):
        if is_core_app(place, app):
            yield from core_service(resources, place, app)
            continue
        profile = profile_of(place, app)
        if profile is None:
            yield undecided(app.address, "which runtime the app is")
            continue
        most = app.get("template", "max_replicas")
        if not str(most).isdigit() or int(str(most)) > profile.max_instances:
            what = (
                f"why there are up to {most} instances, where {profile.max_instances} are declared"
            )
            yield undecided(app.address, what)
        yield from _variables(resources, place, app, profile)


def profile_of(place: Place, app: Resource) -> Runtime | None:
    """The runtime that an app is, by its computed name."""
    name = app.values.get("name")
    return next(
        (
            profile
            for runtime, profile in place.profiles.items()
            if names.container_app(place.scope, runtime) == name
        ),
        None,
    )


def _variables(
    resources: Resources, place: Place, app: Resource, profile: Runtime
) -> Iterator[Fact]:
    told = _told(place, profile)
    if profile.budget and profile.budget.tokens_per_day and not _limited(app):
        yield undecided(app.address, f"what the agent may spend, for nothing sets {_TOKENS}")
    for container in listed(app.get("template", "container")):
        for variable in listed(container.get("env") if isinstance(container, Mapping) else None):
            name, value = variable.get("name"), variable.get("value")
            if name == "AZURE_CLIENT_ID":
                identity = owned(resources, value, _CLIENT)
                own = identity is not None and identity.values.get("name") == runtime_identity(
                    place, profile.name
                )
            else:
                rule = told.get(str(name))
                own = rule is not None and rule(resolved(resources, str(value)))
            if not own:
                yield undecided(app.address, f"what the agent does with {name} as it is")


def _limited(app: Resource) -> bool:
    """Whether some container is told its limit; without one the agent knows none."""
    variables = (
        variable
        for container in listed(app.get("template", "container"))
        if isinstance(container, Mapping)
        for variable in listed(container.get("env"))
    )
    return any(isinstance(each, Mapping) and each.get("name") == _TOKENS for each in variables)


def _told(place: Place, profile: Runtime) -> Mapping[str, Callable[[str], bool]]:
    """Variable -> whether a value is what the kit tells a runtime."""
    bus = f"https://{names.service_bus(place.scope)}.servicebus.windows.net"
    cell = place.stack.removeprefix("cell-")
    exact = {
        "AZURE_OPENAI_ENDPOINT": f"https://{names.model_account(place.scope)}.openai.azure.com/",
        "OTEL_RESOURCE_ATTRIBUTES": f"studio.cell={cell},cloud.region={place.region}",
        "OTEL_SERVICE_NAME": profile.name,
        "STUDIO_CELL": cell,
        "STUDIO_EVENTS_QUEUE_URL": f"{bus}/{EVENTS}",
        "STUDIO_JURISDICTION": place.jurisdiction,
        "STUDIO_MAILBOX_BUCKET": mailbox_account(place),
        "STUDIO_RUNTIME": profile.name,
        _TOKENS: str(profile.budget.tokens_per_day if profile.budget else None),
        "STUDIO_WORK_QUEUE_URL": f"{bus}/{work_queue(profile.name)}",
    }
    stores = {each.name: store_account(place, each.name) for each in profile.data_classes}
    return {
        **{name: _is(value) for name, value in exact.items()},
        "OTEL_EXPORTER_OTLP_ENDPOINT": _is_local,
        "STUDIO_COLLECTOR_CONFIG": _keeps_to_itself,
        "STUDIO_MAILBOX_PARAMETERS": _lies_in_inbox,
        "STUDIO_MODELS": lambda text: _items(text) <= set(profile.models),
        "STUDIO_STORES": lambda text: _pairs(text) <= stores.items(),
        VARIABLE: _is(place.in_vault.told.get(profile.name, "") if place.in_vault else ""),
        _ADDRESS: lambda text: any(leads_to(one, place.vaults) for one in addresses(text)),
    }


def _is(value: str) -> Callable[[str], bool]:
    return lambda text: text == value


def _is_local(text: str) -> bool:
    return all(one.host in LOCAL for one in addresses(text)) and "://" in text


def _keeps_to_itself(text: str) -> bool:
    """Whether a collector takes telemetry from its own machine and writes it to its output alone.

    The health check answers the platform's probes, and takes nothing.
    """
    found = document(text) or {}
    exporters, extensions = found.get("exporters"), found.get("extensions")
    if exporters != {"file": {"format": "json", "path": "/dev/stdout"}}:
        return False
    if not isinstance(extensions, Mapping) or set(extensions) != {"health_check"}:
        return False
    ends = (str(end) for end in _endpoints(found.get("receivers")))
    return all(end.rsplit(":", 1)[0] in LOCAL for end in ends)


def _endpoints(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name == "endpoint":
                yield item
            else:
                yield from _endpoints(item)


def _lies_in_inbox(text: str) -> bool:
    return all(str(blob).startswith(f"{INBOX}/") for _, blob in _pairs(text))


def _items(text: str) -> set[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return {text}
    return set(map(str, found)) if isinstance(found, list) else {text}


def _pairs(text: str) -> set[tuple[str, str]]:
    found = document(text)
    return {("", text)} if found is None else {(str(k), str(v)) for k, v in found.items()}
