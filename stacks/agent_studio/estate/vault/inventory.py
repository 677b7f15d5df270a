"""What an estate has in the Vault cluster of a jurisdiction: all of it, by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agent_studio.estate.model import Cell, Estate
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault.workloads import issuer


@dataclass(frozen=True, kw_only=True)
class DeclaredPlace:
    """What a place holds.

    Attributes:
        stack: the stack that makes it; empty for what bootstrap makes in the root namespace.
        place: where it is; None for the root namespace itself.
        engines: paths of its secrets engines.
        methods: path of each login method, without `auth/` -> its roles.
        policies: names.
        transit: path of the engine that holds its keys; empty where there is none.
        keys: names of its keys.
    """

    stack: str
    place: names.Place | None
    engines: frozenset[str] = frozenset()
    methods: Mapping[str, frozenset[str]] = field(default_factory=dict)
    policies: frozenset[str] = frozenset()
    transit: str = ""
    keys: frozenset[str] = frozenset()

    @property
    def namespace(self) -> str:
        """The namespace that it lies in; empty for the root namespace."""
        return self.place.namespace if self.place is not None else ""


def inventory(estate: Estate, jurisdiction: str) -> tuple[DeclaredPlace, ...]:
    """Give all that an estate has in one cluster.

    Args:
        estate: the estate.
        jurisdiction: whose cluster.
    """
    isolation = estate.spec.vault.isolation
    cells = [
        each
        for each in estate.cells
        if each.jurisdiction == jurisdiction and each.runtimes and each.vault_address is not None
    ]
    shared = names.shared(estate.studio, jurisdiction, isolation)
    classes = frozenset(names.class_key(each.name) for each in estate.data_classes)
    found = [
        _bootstrapped(estate, jurisdiction),
        _place("core", shared, keys=classes, cells=cells),
        *(_of_cell(each) for each in cells),
    ]
    if estate.core_region.jurisdiction == jurisdiction:
        own = names.cell(estate.core_scope, isolation)
        found.append(_place("core", own, keys=frozenset({names.SIGNING_KEY})))
    return tuple(found)


def ci_purposes(estate: Estate, jurisdiction: str) -> tuple[names.CiPurpose, ...]:
    """For what CI logs in to a cluster; it signs where the core's key lies.

    Args:
        estate: the estate.
        jurisdiction: whose cluster.
    """
    home = estate.core_region.jurisdiction == jurisdiction
    return ("plan", "apply", "gate") if home else ("plan", "apply")


def _bootstrapped(estate: Estate, jurisdiction: str) -> DeclaredPlace:
    studio = estate.studio
    # Runbooks ask for them, whoever writes them.
    given = frozenset({names.kill_policy(studio), names.drift_policy(studio)})
    if estate.spec.ci is None:
        return DeclaredPlace(stack="", place=None, policies=given)
    purposes = ci_purposes(estate, jurisdiction)
    return DeclaredPlace(
        stack="",
        place=None,
        methods={
            names.ci_mount(studio): frozenset(names.ci_role(studio, each) for each in purposes)
        },
        policies=frozenset(names.ci_policy(studio, each) for each in purposes) | given,
    )


def _of_cell(cell: Cell) -> DeclaredPlace:
    own = names.cell(cell.scope, cell.vault_isolation)
    keys = {names.class_key(each.name) for each in cell.data_classes}
    return _place(
        cell.stack,
        own,
        keys=frozenset(keys | {names.SIGNING_KEY}),
        cells=[cell],
        engines=frozenset({names.kv_mount(own)}),
    )


def _place(
    stack: str,
    place: names.Place,
    *,
    keys: frozenset[str],
    cells: Iterable[Cell] = (),
    engines: frozenset[str] = frozenset(),
) -> DeclaredPlace:
    known = [each for each in cells if issuer(each.account) is not None]
    return DeclaredPlace(
        stack=stack,
        place=place,
        engines=engines | {names.transit_mount(place)},
        methods={
            names.auth_mount(each.scope, place): frozenset(
                names.role(each.scope, runtime.name) for runtime in each.runtimes
            )
            for each in known
        },
        policies=frozenset(
            names.policy(each.scope, runtime.name, place)
            for each in known
            for runtime in each.runtimes
        ),
        transit=names.transit_mount(place),
        keys=keys,
    )
