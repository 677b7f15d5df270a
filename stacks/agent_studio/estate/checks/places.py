"""Regions and accounts: they exist, they fit each other, and their ids have their cloud's form."""

from collections.abc import Iterator

from agent_studio.estate.catalogue import find_region, regions
from agent_studio.estate.catalogue.data import CLOUDS
from agent_studio.estate.draft import Draft, Entry
from agent_studio.estate.model import AccountSpec
from agent_studio.estate.problems import Problem
from agent_studio.estate.region import Region
from agent_studio.estate.source.scalars import shown
from agent_studio.estate.suggest import listed, rename_fix

Path = tuple[str, ...]


def check_places(draft: Draft) -> Iterator[Problem]:
    """Check that each region of a cell, the core or a home exists and fits its account."""
    for key in draft.regions():
        if "/" in key and key.partition("/")[0] in CLOUDS and find_region(key) is None:
            yield unknown_region(draft, ("regions", key), key, is_key=True)
    for cell in draft.cells:
        _, key, name = cell.path
        yield from _place(draft, cell.path, key, name, is_key=True)
    core = draft.core
    if core:
        if "region" not in core.bad and find_region(core.spec.region) is None:
            yield unknown_region(draft, ("core", "region"), core.spec.region)
        if not core.bad & {"region", "account"}:
            yield from _place(draft, ("core", "account"), core.spec.region, core.spec.account)
    for path, key, name in _homes(draft):
        if find_region(key) is None:
            yield unknown_region(draft, path, key)
        yield from _place(draft, path, key, name)
    yield from _partitions(draft)


def _homes(draft: Draft) -> Iterator[tuple[Path, str, str]]:
    for account in draft.accounts.values():
        if account.spec.home is not None and "home" not in account.bad:
            yield (*account.path, "home"), account.spec.home, account.name


def _place(
    draft: Draft, path: Path, key: str, name: str, *, is_key: bool = False
) -> Iterator[Problem]:
    if name not in draft.declared["accounts"]:
        yield unknown_account(draft, path, name, is_key=is_key)
    account = draft.accounts.get(name)
    if account is None or "cloud" in account.bad:
        return
    cloud = key.partition("/")[0]
    if cloud != account.spec.cloud:
        yield wrong_cloud(draft, path, key, account, is_key=is_key)
        return
    region = find_region(key)
    if region and region.opt_in and region.name not in account.spec.enabled_regions:
        yield region_not_enabled(draft, path, region, account, is_key=is_key)


def _partitions(draft: Draft) -> Iterator[Problem]:
    first: dict[str, Region] = {}
    uses = [(cell.path, cell.path[1], cell.path[2], True) for cell in draft.cells]
    if draft.core and not draft.core.bad & {"region", "account"}:
        spec = draft.core.spec
        uses.insert(0, (("core", "account"), spec.region, spec.account, False))
    uses += [(path, key, name, False) for path, key, name in _homes(draft)]
    for path, key, name, is_key in uses:
        region = find_region(key)
        if region is None or not region.partition:
            continue
        seen = first.setdefault(name, region)
        if seen.partition != region.partition:
            yield other_partition(draft, path, region, seen, is_key=is_key)


def unknown_region(draft: Draft, path: Path, key: str, *, is_key: bool = False) -> Problem:
    """No cloud has this region."""
    cloud = key.partition("/")[0]
    names = [f"{cloud}/{name}" for name in (regions(cloud) if cloud in CLOUDS else ())]
    return draft.source.problem(
        path,
        "unknown region",
        key=is_key,
        found=shown(key),
        allowed=f"one of the {len(names)} public regions of {cloud}",
        fix=rename_fix(key, names, "`studio estate schema` lists every region"),
    )


def unknown_account(draft: Draft, path: Path, name: str, *, is_key: bool = False) -> Problem:
    """The account is not declared under `accounts`."""
    declared = draft.declared["accounts"]
    return draft.source.problem(
        path,
        "unknown account",
        key=is_key,
        found=shown(name),
        allowed=listed(declared),
        fix=rename_fix(name, declared, f"declare `{name}` under accounts"),
    )


def wrong_cloud(
    draft: Draft, path: Path, key: str, account: Entry[AccountSpec], *, is_key: bool
) -> Problem:
    """An account of one cloud stands under a region of another."""
    cloud = key.partition("/")[0]
    fitting = [
        n for n, a in draft.accounts.items() if "cloud" not in a.bad and a.spec.cloud == cloud
    ]
    return draft.source.problem(
        path,
        "the account lives on another cloud than the region",
        key=is_key,
        found=f"`{account.name}` of {account.spec.cloud} in `{key}`",
        allowed=f"accounts of {cloud}: {listed(fitting)}",
        fix=f"name an account of {cloud}, or move it under a region of {account.spec.cloud}",
    )


def region_not_enabled(
    draft: Draft, path: Path, region: Region, account: Entry[AccountSpec], *, is_key: bool
) -> Problem:
    """The account must opt in to the region before anything can be made there."""
    return draft.source.problem(
        path,
        "the account has not enabled this opt-in region",
        key=is_key,
        found=f"`{account.name}` in `{region.key}`",
        allowed=f"opt-in regions that accounts.{account.name}.enabled_regions names: "
        f"{listed(account.spec.enabled_regions)}",
        fix=f"enable {region.name} in the account (AWS Account Management, EnableRegion), then add "
        f"it to accounts.{account.name}.enabled_regions",
    )


def other_partition(
    draft: Draft, path: Path, region: Region, seen: Region, *, is_key: bool
) -> Problem:
    """An AWS account belongs to one partition for good."""
    return draft.source.problem(
        path,
        "the account is used in two AWS partitions",
        key=is_key,
        found=f"`{region.key}` of {region.partition}, and `{seen.key}` of {seen.partition}",
        allowed="regions of one partition for one account",
        fix=f"declare another account for the partition {region.partition}",
    )
