"""Accounts: ids of their cloud's form, each once, with all that their cloud needs."""

import re
from collections.abc import Iterator

from agent_studio.estate.catalogue import regions
from agent_studio.estate.draft import Draft, Entry
from agent_studio.estate.model import AccountSpec, Cloud
from agent_studio.estate.problems import Problem
from agent_studio.estate.suggest import nearest

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


def check_accounts(draft: Draft) -> Iterator[Problem]:
    """Check each account's id, tenant, issuer, owner and regions, and that no id stands twice."""
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
        if spec.cloud is not Cloud.AWS and "issuer" not in account.bad and spec.issuer:
            yield needless_issuer(draft, account)
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


def needless_issuer(draft: Draft, account: Entry[AccountSpec]) -> Problem:
    """Google has one issuer and Entra one for each tenant: both are computed."""
    return draft.source.problem(
        (*account.path, "issuer"),
        "an issuer on an account that is not AWS's",
        allowed="`issuer` on aws accounts alone",
        fix="delete `issuer`: Google's and Entra's are known",
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
