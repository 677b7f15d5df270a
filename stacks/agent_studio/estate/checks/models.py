"""Models: known, callable from their cells, and within the residency of the data they see."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent_studio.estate.catalogue import find_region, geographies
from agent_studio.estate.draft import Draft, Entry
from agent_studio.estate.model import CellSpec, DataClassSpec, Residency, RuntimeSpec
from agent_studio.estate.models import PREFIXES, Endpoint, UnreadableEndpointError, read_endpoint
from agent_studio.estate.problems import Problem
from agent_studio.estate.region import Region
from agent_studio.estate.source.scalars import shown
from agent_studio.estate.suggest import listed

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class _Use:
    """A runtime in a cell."""

    cell: Entry[CellSpec]
    region: Region
    runtime: Entry[RuntimeSpec]

    @property
    def path(self) -> Path:
        """Where the cell names the runtime."""
        return (*self.cell.path, "runtimes", self.cell.spec.runtimes.index(self.runtime.name))


def check_models(draft: Draft) -> Iterator[Problem]:
    """Check that each runtime's models are known, callable from its cells, and keep residency."""
    endpoints: dict[str, dict[int, Endpoint]] = {}
    for name, runtime in draft.runtimes.items():
        endpoints[name] = {}
        if "models" in runtime.bad:
            continue
        for index, text in enumerate(runtime.spec.models):
            try:
                endpoints[name][index] = read_endpoint(text)
            except UnreadableEndpointError as error:
                yield unreadable_model(draft, (*runtime.path, "models", index), error)
    for use in _uses(draft):
        own = {i: e for i, e in endpoints[use.runtime.name].items() if e.cloud == use.region.cloud}
        readable = len(endpoints[use.runtime.name]) == len(use.runtime.spec.models)
        if use.runtime.spec.models and not own and readable and "models" not in use.runtime.bad:
            yield no_model_in_cell(draft, use)
        for index, endpoint in own.items():
            yield from _model(draft, use, use.runtime.spec.models[index], endpoint)


def _uses(draft: Draft) -> Iterator[_Use]:
    for cell in draft.cells:
        region = find_region(cell.path[1])
        if region is None or "runtimes" in cell.bad:
            continue
        for name in dict.fromkeys(cell.spec.runtimes):
            runtime = draft.runtimes.get(name)
            if runtime:
                yield _Use(cell, region, runtime)


def _model(draft: Draft, use: _Use, model: str, endpoint: Endpoint) -> Iterator[Problem]:
    classes = [
        draft.data_classes[name]
        for name in use.runtime.spec.data_classes
        if name in draft.data_classes and "residency" not in draft.data_classes[name].bad
    ]
    strict = [c for c in classes if c.spec.residency is Residency.REGION]
    legal = [c for c in classes if c.spec.residency is Residency.JURISDICTION]
    callable_ = endpoint.callable_from(use.region)
    if endpoint.zone and not callable_:
        yield uncallable_model(draft, use, model)
        return
    if strict and not endpoint.stays_in_region(use.region):
        yield model_leaves_region(draft, use, model, strict[0])
    elif legal and endpoint.processes_in(use.region) != {use.region.jurisdiction}:
        yield model_leaves_jurisdiction(draft, use, model, endpoint, legal[0])
    elif not callable_:
        yield uncallable_model(draft, use, model)


def unreadable_model(draft: Draft, path: Path, error: UnreadableEndpointError) -> Problem:
    """The model's place of processing can't be told, so it can't be allowed."""
    return draft.source.problem(
        path,
        error.message,
        allowed=error.allowed,
        fix="write e.g. bedrock/eu.anthropic.claude-sonnet-4-5",
    )


def no_model_in_cell(draft: Draft, use: _Use) -> Problem:
    """A cell calls models of its own cloud alone."""
    service = next(s for s, cloud in PREFIXES.items() if cloud == use.region.cloud)
    return draft.source.problem(
        use.path,
        f"no model of the runtime can be called from {use.region.key}",
        found=f"`{use.runtime.name}` with {', '.join(use.runtime.spec.models)}",
        allowed=f"at least one model of the cell's own cloud: {service}/...",
        fix=f"add a {service}/ model to runtimes.{use.runtime.name}.models",
    )


def uncallable_model(draft: Draft, use: _Use, model: str) -> Problem:
    """The cloud doesn't offer the endpoint to this region."""
    areas = [
        name
        for name, area in geographies(use.region.cloud).items()
        if not area.called_from or use.region.name in area.called_from
    ]
    return draft.source.problem(
        use.path,
        f"the model can't be called from {use.region.key}",
        found=f"{shown(model)} of the runtime `{use.runtime.name}`",
        allowed=f"models in the region, or of the areas {listed(areas)}",
        fix="declare a runtime for this region, with a model that it can call",
    )


def model_leaves_region(
    draft: Draft, use: _Use, model: str, data_class: Entry[DataClassSpec]
) -> Problem:
    """Prompts may hold data that must not leave the region."""
    return draft.source.problem(
        use.path,
        f"the model breaks the residency of `{data_class.name}`, which stays in its region",
        found=f"{shown(model)} of the runtime `{use.runtime.name}` in `{use.region.key}`",
        allowed=f"a model that is processed in {use.region.name}: {_in_region(use.region)}",
        fix=f"use {_in_region(use.region)}, or take `{data_class.name}` from the runtime",
    )


def model_leaves_jurisdiction(
    draft: Draft, use: _Use, model: str, endpoint: Endpoint, data_class: Entry[DataClassSpec]
) -> Problem:
    """Prompts may hold data that must not leave the jurisdiction."""
    processed = endpoint.processes_in(use.region)
    where = "anywhere" if "*" in processed else listed(processed)
    home = use.region.jurisdiction
    return draft.source.problem(
        use.path,
        f"the model breaks the residency of `{data_class.name}`, which stays in {home}",
        found=f"{shown(model)} of the runtime `{use.runtime.name}` in `{use.region.key}`, "
        f"processed in {where}",
        allowed=f"a model that is processed in {home}: {_within(use.region)}",
        fix=f"declare a runtime for {home} with such a model, or take `{data_class.name}` from it",
    )


def _in_region(region: Region) -> str:
    return {
        "aws": "bedrock/<maker>.<model>",
        "gcp": f"vertex/{region.name}/<model>",
        "azure": "azure/Standard/<model>",
    }[region.cloud]


def _within(region: Region) -> str:
    area = geographies(region.cloud).get(region.geography or "")
    if area is None or not area.processes_in <= {region.jurisdiction}:
        return _in_region(region)
    return {
        "aws": f"bedrock/{area.name}.<maker>.<model>",
        "gcp": f"vertex/{area.name}/<model>",
        "azure": "azure/DataZoneStandard/<model>",
    }[region.cloud]
