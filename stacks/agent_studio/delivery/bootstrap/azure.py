"""The commands that make Azure subscriptions ready: state accounts, and whom Terraform acts as.

They are printed for a person to read and to run, since making the first administrators takes
rights that no tool of the estate should hold. Each may be run again. Options as in the reference of
`az` (learn.microsoft.com/cli/azure), roles as in Azure RBAC, "Azure built-in roles".
"""

import shlex
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agent_studio.constructs.azure.zones import replication
from agent_studio.estate import Account, CiSpec, Cloud, Estate, Scope
from agent_studio.estate.names import azure as names

_PROVIDERS = (
    "Microsoft.App",
    "Microsoft.CognitiveServices",
    "Microsoft.Consumption",
    "Microsoft.ContainerRegistry",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.ServiceBus",
    "Microsoft.Storage",
)
"""What the blocks use. The stacks register none of them: that takes rights over the whole
subscription."""

_CORE_PROVIDERS = ("Microsoft.DBforPostgreSQL",)
"""What the core's blocks use besides."""

ROLES = {
    "plan": ("Reader", "Key Vault Reader"),
    "apply": ("Contributor", "Key Vault Crypto Officer", "Resource Policy Contributor"),
}
"""What each identity holds in its subscription. Keys are made and read past Azure Resource Manager,
with roles of their own (Key Vault, "Azure role-based access control")."""

_STATE_ROLE = "Storage Blob Data Contributor"
"""What both hold on the containers of state: taking a lease on a blob is writing it."""

_ADMINISTRATOR = "Role Based Access Control Administrator"
"""What `apply` grants roles with, under a condition."""

GRANTED = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "AcrPush": "8311e382-0749-4cb8-b61a-304f252e45ec",
    "Azure Service Bus Data Receiver": "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0",
    "Azure Service Bus Data Sender": "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39",
    "Cognitive Services OpenAI User": "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
    "Key Vault Crypto Service Encryption User": "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
}
"""The roles that the stacks grant, and that `apply` may therefore grant: name -> id."""

CORE_GRANTED = {"Key Vault Crypto User": "12338af0-0e69-4776-bea7-57ae8d297424"}
"""What the core's stack grants besides: signing. In no other subscription may `apply` grant it."""

AUDIENCE = "api://AzureADTokenExchange"
"""What CI's token is made out to. The provider asks GitHub for it by itself, and for no other
(Microsoft Entra, "Workload identity federation"), so the estate's `ci.audience` is not asked."""

_KEPT_DAYS = 30
"""Days for which a deleted state or container can be brought back."""


def commands(estate: Estate, accounts: Sequence[str] = ()) -> Iterator[str]:
    """Give a shell script, line by line.

    Args:
        estate: the estate.
        accounts: names of the subscriptions meant; none means every one.
    """
    yield "set -euo pipefail"
    for account in estate.accounts:
        if account.cloud is Cloud.AZURE and (not accounts or account.name in accounts):
            yield ""
            yield f"# {account.name}: the subscription {account.id}"
            yield from _subscription(estate, account)


def condition(*, of_core: bool = False) -> str:
    """What holds for every role that `apply` grants or takes away: it is one that the stacks grant.

    Form as in Azure RBAC, "Examples to delegate Azure role assignment management with conditions".

    Args:
        of_core: whether the core lies in the subscription.
    """
    granted = {**GRANTED, **(CORE_GRANTED if of_core else {})}
    ids = ", ".join(sorted(granted.values()))
    return f"{_only('write', '@Request', ids)} AND {_only('delete', '@Resource', ids)}"


def _only(action: str, source: str, ids: str) -> str:
    kind = "Microsoft.Authorization/roleAssignments"
    return (
        f"((!(ActionMatches{{'{kind}/{action}'}})) OR "
        f"({source}[{kind}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{ids}}} AND "
        f"{source}[{kind}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase "
        "{'ServicePrincipal'}))"
    )


def _subscription(estate: Estate, account: Account) -> Iterator[str]:
    # Not in any region's group: an identity that moved would have another client id.
    own = replace(estate.guardrails_scope(account), stack="studio")
    of_core = account.id == estate.core_account.id
    for namespace in (*_PROVIDERS, *(_CORE_PROVIDERS if of_core else ())):
        yield _az(own, "provider", "register", f"--namespace={namespace}", "--wait")
    yield from _group(own)
    subscription = f"/subscriptions/{account.id}"
    for purpose, roles in ROLES.items():
        yield from _identity(own, purpose, estate.spec.ci)
        for role in roles:
            yield _grant(own, purpose, role, subscription)
    # Under a name of its own, running it again replaces the condition.
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{subscription}/{names.identity(own, 'apply')}")
    told = condition(of_core=of_core)
    terms = (f"--name={name}", "--condition-version=2.0", f"--condition={told}")
    yield _grant(own, "apply", _ADMINISTRATOR, subscription, *terms)
    places = {
        ref.scope.region: replace(ref.scope, stack=f"state-{ref.scope.region}")
        for ref in estate.stacks
        if ref.cloud is Cloud.AZURE and ref.scope.account_id == account.id
    }
    for place in places.values():
        yield from _state(place)
    for purpose in ROLES:
        client = _show(own, purpose, "clientId")
        yield f'echo "{account.name}: ARM_CLIENT_ID={client} is {purpose}"'


def _identity(own: Scope, purpose: str, ci: CiSpec | None) -> Iterator[str]:
    """Make an identity, and let CI's protected environment log in as it."""
    group, name = names.resource_group(own), names.identity(own, purpose)
    place = (f"--name={name}", f"--resource-group={group}")
    yield _unless(
        _az(own, "identity", "show", *place),
        # No tag: `az identity create` cannot read one with a colon in its name.
        _az(own, "identity", "create", *place),
    )
    yield f"{purpose}={_show(own, purpose, 'principalId')}"
    if ci is not None:
        yield _az(
            own,
            *("identity", "federated-credential", "create", "--name=ci"),
            *(f"--identity-name={name}", f"--resource-group={group}", f"--issuer={ci.issuer}"),
            # No pull request: whoever plans may write state too.
            f"--subject=repo:{ci.repository}:environment:{ci.environment}",
            f"--audiences={AUDIENCE}",
        )


def _state(place: Scope) -> Iterator[str]:
    yield from _group(place)
    group, account = names.resource_group(place), names.state_account(place)
    container = names.container("state")
    redundancy = replication(place.region)
    where = (f"--name={account}", f"--resource-group={group}")
    settings = (
        "--min-tls-version=TLS1_2",
        "--https-only=true",
        "--allow-blob-public-access=false",
        "--allow-shared-key-access=false",
        "--allow-cross-tenant-replication=false",
        "--enable-local-user=false",
    )
    yield _unless(
        _az(place, "storage", "account", "show", *where),
        _az(
            place,
            *("storage", "account", "create", *where, f"--location={place.region}"),
            *("--kind=StorageV2", f"--sku=Standard_{redundancy}"),
            *("--require-infrastructure-encryption=true", *settings),
            f"--tags=studio-studio={place.studio}",
        ),
    )
    yield _az(place, "storage", "account", "update", *where, *settings)
    yield _az(
        place,
        *("storage", "account", "blob-service-properties", "update"),
        *(f"--account-name={account}", f"--resource-group={group}", "--enable-versioning=true"),
        *("--enable-delete-retention=true", f"--delete-retention-days={_KEPT_DAYS}"),
        "--enable-container-delete-retention=true",
        f"--container-delete-retention-days={_KEPT_DAYS}",
    )
    yield _az(
        place,
        *("storage", "container-rm", "create", f"--name={container}"),
        *(f"--storage-account={account}", f"--resource-group={group}", "--public-access=off"),
    )
    scope = (
        f"/subscriptions/{place.account_id}/resourceGroups/{group}/providers/Microsoft.Storage/"
        f"storageAccounts/{account}/blobServices/default/containers/{container}"
    )
    for purpose in ROLES:
        yield _grant(place, purpose, _STATE_ROLE, scope)


def _group(place: Scope) -> Iterator[str]:
    """Make a resource group whose contents `apply` cannot delete, though it is a contributor."""
    group = names.resource_group(place)
    yield _unless(
        _az(place, "group", "show", f"--name={group}"),
        _az(
            place,
            *("group", "create", f"--name={group}", f"--location={place.region}"),
            f"--tags=studio-studio={place.studio}",
        ),
    )
    lock = ("--name=studio", "--lock-type=CanNotDelete", f"--resource-group={group}")
    yield _az(place, "lock", "create", *lock)


def _grant(place: Scope, purpose: str, role: str, scope: str, *terms: str) -> str:
    # Without the type, Entra is asked for an identity that it may not know yet.
    made = _az(
        place,
        *("role", "assignment", "create", f"--role={role}", f"--scope={scope}", *terms),
        "--assignee-principal-type=ServicePrincipal",
    )
    return f'{made} --assignee-object-id="${purpose}"'


def _show(own: Scope, purpose: str, field: str) -> str:
    shown = _az(
        own,
        *("identity", "show", f"--name={names.identity(own, purpose)}"),
        *(f"--resource-group={names.resource_group(own)}", f"--query={field}", "--output=tsv"),
    )
    return f"$({shown})"


def _unless(found: str, make: str) -> str:
    return f"{found} >/dev/null 2>&1 || {make}"


def _az(place: Scope, *words: str) -> str:
    return shlex.join(("az", *words, f"--subscription={place.account_id}"))
