"""The core as the blocks of a cell see it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from agent_studio.estate import Cell, Estate, Region, Runtime
from agent_studio.estate.names import aws as names

SERVICE = "core"
"""The name of the core's one runtime."""

_CPU = 1.0
_MEMORY_MIB = 2048
_MAX_INSTANCES = 4


@dataclass(frozen=True, kw_only=True)
class _CoreView(Cell):
    """A cell by its blocks alone: its names are the core's, and it stands in no list of cells."""

    visited: tuple[Cell, ...]

    @property
    def id(self) -> str:
        return "core"

    @property
    def stack(self) -> str:
        return "core"

    @property
    def perimeter_accounts(self) -> tuple[str, ...]:
        visited = {cell.account.id for cell in self.visited} - {self.account.id}
        return (self.account.id, *sorted(visited))

    @property
    def perimeter_bucket_arns(self) -> tuple[str, ...]:
        here = (cell for cell in self.visited if cell.region == self.region)
        return (
            names.bucket_arn(self.scope, "audit"),
            *sorted(names.bucket_arn(cell.scope, "mailbox") for cell in here),
        )


def core_runtime(estate: Estate) -> Runtime:
    """Give the profile of the core service.

    It may connect to its database and event bus, to the mailboxes and registries of the cells, each
    in its own region, and to the Vault clusters; to nothing else.
    """
    own = estate.core_region
    hosts = {f"{host}.{_suffix(own)}" for host in (f"events.{own.name}", f"*.{own.name}.rds")}
    for cell in visited_cells(estate):
        region = cell.region.name
        bucket = names.bucket(cell.scope, "mailbox")
        registry = f"{cell.account.id}.dkr.ecr.{region}"
        services = (f"{each}.{region}" for each in ("api.ecr", "s3", "sqs", "ssm", "sts"))
        hosts |= {
            f"{host}.{_suffix(cell.region)}"
            for host in (*services, f"{bucket}.s3.{region}", registry)
        }
    vaults = {urlsplit(address).hostname or "" for address in estate.spec.vault.clusters.values()}
    return Runtime(
        name=SERVICE,
        cpu=_CPU,
        memory=_MEMORY_MIB,
        max_instances=_MAX_INSTANCES,
        data_classes=(),
        egress=tuple(sorted((hosts | vaults) - {""})),
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
        visited=visited_cells(estate),
    )


def visited_cells(estate: Estate) -> tuple[Cell, ...]:
    """Give the cells that the core enters under a role of their own cloud."""
    return tuple(cell for cell in estate.cells if cell.cloud == estate.core_account.cloud)


def _suffix(region: Region) -> str:
    return "amazonaws.com.cn" if region.partition == "aws-cn" else "amazonaws.com"
