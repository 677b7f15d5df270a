"""What makes checkov's checks quick enough to run on every plan, without changing their outcome.

* Each graph check made a pool of threads for a few dictionary look-ups; they run in place instead.
* Most of the graph is never looked at: a graph check names the resource types that it reports and
  those that it looks for, and reduces the graph to them first. Other resources, and edges from
  those whose connections nobody asks for, are left out of the graph.
* Values were looked up by walking the whole resource and matching every path against a pattern;
  plain paths are followed directly.

Each part is held equal to what it replaces by a test.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_INDEX = re.compile(r"\[(\d)\]|(\d+)")

READ_BY_CODE = ("aws_s3_", "aws_api_gateway_", "google_compute_")
"""Types that checks written in Python look for in the graph (S3SecureDataTransport,
APIGatewayMethodWOAuth, CloudArmorWAFACLCVE202144228); they name them nowhere else."""

Steps = tuple[str | int, ...]


class Serial:
    """Stands for the pool of threads that checkov's solvers make for each check.

    The pool costs more than the work, and waiting on it drops what a job raised.
    """

    def submit(self, job: Callable[..., object], *arguments: object) -> "Future[object]":
        """Run the job at once; what it raises is raised here."""
        done: Future[object] = Future()
        done.set_result(job(*arguments))
        return done


class Paths:
    """Stands for the `dpath` library in checkov's value checks; for all else it asks `dpath`."""

    @staticmethod
    def search(value: Any, glob: str, yielded: bool = False) -> Any:
        """As `dpath.search`; without `yielded` the caller must only ask whether it is empty."""
        if yielded:
            name = glob.removeprefix("**/")
            if name != glob and _PLAIN.fullmatch(name):
                return _named(value, name, ())
        else:
            steps = _steps(glob)
            if steps is not None:
                return {"found": True} if any(True for _ in _at(value, steps)) else {}
        import dpath  # type: ignore[import-untyped]

        return dpath.search(value, glob, yielded=yielded)

    @staticmethod
    def get(value: Any, glob: str) -> Any:
        """As `dpath.get`.

        Raises:
            KeyError: nothing is there.
            ValueError: the path leads to more than one value.
        """
        steps = _steps(glob)
        if steps is None:
            import dpath

            return dpath.get(value, glob)
        found = list(_at(value, steps))
        if not found:
            raise KeyError(glob)
        if len(found) > 1:
            raise ValueError(f"{glob} leads to more than one value")
        return found[0]


@lru_cache(maxsize=4096)
def _steps(glob: str) -> Steps | None:
    """The steps of a path without patterns; None for any other path."""
    steps: list[str | int] = []
    for part in glob.split("/"):
        index = _INDEX.fullmatch(part)
        if index:
            steps.append(int(index[1] or index[2]))
        elif _PLAIN.fullmatch(part):
            steps.append(part)
        else:
            return None
    return tuple(steps)


def _at(value: Any, steps: Steps) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        # dpath does not tell the index 0 from the key "0".
        for key in (step, str(step)) if isinstance(step, int) else (step,):
            if key in value:
                yield from _at(value[key], rest)
    elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
        yield from _at(value[step], rest)


def _named(value: Any, name: str, place: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every value under a key of this name, with its path, in the order of `dpath`."""
    if isinstance(value, dict):
        items: list[tuple[str, Any]] = [(str(key), item) for key, item in value.items()]
        if name in value:
            yield "/".join((*place, name)), value[name]
    elif isinstance(value, list | tuple):
        items = [(str(index), item) for index, item in enumerate(value)]
    else:
        return
    for key, item in items:
        yield from _named(item, name, (*place, key))


def install() -> None:
    """Put the quicker parts in the places where checkov looks for the slower ones."""
    from checkov.common.checks_infra.solvers.attribute_solvers import base_attribute_solver
    from checkov.common.checks_infra.solvers.resource_solvers import base_resource_solver
    from checkov.terraform.checks.resource import (
        base_resource_negative_value_check,
        base_resource_value_check,
    )

    pools: tuple[Any, ...] = (base_attribute_solver, base_resource_solver)
    for module in pools:
        module.ThreadPoolExecutor = Serial
    lookups: tuple[Any, ...] = (base_resource_negative_value_check, base_resource_value_check)
    for module in lookups:
        module.dpath = Paths


def reported_types(check: Any) -> frozenset[str] | None:
    """The resource types that a graph check reports; None when it may report any."""
    if check.type == "COMPLEX_CONNECTION" and check.operator == "and":
        # Such a check drops from its results what its filter does not name.
        for inner in check.sub_checks:
            named = inner.attribute_value
            if (inner.type, inner.attribute, inner.operator) == (
                "FILTER",
                "resource_type",
                "within",
            ) and isinstance(named, list):
                return frozenset(named)
    types = frozenset(check.resource_types or ())
    return types if types and "all" not in types else None


def seen_types(check: Any) -> frozenset[str] | None:
    """The resource types that a graph check looks at in any way; None when it may be any."""
    found = reported_types(check)
    if found is None or check.type == "RESOURCE":
        return None
    if check.type in {"ATTRIBUTE", "CONNECTION"}:
        found |= {*(check.resource_types or ()), *(check.connected_resources_types or ())}
    for inner in check.sub_checks:
        if inner.type == "FILTER":
            continue
        types = seen_types(inner)
        if types is None:
            return None
        found |= types
    return None if "all" in found else found


def connected_types(check: Any) -> frozenset[str] | None:
    """The resource types whose connections a graph check looks at; None when it may be any."""
    found: set[str] = set()
    # Only these look at edges; a complex connection hands the graph on to those that it holds.
    if check.type == "CONNECTION":
        found = {*(check.resource_types or ()), *(check.connected_resources_types or ())}
        if not found or "all" in found:
            return None
    for inner in check.sub_checks:
        types = connected_types(inner)
        if types is None:
            return None
        found |= types
    return frozenset(found)


@dataclass(frozen=True)
class Needed:
    """What some graph checks need of a plan's graph.

    Attributes:
        vertices: resource types that must be in it; None for all.
        edges: resource types whose outgoing edges must be in it; None for all.
    """

    vertices: frozenset[str] | None
    edges: frozenset[str] | None


def needed(checks: Iterable[Any]) -> Needed:
    """What these graph checks need."""
    vertices: frozenset[str] | None = frozenset()
    edges: frozenset[str] | None = frozenset()
    for check in checks:
        seen, connected = seen_types(check), connected_types(check)
        vertices = None if vertices is None or seen is None else vertices | seen
        edges = None if edges is None or connected is None else edges | connected
    return Needed(vertices, edges)


def reduced(definitions: dict[str, Any], types: frozenset[str] | None) -> dict[str, Any]:
    """The definitions of a plan without resources that no graph check looks at.

    Args:
        definitions: checkov's view of a plan: kind of block -> blocks.
        types: the resource types to keep; None for all.
    """
    if types is None:
        return definitions
    kept = [
        block
        for block in definitions.get("resource", ())
        if any(name in types or name.startswith(READ_BY_CODE) for name in block)
    ]
    return {**definitions, "resource": kept}


def graph_of(module: Any, wanted: frozenset[str] | None) -> Any:
    """The graph of a plan, with edges from resources of the wanted types alone.

    Args:
        module: checkov's module of the plan's definitions.
        wanted: resource types; None for all.
    """
    from checkov.terraform.graph_builder.local_graph import TerraformLocalGraph

    class PlanGraph(TerraformLocalGraph):
        """A graph without the edges that no check looks at."""

        def _build_edges_for_vertex(
            self,
            origin_node_index: int,
            vertex: Any,
            aliases: dict[str, dict[str, str]],
            resources_types: list[str],
            cross_variable_edges: bool = False,
            referenced_modules: list[dict[str, Any]] | None = None,
        ) -> None:
            # A resource's block is named `<type>.<name>`.
            if (
                wanted is None
                or vertex.block_type != "resource"
                or vertex.name.partition(".")[0] in wanted
            ):
                super()._build_edges_for_vertex(
                    origin_node_index,
                    vertex,
                    aliases,
                    resources_types,
                    cross_variable_edges,
                    referenced_modules,
                )

    graph = PlanGraph(module)
    graph.build_graph(render_variables=False)
    return graph
