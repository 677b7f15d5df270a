"""Copies: kept by another cell of the account, as far as the data class allows."""

from collections.abc import Iterator

from agent_studio.estate.catalogue import find_region
from agent_studio.estate.draft import Draft, Entry
from agent_studio.estate.model import CellSpec, Residency
from agent_studio.estate.problems import Problem
from agent_studio.estate.region import Region
from agent_studio.estate.source.scalars import shown
from agent_studio.estate.suggest import listed, rename_fix

Path = tuple[str | int, ...]


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
