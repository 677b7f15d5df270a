"""The core as the blocks of a cell on Azure see it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from agent_studio.estate import Cell, Estate, Layer, Runtime

SERVICE = "core"
"""The name of the core's one runtime, of its image and of the identity that it runs as."""

_CPU = 1.0
_MEMORY_MIB = 2048
_MAX_INSTANCES = 4


@dataclass(frozen=True, kw_only=True)
class _CoreView(Cell):
    """A cell by its blocks alone: its names are the core's, and it stands in no list of cells."""

    @property
    def id(self) -> str:
        return Layer.CORE.value

    @property
    def stack(self) -> str:
        return Layer.CORE.value


def core_runtime(estate: Estate) -> Runtime:
    """Give the profile of the core service.

    Outside of its network it may connect to the Vault clusters, and to nothing else: mailboxes and
    registries of cells are reached through private endpoints.
    """
    vaults = {urlsplit(address).hostname or "" for address in estate.spec.vault.clusters.values()}
    return Runtime(
        name=SERVICE,
        cpu=_CPU,
        memory=_MEMORY_MIB,
        max_instances=_MAX_INSTANCES,
        data_classes=(),
        egress=tuple(sorted(vaults - {""})),
        models=(),
        budget=None,
    )


def core_view(estate: Estate) -> Cell:
    """Give the core in the shape that `CellKeys`, `CellNetwork` and the other blocks take.

    It holds no data class: what the core stores is its own (database, audit), never a cell's.
    """
    return _CoreView(
        studio=estate.studio,
        account=estate.core_account,
        region=estate.core_region,
        network=estate.spec.core.network,
        runtimes=(core_runtime(estate),),
        ci_addresses=estate.spec.ci.addresses if estate.spec.ci is not None else (),
    )
