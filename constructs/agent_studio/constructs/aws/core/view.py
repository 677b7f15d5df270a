"""The core as the blocks of a cell see it."""

from dataclasses import dataclass

from agent_studio.constructs.core_view import CoreView
from agent_studio.constructs.core_view import core_runtime as profile
from agent_studio.estate import Cell, Estate, Region, Runtime
from agent_studio.estate.catalogue import regions
from agent_studio.estate.names import aws as names

_SERVICES = ("*.dkr.ecr", "*.s3", "api.ecr", "s3", "sqs", "ssm", "sts")


@dataclass(frozen=True, kw_only=True)
class _CoreView(CoreView):
    """With the accounts that its network's endpoints admit."""

    visited: tuple[str, ...]
    """Ids of the accounts that the core enters."""

    @property
    def perimeter_accounts(self) -> tuple[str, ...]:
        return (self.account.id, *sorted({*self.visited} - {self.account.id}))

    @property
    def perimeter_bucket_arns(self) -> tuple[str, ...]:
        mailboxes = (
            f"arn:{self.region.partition}:s3:::{self.studio}-mailbox-{account}-*"
            for account in self.perimeter_accounts
        )
        return (names.bucket_arn(self.scope, "audit"), *mailboxes)


def core_runtime(estate: Estate) -> Runtime:
    """Give the profile of the core service.

    It may connect to its database and event bus, to the services through which it reaches mailboxes
    and registries of cells, and to the Vault clusters; to nothing else. The regions are all those
    of the jurisdictions that have a Vault cluster, so that a region added within them does not
    change the core. Which account and bucket may be reached there is what the endpoints' policies
    and the roles' own say, for S3 answers for every bucket under one name.
    """
    own = estate.core_region
    hosts = {f"{host}.{_suffix(own)}" for host in (f"events.{own.name}", f"*.{own.name}.rds")}
    for region in regions(estate.core_account.cloud.value).values():
        if region.partition == own.partition and region.jurisdiction in estate.spec.vault.clusters:
            hosts |= {f"{each}.{region.name}.{_suffix(region)}" for each in _SERVICES}
    return profile(estate, hosts=hosts)


def core_view(estate: Estate) -> Cell:
    """Give the core in the shape that `CellKeys`, `CellNetwork` and the other blocks take.

    Args:
        estate: the estate.
    """
    return _CoreView(
        studio=estate.studio,
        account=estate.core_account,
        region=estate.core_region,
        network=estate.spec.core.network,
        runtimes=(core_runtime(estate),),
        visited=tuple(
            account.id for account in estate.accounts if account.cloud == estate.core_account.cloud
        ),
    )


def visited_cells(estate: Estate) -> tuple[Cell, ...]:
    """Give the cells that the core enters under a role of their own cloud."""
    return tuple(cell for cell in estate.cells if cell.cloud == estate.core_account.cloud)


def _suffix(region: Region) -> str:
    return "amazonaws.com.cn" if region.partition == "aws-cn" else "amazonaws.com"
