"""The regions that stay open to an account."""

from agent_studio.estate import Account, Estate
from agent_studio.estate.catalogue import regions


def open_regions(estate: Estate, account: Account) -> tuple[str, ...]:
    """Name every region of the jurisdictions in which the account has something of the estate."""
    areas = {account.home.jurisdiction}
    if estate.core_account.name == account.name:
        areas.add(estate.core_region.jurisdiction)
    for cell in estate.cells:
        if cell.account.name == account.name:
            areas.add(cell.jurisdiction)
            areas.update(region.jurisdiction for region in cell.replicate.values())
    return tuple(
        sorted(
            region.name
            for region in regions(account.cloud.value).values()
            if region.jurisdiction in areas and region.partition == account.home.partition
        )
    )
