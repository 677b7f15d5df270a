"""Who asks: a stack of the estate, with all that the policies hold it to."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_studio.estate import (
    Account,
    Cell,
    Cloud,
    Estate,
    Layer,
    Region,
    Runtime,
    Scope,
    StackRef,
)
from agent_studio.estate.catalogue import find_region, regions
from agent_studio.estate.endpoint import HTTPS, Endpoint, endpoint_of
from agent_studio.estate.names import aws, azure, gcp
from agent_studio.policies.facts import vault_declared

_SERVICES = ("*.dkr.ecr", "*.s3", "api.ecr", "s3", "sqs", "ssm", "sts")
"""AWS services by which the core comes to mailboxes, registries and parameters of cells."""

_GOOGLE_SERVICES = ("docker.pkg.dev", "pubsub.googleapis.com")
"""Google's services that are reached in a region by name, after `<region>-`."""

_STATE_BUCKETS = {
    Cloud.AWS: aws.state_bucket,
    Cloud.AZURE: azure.state_account,
    Cloud.GCP: gcp.state_bucket,
}
_CORE_PURPOSES = ("mailbox", "release")
"""What the core comes to cells for, each as a role of its own."""

_ACCOUNT_IN_NAME = re.compile(r"(?<!\d)(\d{12})(?!\d)")


@dataclass(frozen=True, kw_only=True)
class CoreTokens:
    """The tokens that a core on Azure shows to other clouds.

    Attributes:
        issuer: who issues them, an address.
        audience: what they are made out to.
        subjects: purpose -> object id of the core's identity for it.
    """

    issuer: str
    audience: str
    subjects: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Place:
    """One stack of the estate, as the estate's file declares it; nothing is taken from the stack.

    Attributes:
        studio: the estate's short name; the names of its buckets, roles and queues begin with it.
        stack: the stack's name.
        layer: `core`, `guardrails` or `cell`.
        cloud: the cloud that it lies on.
        account: the id of the account that it lies in.
        partition: the AWS partition of the account; empty on other clouds.
        state_bucket: the bucket, or storage account, that its Terraform state lies in.
        region: the region that it lies in.
        jurisdiction: the legal area of the region.
        regions: the regions to which its data may go: its own; for the core, those of every cell.
        jurisdictions: the legal areas of `regions`.
        accounts: accounts whose principals it may admit: its own and the core's; for the core, all.
        networks: its own address range.
        egress: DNS names that its runtimes declare.
        models: models that its runtimes declare, e.g. `eu.anthropic.claude-sonnet-4-5`.
        vaults: addresses of its jurisdiction's Vault cluster.
        replicas: declared copies, e.g. `internal>eu-central-1`.
        runtimes: runtime -> DNS names that it declares; `egress` by runtime.
        issuers: addresses of those whose tokens its account may take: the estate's CI, and there in
            the guardrails alone.
        core: the account id of the core, on whatever cloud.
        core_issuer: the issuer of the core's own identities, where the estate declares one.
        core_roles: purpose -> ARN of the core's role for it, where the core lies on AWS.
        core_accounts: purpose -> address of the core's service account for it, where the core lies
            on Google Cloud.
        core_subjects: purpose -> unique id of that account, where the estate declares it.
        core_principals: purpose -> object id of the core's identity for it, where the core lies on
            Azure, in the stack's own tenant, and the estate declares it.
        core_tokens: what a core on Azure shows to this stack, which lies on another cloud; None
            where it shows none.
        domain: the core's DNS name, in the core's own stack alone.
        tenant: the Entra tenant of its subscription; empty on other clouds.
        addresses: public ranges that the estate's CI comes from.
        profiles: runtime -> its whole profile.
        budget: US dollars a month at which its account's budget alarms; None where it has none.
        open: the legal areas that stay open to its account: those in which it has something.
        in_vault: what it has in Vault; None where it has nothing there.
    """

    studio: str
    stack: str
    layer: str
    cloud: Cloud
    account: str
    partition: str
    state_bucket: str
    region: str
    jurisdiction: str
    regions: frozenset[str]
    jurisdictions: frozenset[str]
    accounts: frozenset[str]
    networks: tuple[str, ...]
    egress: frozenset[str]
    models: frozenset[str]
    vaults: frozenset[str]
    replicas: frozenset[str]
    runtimes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    issuers: frozenset[str] = frozenset()
    core: str = ""
    core_issuer: str = ""
    core_roles: Mapping[str, str] = field(default_factory=dict)
    core_accounts: Mapping[str, str] = field(default_factory=dict)
    core_subjects: Mapping[str, str] = field(default_factory=dict)
    core_principals: Mapping[str, str] = field(default_factory=dict)
    core_tokens: CoreTokens | None = None
    domain: str = ""
    tenant: str = ""
    addresses: frozenset[str] = frozenset()
    profiles: Mapping[str, Runtime] = field(default_factory=dict)
    budget: float | None = None
    open: frozenset[str] = frozenset()
    in_vault: vault_declared.VaultPart | None = None

    @property
    def scope(self) -> Scope:
        """What its names are computed from."""
        return Scope(
            studio=self.studio,
            stack=self.stack,
            account_id=self.account,
            region=self.region,
            partition=self.partition,
        )

    @property
    def hosts(self) -> frozenset[str]:
        """`egress` in lower case: DNS knows no other."""
        return frozenset(name.lower().rstrip(".") for name in self.egress)

    @property
    def vault(self) -> Endpoint | None:
        """What all its runtimes reach, beside the names that they declare; in a cell alone."""
        if self.layer != Layer.CELL.value or not self.runtimes or len(self.vaults) != 1:
            return None
        return endpoint_of(min(self.vaults))

    @property
    def ports(self) -> frozenset[int]:
        """Ports that something outside is reached on: that of declared names, and Vault's."""
        return frozenset({HTTPS, self.vault.port} if self.vault else {HTTPS})

    def admits(self, host: str, port: int) -> bool:
        """Whether its runtimes may reach a host on a port: a declared name on 443, or Vault.

        Args:
            host: a DNS name, in any case, with or without its last dot.
            port: the TCP port.
        """
        asked = host.lower().rstrip(".")
        return (asked in self.hosts and port == HTTPS) or (asked, port) == self.vault

    def resolves(self, host: str) -> bool:
        """Whether its runtimes may look up a name, to reach it on whatever port."""
        return any(self.admits(host, port) for port in self.ports)

    def leaves_open(self, region: str) -> bool:
        """Whether a region of its cloud lies in a legal area that stays open to its account."""
        return jurisdiction_of(self.cloud, region) in self.open

    def is_audience(self, text: str) -> bool:
        """Whether a text is for whom its runtimes' tokens are: the whole of it is compared."""
        return self.in_vault is not None and bool(text) and text == self.in_vault.audience

    @property
    def replica_regions(self) -> frozenset[str]:
        """The regions that keep declared copies."""
        return frozenset(each.partition(">")[2] for each in self.replicas)

    @property
    def reach(self) -> frozenset[str]:
        """Every region to which its data may go: `regions` and those of declared copies."""
        return self.regions | self.replica_regions

    def owns_bucket(self, name: str) -> bool:
        """Whether a bucket is, by its computed name, the estate's and of an account within reach.

        Args:
            name: the bucket's name, or a pattern for some.
        """
        account = _ACCOUNT_IN_NAME.search(name)
        return name.startswith(f"{self.studio}-") and bool(account and account[1] in self.accounts)

    def as_entity(self) -> dict[str, Any]:
        """The Cedar entity."""
        return {
            "uid": {"type": "Studio::Stack", "id": self.stack},
            "attrs": {
                "layer": self.layer,
                "account": self.account,
                "region": self.region,
                "jurisdiction": self.jurisdiction,
                "regions": sorted(self.regions),
                "jurisdictions": sorted(self.jurisdictions),
                "accounts": sorted(self.accounts),
                "egress": sorted(self.egress),
                "models": sorted(self.models),
                "vaults": sorted(self.vaults),
                "replicas": sorted(self.replicas),
                "replicaRegions": sorted(self.replica_regions),
            },
            "parents": [],
        }


def place_of(estate: Estate, stack: str) -> Place | None:
    """Find a stack in the estate; None when the estate has no such stack."""
    ref = next((ref for ref in estate.stacks if ref.name == stack), None)
    if ref is None:
        return None
    cell = next((cell for cell in estate.cells if cell.stack == stack), None)
    if cell is not None:
        return _of_cell(estate, ref, cell)
    return _of_core(estate, ref) if ref.layer is Layer.CORE else _of_guardrails(estate, ref)


def _of_cell(estate: Estate, ref: StackRef, cell: Cell) -> Place:
    core = {estate.core_account.id} if estate.core_account.cloud is cell.cloud else set[str]()
    return _place(
        estate,
        ref,
        accounts={cell.account.id, *core},
        networks=(str(cell.network),),
        runtimes={runtime.name: frozenset(runtime.egress) for runtime in cell.runtimes},
        models={model for runtime in cell.runtimes for model in runtime.models},
        profiles={runtime.name: runtime for runtime in cell.runtimes},
        vaults={cell.vault_address} if cell.vault_address else set(),
        replicas={f"{name}>{region.name}" for name, region in cell.replicate.items()},
        in_vault=vault_declared.of_cell(estate, cell),
    )


def _of_core(estate: Estate, ref: StackRef) -> Place:
    # The core comes to every cell (a cell never calls it), so it reaches all accounts and regions.
    cells = [cell for cell in estate.cells if cell.cloud is ref.cloud]
    return _place(
        estate,
        ref,
        regions={ref.scope.region, *(cell.region.name for cell in cells)},
        accounts={account.id for account in estate.accounts if account.cloud is ref.cloud},
        networks=(str(estate.spec.core.network),),
        runtimes={"core": _reached_by_core(estate)},
        vaults=set(estate.spec.vault.clusters.values()),
        in_vault=vault_declared.of_core(estate),
    )


def _reached_by_core(estate: Estate) -> frozenset[str]:
    """Names that the core may connect to, as the estate and the catalogue give them.

    They are the Vault clusters, and the services of its own region and of every region of the
    jurisdictions that have one; on AWS its own event bus and database, too. On Azure services are
    reached through private endpoints, so there are the clusters alone.
    """
    own = estate.core_region
    visited = [
        region
        for region in regions(estate.core_account.cloud.value).values()
        if region.partition == own.partition and region.jurisdiction in estate.spec.vault.clusters
    ]
    hosts = set[str]()
    if estate.core_account.cloud is Cloud.AWS:
        hosts = _aws_hosts(own, visited)
    elif estate.core_account.cloud is Cloud.GCP:
        hosts = {f"{region.name}-{each}" for region in (own, *visited) for each in _GOOGLE_SERVICES}
    return estate.vault_hosts | hosts


def _aws_hosts(own: Region, visited: Iterable[Region]) -> set[str]:
    suffix = _suffix(own.partition)
    hosts = {f"events.{own.name}.{suffix}", f"*.{own.name}.rds.{suffix}"}
    for region in visited:
        hosts |= {f"{each}.{region.name}.{_suffix(region.partition)}" for each in _SERVICES}
    return hosts


def _suffix(partition: str) -> str:
    return "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"


def _of_guardrails(estate: Estate, ref: StackRef) -> Place:
    core = {estate.core_account.id} if estate.core_account.cloud is ref.cloud else set[str]()
    ci = estate.spec.ci
    return _place(
        estate,
        ref,
        accounts={ref.scope.account_id, *core},
        issuers={ci.issuer} if ci is not None else set(),
    )


def _place(
    estate: Estate,
    ref: StackRef,
    *,
    accounts: set[str],
    regions: set[str] | None = None,
    networks: tuple[str, ...] = (),
    runtimes: Mapping[str, frozenset[str]] | None = None,
    models: set[str] | None = None,
    vaults: set[str] | None = None,
    replicas: set[str] | None = None,
    issuers: set[str] | None = None,
    profiles: Mapping[str, Runtime] | None = None,
    in_vault: vault_declared.VaultPart | None = None,
) -> Place:
    account = next(each for each in estate.accounts if each.id == ref.scope.account_id)
    ci = estate.spec.ci
    reached = regions or {ref.scope.region}
    areas = {name: jurisdiction_of(ref.cloud, name) for name in {*reached, ref.scope.region}}
    return Place(
        studio=estate.studio,
        stack=ref.name,
        layer=ref.layer.value,
        cloud=ref.cloud,
        account=ref.scope.account_id,
        partition=ref.scope.partition,
        state_bucket=_STATE_BUCKETS[ref.cloud](ref.scope),
        region=ref.scope.region,
        jurisdiction=areas[ref.scope.region],
        regions=frozenset(reached),
        jurisdictions=frozenset(areas.values()),
        accounts=frozenset(accounts),
        networks=networks,
        egress=frozenset(name for names in (runtimes or {}).values() for name in names),
        runtimes=runtimes or {},
        models=frozenset(model.partition("/")[2] for model in models or ()),
        vaults=frozenset(vaults or ()),
        replicas=frozenset(replicas or ()),
        issuers=frozenset(issuers or ()),
        core=estate.core_account.id,
        core_issuer=estate.core_scope.issuer or "",
        core_roles=_roles_of_core(estate),
        core_accounts=_accounts_of_core(estate),
        core_subjects=_subjects_of_core(estate, Cloud.GCP),
        core_principals=_principals_of_core(estate, account),
        core_tokens=_tokens_of_core(estate, account),
        domain=estate.spec.core.domain if ref.layer is Layer.CORE else "",
        tenant=account.tenant or "",
        addresses=frozenset(map(str, ci.addresses)) if ci is not None else frozenset(),
        profiles=profiles or {},
        budget=account.budget_usd_per_month,
        open=_open(estate, account),
        in_vault=in_vault,
    )


def _roles_of_core(estate: Estate) -> Mapping[str, str]:
    scope = estate.core_scope
    if estate.core_account.cloud is not Cloud.AWS:
        return {}
    return {
        purpose: f"arn:{scope.partition}:iam::{scope.account_id}:role/{aws.role(scope, purpose)}"
        for purpose in _CORE_PURPOSES
    }


def _accounts_of_core(estate: Estate) -> Mapping[str, str]:
    if estate.core_account.cloud is not Cloud.GCP:
        return {}
    return {
        purpose: gcp.service_account_email(estate.core_scope, purpose) for purpose in _CORE_PURPOSES
    }


def _subjects_of_core(estate: Estate, cloud: Cloud) -> Mapping[str, str]:
    found = estate.core_scope.subjects
    if found is None or estate.core_account.cloud is not cloud:
        return {}
    return {purpose: str(getattr(found, purpose)) for purpose in _CORE_PURPOSES}


def _principals_of_core(estate: Estate, account: Account) -> Mapping[str, str]:
    # A managed identity is known in its own tenant alone.
    known = account.cloud is Cloud.AZURE and account.tenant == estate.core_account.tenant
    return _subjects_of_core(estate, Cloud.AZURE) if known else {}


def _tokens_of_core(estate: Estate, account: Account) -> CoreTokens | None:
    tenant = estate.core_account.tenant
    if estate.core_account.cloud is not Cloud.AZURE or tenant is None:
        return None
    if account.cloud is Cloud.AZURE:
        return None
    return CoreTokens(
        issuer=azure.token_issuer(tenant),
        audience=azure.token_audience(estate.studio, tenant),
        subjects=_subjects_of_core(estate, Cloud.AZURE),
    )


def _open(estate: Estate, account: Account) -> frozenset[str]:
    areas = {account.home.jurisdiction}
    if estate.core_account.id == account.id:
        areas.add(estate.core_region.jurisdiction)
    for cell in estate.cells:
        if cell.account.id == account.id:
            areas |= {cell.jurisdiction, *(one.jurisdiction for one in cell.replicate.values())}
    return frozenset(areas)


def jurisdiction_of(cloud: Cloud | str, region: str) -> str:
    """The jurisdiction of a region; empty when the catalogue knows no such region."""
    found = find_region(f"{cloud}/{region}")
    return found.jurisdiction if found else ""
