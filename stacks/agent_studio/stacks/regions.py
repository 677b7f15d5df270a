"""The regions in which an account has something of the estate."""

from agent_studio.estate import Account, Estate, Region


def regions_of(estate: Estate, account: Account) -> tuple[Region, ...]:
    """Give every region in which the account has a stack or a copy, its home first, each once."""
    regions = {account.home.name: account.home}
    if estate.core_account.name == account.name:
        regions.setdefault(estate.core_region.name, estate.core_region)
    for cell in estate.cells:
        if cell.account.name == account.name:
            for region in (cell.region, *cell.replicate.values()):
                regions.setdefault(region.name, region)
    return tuple(regions.values())
