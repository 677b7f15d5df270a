"""Residency: models and copies stay where the data classes allow."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent_studio.estate.catalogue import find_region, geographies
from agent_studio.estate.draft import Draft, Entry
from agent_studio.estate.model import CellSpec, DataClassSpec, Residency, RuntimeSpec
from agent_studio.estate.models import PREFIXES, Endpoint, UnreadableEndpointError, read_endpoint
from agent_studio.estate.problems import Problem
from agent_studio.estate.region import Region
from agent_studio.estate.source.scalars import shown
from agent_studio.estate.suggest import listed, rename_fix

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


def check_replicas(draft: Draft) -> Iterator[Problem]:
    """Check that each copy goes to another cell of the account, as far as its class allows."""
    for cell in draft.cells:
        if "replicate" in cell.bad:
            continue
        for name, target in cell.spec.replicate.items():
            yield from _replica(draft, cell, name, target)


def _replica(draft: Draft, cell: Entry[CellSpec], name: str, target: str) -> Iterator[Problem]:
    path = (*cell.path, "replicate", name)
    _, key, account = cell.path
    home, other = find_region(key), find_region(target)
    if name not in draft.declared["data_classes"]:
        yield unknown_replica_class(draft, path, name)
    elif not _holds(draft, cell, name):
        yield unheld_class(draft, path, name, key)
    if other is None:
        yield unknown_replica_region(draft, path, target)
        return
    if target == key:
        yield replica_at_home(draft, path)
        return
    there = next((c for c in draft.cells if c.path[1:] == (target, account)), None)
    if there is None:
        yield no_cell_at_replica(draft, path, target, account)
    elif name in draft.declared["data_classes"] and not _holds(draft, there, name):
        yield no_store_at_replica(draft, path, name, target)
    data_class = draft.data_classes.get(name)
    if data_class is None or "residency" in data_class.bad or home is None:
        return
    if data_class.spec.residency is Residency.REGION:
        yield replica_leaves_region(draft, path, name, target)
    elif (
        data_class.spec.residency is Residency.JURISDICTION
        and other.jurisdiction != home.jurisdiction
    ):
        yield replica_leaves_jurisdiction(draft, path, name, home, other)


def _holds(draft: Draft, cell: Entry[CellSpec], name: str) -> bool:
    if "runtimes" in cell.bad:
        return True
    runtimes = [draft.runtimes.get(runtime) for runtime in cell.spec.runtimes]
    return any(
        r is None or "data_classes" in r.bad or name in r.spec.data_classes for r in runtimes
    )


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


def unknown_replica_class(draft: Draft, path: Path, name: str) -> Problem:
    """The class is declared nowhere."""
    declared = draft.declared["data_classes"]
    return draft.source.problem(
        path,
        "unknown data class",
        key=True,
        found=shown(name),
        allowed=listed(declared),
        fix=rename_fix(name, declared, "declare it under data_classes"),
    )


def unheld_class(draft: Draft, path: Path, name: str, key: str) -> Problem:
    """There is nothing to copy."""
    return draft.source.problem(
        path,
        f"no runtime of the cell in {key} touches this data class",
        key=True,
        found=shown(name),
        allowed="a data class that a runtime of the cell names",
        fix="delete the line, or give the cell a runtime that uses the class",
    )


def unknown_replica_region(draft: Draft, path: Path, target: str) -> Problem:
    """No cloud has the region that should keep the copy."""
    keys = sorted(draft.declared["regions"])
    return draft.source.problem(
        path,
        "unknown region",
        found=shown(target),
        allowed=f"another region of the same account: {listed(keys)}",
        fix=rename_fix(target, keys, "name a region in which the account has a cell"),
    )


def replica_at_home(draft: Draft, path: Path) -> Problem:
    """A copy beside the original protects nothing."""
    return draft.source.problem(
        path,
        "the copy would stay in the cell's own region",
        allowed="another region",
        fix="name another region in which the account has a cell, or delete the line",
    )


def no_cell_at_replica(draft: Draft, path: Path, target: str, account: str) -> Problem:
    """The copy needs a store, and so a cell."""
    cells = [c.path[1] for c in draft.cells if c.path[2] == account]
    return draft.source.problem(
        path,
        f"`{account}` has no cell in {target}",
        allowed=f"regions in which it has one: {listed(cells)}",
        fix=f"`studio region add {target} {account}`, or name another region",
    )


def no_store_at_replica(draft: Draft, path: Path, name: str, target: str) -> Problem:
    """A cell keeps a store for the classes of its runtimes alone."""
    return draft.source.problem(
        path,
        f"the cell in {target} has no store for `{name}`",
        allowed="a cell with a runtime that names the data class",
        fix=f"give the cell in {target} such a runtime, or name another region",
    )


def replica_leaves_region(draft: Draft, path: Path, name: str, target: str) -> Problem:
    """Data that stays in its region has no copy elsewhere."""
    return draft.source.problem(
        path,
        f"the copy breaks the residency of `{name}`, which stays in its region",
        found=shown(target),
        allowed="no copy in another region",
        fix=f"delete the line, or change data_classes.{name}.residency",
    )


def replica_leaves_jurisdiction(
    draft: Draft, path: Path, name: str, home: Region, other: Region
) -> Problem:
    """Data that stays in its jurisdiction is copied within it alone."""
    return draft.source.problem(
        path,
        f"the copy breaks the residency of `{name}`, which stays in {home.jurisdiction}",
        found=f"`{other.key}` in {other.jurisdiction}",
        allowed=f"a region in {home.jurisdiction}",
        fix=f"name a region in {home.jurisdiction}, or delete the line",
    )
