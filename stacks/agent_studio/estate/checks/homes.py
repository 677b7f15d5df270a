"""Homes: where an account's guardrails lie, if the estate says so."""

from collections.abc import Iterator

from agent_studio.estate.catalogue import find_region
from agent_studio.estate.draft import Draft, Entry
from agent_studio.estate.model import AccountSpec
from agent_studio.estate.problems import Problem
from agent_studio.estate.region import Region
from agent_studio.estate.suggest import listed


def check_homes(draft: Draft) -> Iterator[Problem]:
    """Check that each home lies where its account works."""
    for account in draft.accounts.values():
        if "home" in account.bad:
            continue
        if account.spec.home is None:
            continue
        used = _used(draft, account.name)
        home = find_region(account.spec.home)
        areas = {region.jurisdiction for region in used}
        if home and areas and home.cloud == account.spec.cloud and home.jurisdiction not in areas:
            yield foreign_home(draft, account, home, sorted(areas))


def _used(draft: Draft, account: str) -> list[Region]:
    """Name the regions in which the account has the core or a cell, in the file's order."""
    keys = [cell.path[1] for cell in draft.cells if cell.path[2] == account]
    core = draft.core
    if core and not core.bad & {"region", "account"} and core.spec.account == account:
        keys.insert(0, core.spec.region)
    found = (find_region(key) for key in dict.fromkeys(keys))
    return [region for region in found if region]


def foreign_home(
    draft: Draft, account: Entry[AccountSpec], home: Region, areas: list[str]
) -> Problem:
    """The guardrails keep the account's audit logs, which stay where the account works."""
    return draft.source.problem(
        (*account.path, "home"),
        f"the account has nothing in {home.jurisdiction}, where its home lies",
        allowed=f"a region in {listed(areas)}",
        fix="name a region of a jurisdiction in which the account has the core or a cell",
    )
