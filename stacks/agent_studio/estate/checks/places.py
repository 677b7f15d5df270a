"""Regions and accounts: they exist, they fit each other, and their ids have their cloud's form."""

import re
from collections.abc import Iterator

from agent_studio.estate.catalogue import find_region, regions
from agent_studio.estate.catalogue.data import CLOUDS
from agent_studio.estate.draft import Draft, Entry
from agent_studio.estate.model import AccountSpec, Cloud
from agent_studio.estate.problems import Problem
from agent_studio.estate.region import Region
from agent_studio.estate.source.scalars import shown
from agent_studio.estate.suggest import listed, nearest, rename_fix

Path = tuple[str, ...]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_ID_FORMS: dict[Cloud, tuple[re.Pattern[str], str]] = {
    # AWS Account Management, Account API: AccountId.
    Cloud.AWS: (re.compile(r"[0-9]{12}\Z"), "the account's twelve digits, in quotes"),
    # Resource Manager, projects.create: projectId.
    Cloud.GCP: (
        re.compile(r"[a-z](?:[a-z0-9-]{4,28})[a-z0-9]\Z"),
        "a project id: 6 to 30 lower-case letters, digits and hyphens, a letter first, "
        "no hyphen last",
    ),
    Cloud.AZURE: (_UUID, "the subscription's UUID"),
}
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 +=._:/@-]{0,127}\Z")


def check_places(draft: Draft) -> Iterator[Problem]:
    """Check that each cell's and the core's region and account exist and fit each other."""
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
    yield from _partitions(draft)


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
    for path, key, name, is_key in uses:
        region = find_region(key)
        if region is None or not region.partition:
            continue
        seen = first.setdefault(name, region)
        if seen.partition != region.partition:
            yield other_partition(draft, path, region, seen, is_key=is_key)


def check_accounts(draft: Draft) -> Iterator[Problem]:
    """Check each account's id, tenant, owner and enabled regions, and that no id stands twice."""
    owners: dict[tuple[str, str], str] = {}
    for name, account in draft.accounts.items():
        spec = account.spec
        if "owner" not in account.bad and not _OWNER.match(spec.owner):
            yield unusable_owner(draft, account)
        if "cloud" in account.bad:
            continue
        if "id" not in account.bad:
            form, allowed = _ID_FORMS[spec.cloud]
            if not form.match(spec.id):
                yield malformed_account_id(draft, account, allowed)
            else:
                first = owners.setdefault((spec.cloud, spec.id.lower()), name)
                if first != name:
                    yield duplicate_account_id(draft, account, first)
        yield from _tenant(draft, account)
        for index, region in enumerate(spec.enabled_regions):
            if region not in regions(spec.cloud):
                yield unknown_enabled_region(draft, account, index, region)


def _tenant(draft: Draft, account: Entry[AccountSpec]) -> Iterator[Problem]:
    if "tenant" in account.bad:
        return
    if account.spec.cloud is not Cloud.AZURE:
        if account.spec.tenant is not None:
            yield needless_tenant(draft, account)
    elif account.spec.tenant is None:
        yield missing_tenant(draft, account)
    elif not _UUID.match(account.spec.tenant):
        yield malformed_tenant(draft, account)


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


def malformed_account_id(draft: Draft, account: Entry[AccountSpec], allowed: str) -> Problem:
    """The id has not the form that its cloud gives."""
    return draft.source.problem(
        (*account.path, "id"),
        f"the id has not the form of {account.spec.cloud}",
        allowed=allowed,
        fix="copy the id from the cloud's console; quotes keep leading zeros",
    )


def duplicate_account_id(draft: Draft, account: Entry[AccountSpec], first: str) -> Problem:
    """Two accounts carry one id: two owners would deploy into the same place."""
    line = draft.source.place(("accounts", first, "id")).line
    return draft.source.problem(
        (*account.path, "id"),
        f"two accounts have this id; `{first}` on line {line} has it too",
        allowed="each id once",
        fix=f"correct the id, or delete `{account.name}` and use `{first}`",
    )


def missing_tenant(draft: Draft, account: Entry[AccountSpec]) -> Problem:
    """An Azure subscription without its Entra tenant: no identity could be federated."""
    return draft.source.problem(
        account.path,
        "an Azure account without its tenant",
        found="nothing",
        allowed="`tenant`, the Entra tenant's UUID",
        fix="add `tenant:`; `az account show --query tenantId` prints it",
        key=True,
    )


def malformed_tenant(draft: Draft, account: Entry[AccountSpec]) -> Problem:
    """The tenant is no UUID."""
    return draft.source.problem(
        (*account.path, "tenant"),
        "the tenant is no UUID",
        allowed="the Entra tenant's UUID",
        fix="`az account show --query tenantId` prints it",
    )


def needless_tenant(draft: Draft, account: Entry[AccountSpec]) -> Problem:
    """Only Azure has tenants: the account's cloud is likely wrong."""
    return draft.source.problem(
        (*account.path, "tenant"),
        "a tenant on an account that is not Azure's",
        allowed="`tenant` on azure accounts alone",
        fix="delete `tenant`, or correct `cloud`",
    )


def unusable_owner(draft: Draft, account: Entry[AccountSpec]) -> Problem:
    """The owner becomes a tag on every resource, so it must fit each cloud's tag values."""
    return draft.source.problem(
        (*account.path, "owner"),
        "the owner can't be written as a tag",
        allowed="1 to 128 letters, digits, spaces and + = . _ : / @ -, a letter or digit first",
        fix="write the name of the team that answers for the account",
    )


def unknown_enabled_region(
    draft: Draft, account: Entry[AccountSpec], index: int, region: str
) -> Problem:
    """An enabled region that the account's cloud does not have."""
    cloud = account.spec.cloud
    bare = region.removeprefix(f"{cloud}/")
    names = regions(cloud)
    near = bare if bare in names else nearest(region, names)
    return draft.source.problem(
        (*account.path, "enabled_regions", index),
        "unknown region",
        allowed=f"names of regions of {cloud}, without the cloud",
        fix=f"did you mean `{near}`?" if near else "delete it",
    )
