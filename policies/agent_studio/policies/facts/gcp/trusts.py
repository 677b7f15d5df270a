"""Who may do what: IAM policies, and those whose tokens the project takes."""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from agent_studio.policies.facts.builders import grant, undecided
from agent_studio.policies.facts.gcp.accounts import studio_accounts
from agent_studio.policies.facts.gcp.owned import is_own, own_names
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import CoreTokens, Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import document, listed

_ROLES = frozenset(
    {
        "roles/artifactregistry.reader",
        "roles/artifactregistry.writer",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "roles/cloudkms.signerVerifier",
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "roles/iam.serviceAccountUser",
        "roles/iam.workloadIdentityUser",
        "roles/logging.bucketWriter",
        "roles/pubsub.publisher",
        "roles/pubsub.subscriber",
        "roles/run.invoker",
        "roles/secretmanager.secretAccessor",
        "roles/secretmanager.secretVersionAdder",
        "roles/storage.legacyBucketReader",
        "roles/storage.objectCreator",
        "roles/storage.objectUser",
        "roles/storage.objectViewer",
    }
)
"""Roles that let someone use a resource, and not rule over it (IAM, "Roles and permissions")."""

_ANYONE = frozenset({"allUsers", "allAuthenticatedUsers"})
_ANALYTICS = "group:cloud-storage-analytics@google.com"
"""Whom Cloud Storage writes access logs as (Cloud Storage, "Usage logs")."""

_AGENT = re.compile(
    r"^serviceAccount:(?:service-|cmek-p)?"
    r"(?P<number>\d+|\$\{data\.google_project\.[\w-]+\.number\})@"
    r"(?:gcp-sa-[a-z-]+|gs-project-accounts|serverless-robot-prod)\.iam\.gserviceaccount\.com$"
)
_READ_AGENT = re.compile(
    r"^serviceAccount:\$\{data\.(?:google_storage_project_service_account|"
    r"google_logging_project_cmek_settings)\.[\w-]+\.(?:email_address|service_account_id)\}$"
)
_ACCOUNT = re.compile(
    r"^serviceAccount:(?P<email>[a-z0-9-]+@(?P<project>[a-z0-9-]+)\.iam\.gserviceaccount\.com)$"
)
_POOL = re.compile(
    r"^principal(?P<set>Set)?://iam\.googleapis\.com/"
    r"(?P<pool>\$\{google_iam_workload_identity_pool\.[\w-]+\.name\}|"
    r"projects/(?P<number>\d+)/locations/global/workloadIdentityPools/(?P<id>[a-z0-9-]+))"
    r"/(?P<who>.+)$"
)
_SUBJECTS = re.compile(r"assertion\.sub == '[^'*]+'(?: \|\| assertion\.sub == '[^'*]+')*")


def trusts(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every member of every policy, and every provider of identities."""
    numbers: set[str] = set()
    for resource in resources.all.values():
        if resource.type.endswith("_iam_policy"):
            yield from _policy(resources, place, resource, numbers)
        elif resource.type == "google_iam_workload_identity_pool_provider":
            yield _provider(place, resource)


def _policy(
    resources: Resources, place: Place, resource: Resource, numbers: set[str]
) -> Iterator[Fact]:
    found = document(resource.values.get("policy_data"))
    if found is None:
        yield undecided(resource.address, "whom the policy lets in", action=Action.GRANT)
        return
    if set(found) - {"bindings", "auditConfigs", "etag", "version"}:
        yield undecided(resource.address, "whom the policy lets in", action=Action.GRANT)
    for binding in listed(found.get("bindings")):
        if not isinstance(binding, Mapping):
            yield undecided(resource.address, "whom a binding lets in", action=Action.GRANT)
            continue
        role = str(binding.get("role"))
        if role not in _ROLES:
            yield grant(resource, kind="resource", principal=f"a holder of {role}", privileged=True)
        for member in map(str, listed(binding.get("members"))):
            yield _member(resources, place, resource, role, member, numbers)


def _member(
    resources: Resources,
    place: Place,
    resource: Resource,
    role: str,
    member: str,
    numbers: set[str],
) -> Fact:
    admitted = partial(grant, resource, kind="resource", principal=member)
    if member in _ANYONE:
        return admitted(anyone=True)
    agent = _AGENT.match(member)
    if agent is not None:
        numbers.add(agent["number"])
        return admitted(accounts=[] if _one(numbers) else [agent["number"]])
    if is_own(resources, member) or _READ_AGENT.match(member):
        return admitted()
    account = _ACCOUNT.match(member)
    if account is not None:
        of_stack = account["email"] in own_names(resources)
        of_studio = account["email"] in studio_accounts(place)
        of_core = account["email"] in place.core_accounts.values()
        known = of_core or (account["project"] == place.account and (of_stack or of_studio))
        other = f"{account['email']}, which neither this stack nor the bootstrap makes"
        return admitted(accounts=[] if known else [other])
    if member == _ANALYTICS and role == "roles/storage.objectCreator":
        return admitted()
    pool = _POOL.match(member)
    if pool is not None:
        numbers.update([pool["number"]] if pool["number"] else [])
        mine = pool["id"] is None or (pool["id"] in own_names(resources) and _one(numbers))
        # A whole pool is whoever comes in through any of its providers.
        whole = bool(pool["set"]) and not re.match(r"attribute\.[a-z_]+/.", pool["who"])
        return admitted(kind="trust", guarded=not whole, accounts=[] if mine else [member])
    return admitted(accounts=[member])


def _one(numbers: set[str]) -> bool:
    """Whether all numbers are one: a project has one, and another one is somebody else's."""
    return len({each for each in numbers if each.isdigit()}) <= 1


def _provider(place: Place, resource: Resource) -> Fact:
    """Whose tokens a pool takes: the core's account or tenant elsewhere, or the estate's CI."""
    condition = str(resource.values.get("attribute_condition") or "")
    aws = resource.get("aws", "account_id")
    issuer = resource.get("oidc", "issuer_uri")
    if aws is not None and issuer is None:
        guarded = _roles_of_core(place, condition)
        accounts = [] if str(aws) == place.core else [str(aws)]
    elif place.core_tokens is not None and place.layer == "cell":
        guarded = _identities_of_core(place.core_tokens, resource, condition)
        accounts = [] if str(issuer) == place.core_tokens.issuer else [str(issuer)]
    else:
        guarded = bool(_SUBJECTS.fullmatch(condition))
        accounts = [] if str(issuer) in place.issuers else [str(issuer)]
    return grant(
        resource, kind="trust", principal=str(aws or issuer), guarded=guarded, accounts=accounts
    )


def _roles_of_core(place: Place, condition: str) -> bool:
    """Whether a condition admits named roles of the core's account, and nobody else."""
    one = rf"assertion\.arn\.startsWith\('arn:aws[a-z-]*:sts::{place.core}:assumed-role/[^'/*]+/'\)"
    return bool(re.fullmatch(rf"{one}(?: \|\| {one})*", condition))


def _identities_of_core(tokens: CoreTokens, provider: Resource, condition: str) -> bool:
    """Whether a provider admits the core's own identities on Azure, and nobody else."""
    audiences = [str(one) for one in listed(provider.get("oidc", "allowed_audiences"))]
    subjects = re.findall(r"'([^']+)'", condition)
    return (
        bool(_SUBJECTS.fullmatch(condition))
        and set(subjects) <= {*tokens.subjects.values()}
        and audiences == [tokens.audience]
        and provider.get("attribute_mapping") == {"google.subject": "assertion.sub"}
    )
