"""The core as the blocks of a cell see it, on whatever cloud it lies."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent_studio.estate import Cell, Estate, Layer, Runtime

SERVICE = "core"
"""The name of the core's one runtime, of its image and of the identity that it runs as."""

_CPU = 1.0
_MEMORY_MIB = 2048
_MAX_INSTANCES = 4


@dataclass(frozen=True, kw_only=True)
class CoreView(Cell):
    """A cell by its blocks alone: its names are the core's, and it stands in no list of cells.

    It holds no data class: what the core stores is its own (database, audit), never a cell's.
    """

    @property
    def id(self) -> str:
        """`core`."""
        return Layer.CORE.value

    @property
    def stack(self) -> str:
        """The name of the core's stack."""
        return Layer.CORE.value


def core_runtime(estate: Estate, *, hosts: Iterable[str] = ()) -> Runtime:
    """Give the profile of the core service.

    Outside of its network it may connect to the Vault clusters, and to nothing else but `hosts`.

    Args:
        estate: the estate.
        hosts: services of its cloud that it reaches by name.
    """
    return Runtime(
        name=SERVICE,
        cpu=_CPU,
        memory=_MEMORY_MIB,
        max_instances=_MAX_INSTANCES,
        data_classes=(),
        egress=tuple(sorted(estate.vault_hosts.union(hosts))),
        models=(),
        budget=None,
    )


def core_view(estate: Estate) -> Cell:
    """Give the core in the shape that `CellKeys`, `CellNetwork` and the other blocks take.

    Args:
        estate: the estate; its core reaches services of its own cloud in its network, by no name.
    """
    return CoreView(
        studio=estate.studio,
        account=estate.core_account,
        region=estate.core_region,
        network=estate.spec.core.network,
        runtimes=(core_runtime(estate),),
        ci_addresses=estate.spec.ci.addresses if estate.spec.ci is not None else (),
    )
