"""The estate as `regions.yaml` spells it (specs), and as the rest of the kit reads it (Estate)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from agent_studio.estate.endpoint import Endpoint, endpoint_of
from agent_studio.estate.quantity import memory_mib
from agent_studio.estate.region import Region
from agent_studio.estate.scope import Scope, Subjects

Name = Annotated[str, Field(pattern=r"^[a-z](?:-?[a-z0-9])*$", min_length=2, max_length=32)]
Issuer = Annotated[
    str,
    Field(pattern=r"^https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:/[A-Za-z0-9_./-]*[A-Za-z0-9_])?$"),
]
Subject = Annotated[
    str, Field(pattern=r"^(?:[0-9]{15,25}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")
]
RegionKey = Annotated[str, Field(pattern=r"^(aws|gcp|azure)/[a-z0-9-]{2,40}$")]
MemoryMiB = Annotated[
    int,
    BeforeValidator(memory_mib),
    Field(ge=512, le=122_880),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\d{1,6}(\.\d{1,3})?(MiB|GiB)$"},
                {"type": "integer", "minimum": 512, "maximum": 122_880},
            ],
            "examples": ["2GiB", "512MiB"],
        }
    ),
]


class Cloud(StrEnum):
    """The clouds that an account can live on."""

    AWS = "aws"
    GCP = "gcp"
    AZURE = "azure"

    @property
    def provider(self) -> str:
        """The cloud's Terraform provider; the types of its resources begin with it."""
        return {Cloud.AWS: "aws", Cloud.GCP: "google", Cloud.AZURE: "azurerm"}[self]


class Residency(StrEnum):
    """How far data of a class may go from the cell that holds it."""

    ANYWHERE = "anywhere"
    JURISDICTION = "jurisdiction"
    REGION = "region"


class Layer(StrEnum):
    """The order of apply: every stack of a layer is done before the next layer starts."""

    CORE = "core"
    GUARDRAILS = "guardrails"
    CELL = "cell"


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectsSpec(_Spec):
    """The ids of the core's identities, which its cloud makes up.

    They are known once the core stands. On Google Cloud they are the unique ids of its service
    accounts, by which cells on AWS and Azure know it: `gcloud iam service-accounts list
    --format='value(email,uniqueId)'`. On Azure they are the object ids of its managed identities,
    by which cells on Azure know it: `az identity list --query '[].[name,principalId]'`.

    Attributes:
        mailbox: of the service account or identity `mailbox`, in quotes.
        release: of the service account or identity `release`, in quotes.
    """

    mailbox: Subject
    release: Subject


class CoreSpec(_Spec):
    """Where the core service is deployed, once.

    Attributes:
        region: `<cloud>/<region>`.
        account: a name under `accounts`.
        domain: the DNS name under which people reach the core.
        network: the core's own address range; overlaps no cell's.
        issuer: https address of the OpenID Connect issuer of the core's own account, which cells
            on another cloud trust where that cloud knows no other way; AWS makes it up for each
            account (IAM, "Outbound identity federation").
        subjects: the ids of the core's identities, by which cells know it: on AWS and Azure one
            that lies on Google Cloud, on Azure one that lies on Azure.
    """

    region: RegionKey
    account: Name
    domain: str
    network: IPv4Network = IPv4Network("10.0.0.0/20")
    issuer: Issuer | None = None
    subjects: SubjectsSpec | None = None


class VaultSpec(_Spec):
    """The Vault clusters: one for each jurisdiction, since secrets have a residency too.

    Attributes:
        isolation: `namespace`, or `prefix` for a Vault without namespaces.
        clusters: jurisdiction -> https address.
    """

    isolation: Literal["namespace", "prefix"] = "namespace"
    clusters: Mapping[str, str]


class DataClassSpec(_Spec):
    """The rule of one data class.

    Attributes:
        residency: how far the data may go.
        crossing: `deidentified` admits copies outside once they are de-identified.
        retention_days: how long stores keep old versions and logs, in days.
    """

    residency: Residency
    crossing: Literal["deidentified"] | None = None
    retention_days: int = Field(default=365, ge=1, le=3653)


class Budget(_Spec):
    """What a runtime may spend a day.

    Attributes:
        usd_per_day: US dollars a day, all instances of a cell together.
        tokens_per_day: model tokens a day, read and written.
    """

    usd_per_day: float = Field(gt=0)
    tokens_per_day: int | None = Field(default=None, gt=0)


class RuntimeSpec(_Spec):
    """A runtime profile.

    Attributes:
        cpu: virtual CPUs of an instance.
        memory: memory of an instance in MiB; written `2GiB` or `512MiB`.
        max_instances: the autoscaling ceiling; the floor is 0.
        data_classes: classes of data that agents of this runtime may touch.
        egress: DNS names that agents may connect to; empty means none.
        models: model endpoints, e.g. `bedrock/eu.anthropic.claude-sonnet-4-5`.
        budget: spending limits.
    """

    cpu: float = Field(gt=0, le=16)
    memory: MemoryMiB
    max_instances: int = Field(default=1, ge=1, le=1000)
    data_classes: tuple[str, ...] = Field(min_length=1)
    egress: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    budget: Budget | None = None


class AccountSpec(_Spec):
    """An account: an AWS account, a Google Cloud project or an Azure subscription.

    Attributes:
        cloud: the cloud it lives on.
        id: the cloud's own id: twelve digits, a project id, or a subscription's UUID.
        owner: the team that answers for it.
        tenant: the Entra tenant's UUID; Azure only.
        budget_usd_per_month: the amount at which the account's budget alarms.
        enabled_regions: opt-in regions that this account has enabled.
        home: the region of its guardrails. Without it they lie beside the core, if the account
            holds it, else in the first region that the file names for the account.
        issuer: https address of the issuer of the account's own tokens, by which Vault knows its
            runtimes; AWS only, which makes it up for each account: `aws iam
            get-outbound-web-identity-federation-info`. Without it its cells have all but a login.
    """

    cloud: Cloud
    id: str
    owner: str
    tenant: str | None = None
    budget_usd_per_month: float | None = Field(default=None, gt=0)
    enabled_regions: tuple[str, ...] = ()
    home: RegionKey | None = None
    issuer: Issuer | None = None


class CiSpec(_Spec):
    """The one CI job that may plan and apply without a key, through OpenID Connect.

    Claims are those of GitHub's tokens (GitHub Docs, "OpenID Connect reference"): a pull request of
    the repository may plan; a job of the environment may apply.

    Attributes:
        issuer: https address of the token's issuer.
        repository: `<owner>/<name>`.
        audience: the token's audience.
        environment: the protected environment whose jobs may apply.
        addresses: public address ranges that the jobs come from, /16 at the widest. A key vault on
            Azure lets them to its data plane, where keys are made. Without them, jobs need a way
            into the cell, and the keys of an account's guardrails can't be made at all.
    """

    issuer: Issuer = "https://token.actions.githubusercontent.com"
    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$")]
    audience: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,255}$")] = "sts.amazonaws.com"
    environment: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,255}$")]
    addresses: tuple[IPv4Network, ...] = ()


class CellSpec(_Spec):
    """One account's entry under a region.

    Attributes:
        network: the cell's address range.
        runtimes: names under `runtimes`.
        replicate: data class -> another region of the same account that keeps a copy.
    """

    network: IPv4Network
    runtimes: tuple[str, ...] = ()
    replicate: Mapping[str, RegionKey] = Field(default_factory=dict)


class EstateSpec(_Spec):
    """`regions.yaml`, field by field.

    Attributes:
        version: the version of this file's form.
        studio: the estate's short name; every resource's name begins with it.
        core: where the core service is deployed, once.
        vault: the Vault clusters, one for each jurisdiction.
        ci: the CI that may plan and apply; without it no account trusts any CI.
        data_classes: what kinds of data there are, and how far each may go.
        runtimes: profiles of isolated execution environments for agents.
        accounts: AWS accounts, Google Cloud projects and Azure subscriptions.
        regions: the cells: region -> account -> network and runtimes.
    """

    version: Literal[1]
    studio: Annotated[str, Field(pattern=r"^[a-z](?:-?[a-z0-9])*$", min_length=2, max_length=16)]
    core: CoreSpec
    vault: VaultSpec
    ci: CiSpec | None = None
    data_classes: Mapping[Name, DataClassSpec]
    runtimes: Mapping[Name, RuntimeSpec]
    accounts: Mapping[Name, AccountSpec]
    regions: Mapping[RegionKey, Mapping[Name, CellSpec]]


@dataclass(frozen=True, kw_only=True)
class DataClass:
    """A data class with its name."""

    name: str
    residency: Residency
    crossing: str | None
    retention_days: int


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """A runtime profile with its name; `memory` is in MiB, `cpu` in virtual CPUs."""

    name: str
    cpu: float
    memory: int
    max_instances: int
    data_classes: tuple[DataClass, ...]
    egress: tuple[str, ...]
    models: tuple[str, ...]
    budget: Budget | None


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account with its name and the regions in which it has cells (and the core)."""

    name: str
    cloud: Cloud
    id: str
    owner: str
    tenant: str | None
    budget_usd_per_month: float | None
    home: Region
    """The region of its guardrails stack."""
    issuer: str | None = None
    """Who signs its workloads' tokens, where its cloud makes that up for each account."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One account in one region: the unit of isolation, residency and blast radius."""

    studio: str
    account: Account
    region: Region
    network: IPv4Network
    runtimes: tuple[Runtime, ...]
    replicate: Mapping[str, Region] = field(default_factory=dict)
    vault_address: str | None = None
    vault_isolation: Literal["namespace", "prefix"] = "namespace"
    ci_addresses: tuple[IPv4Network, ...] = ()
    by_ci: bool = False
    """Whether the estate trusts a CI, as which Terraform then logs in to Vault."""

    @property
    def id(self) -> str:
        """`<cloud>-<region>-<account>`."""
        return f"{self.region.cloud}-{self.region.name}-{self.account.name}"

    @property
    def cloud(self) -> Cloud:
        """The cloud the cell lies in."""
        return self.account.cloud

    @property
    def jurisdiction(self) -> str:
        """The legal area the cell lies in."""
        return self.region.jurisdiction

    @property
    def stack(self) -> str:
        """The name of the cell's stack."""
        return f"cell-{self.id}"

    @property
    def scope(self) -> Scope:
        """What the cell's names are computed from."""
        return Scope(
            studio=self.studio,
            stack=self.stack,
            account_id=self.account.id,
            region=self.region.name,
            partition=self.region.partition,
        )

    @property
    def vault_endpoint(self) -> Endpoint | None:
        """What its runtimes reach Vault at; None where it has no runtime, or no Vault."""
        if not self.runtimes or self.vault_address is None:
            return None
        return endpoint_of(self.vault_address)

    @property
    def perimeter_accounts(self) -> tuple[str, ...]:
        """Accounts whose principals and resources its network's endpoints admit: its own."""
        return (self.account.id,)

    @property
    def perimeter_bucket_arns(self) -> tuple[str, ...]:
        """Buckets that its network's endpoints admit besides its stores and its mailbox: none."""
        return ()

    @property
    def data_classes(self) -> tuple[DataClass, ...]:
        """Every class that some runtime of the cell may touch, by name, each once."""
        found = {c.name: c for runtime in self.runtimes for c in runtime.data_classes}
        return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True, kw_only=True)
class StackRef:
    """A stack's name, layer and place, known before anything is synthesized."""

    name: str
    layer: Layer
    cloud: Cloud
    scope: Scope


@dataclass(frozen=True, kw_only=True)
class Estate:
    """Everything that `regions.yaml` declares, checked and resolved."""

    spec: EstateSpec
    studio: str
    core_region: Region
    core_account: Account
    accounts: tuple[Account, ...]
    data_classes: tuple[DataClass, ...]
    runtimes: tuple[Runtime, ...]
    cells: tuple[Cell, ...]

    @property
    def core_scope(self) -> Scope:
        """What the core's names are computed from."""
        place = self._scope("core", self.core_account, self.core_region)
        told = self.spec.core.subjects
        subjects = Subjects(mailbox=told.mailbox, release=told.release) if told else None
        return replace(
            place,
            issuer=self.spec.core.issuer,
            subjects=subjects,
            tenant=self.core_account.tenant,
        )

    @cached_property
    def vault_hosts(self) -> frozenset[str]:
        """The hosts of all Vault clusters; the core reaches every one of them."""
        addresses = self.spec.vault.clusters.values()
        return frozenset(host for each in addresses if (host := urlsplit(each).hostname))

    def guardrails_scope(self, account: Account) -> Scope:
        """What the names of one account's guardrails are computed from."""
        return self._scope(f"guardrails-{account.name}", account, account.home)

    @cached_property
    def stacks(self) -> tuple[StackRef, ...]:
        """Every stack in the order of apply: core, then guardrails, then cells."""
        core = StackRef(
            name="core", layer=Layer.CORE, cloud=self.core_account.cloud, scope=self.core_scope
        )
        guardrails = (
            StackRef(name=s.stack, layer=Layer.GUARDRAILS, cloud=a.cloud, scope=s)
            for a in self.accounts
            for s in (self.guardrails_scope(a),)
        )
        cells = (
            StackRef(name=c.stack, layer=Layer.CELL, cloud=c.cloud, scope=c.scope)
            for c in self.cells
        )
        return (core, *guardrails, *cells)

    def _scope(self, stack: str, account: Account, region: Region) -> Scope:
        return Scope(
            studio=self.studio,
            stack=stack,
            account_id=account.id,
            region=region.name,
            partition=region.partition,
        )
