"""What tests of a kill stand on: cells with tokens, mailboxes and services, and a way to kill."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import hvac  # type: ignore[import-untyped]
import pytest
from azure.core.credentials import AccessToken
from delivery.kill.azure_double import AzureDouble
from delivery.kill.google_double import GoogleDouble
from delivery.kill.local import serving
from google.auth.credentials import AnonymousCredentials

from agent_studio.delivery.kill import command
from agent_studio.delivery.kill.aws import AwsCell
from agent_studio.delivery.kill.azure import AzureCell
from agent_studio.delivery.kill.board import Outcome
from agent_studio.delivery.kill.cloud import CellCloud
from agent_studio.delivery.kill.command import Report
from agent_studio.delivery.kill.google import GoogleCell
from agent_studio.delivery.kill.scope import Aim
from agent_studio.estate.loader import load_estate
from agent_studio.estate.model import Cell, Cloud, Estate, Runtime
from agent_studio.estate.names import aws, azure, gcp, vault
from agent_studio.estate.scope import Scope
from agent_studio.identity.connection import Connection
from agent_studio.identity.secret import Secret
from agent_studio.rehearsal.emulator import Endpoint
from agent_studio.rehearsal.vault.api import Api
from agent_studio.rehearsal.vault.certificates import issue
from agent_studio.rehearsal.vault.clusters import Clusters
from agent_studio.rehearsal.vault.loopback import loopback
from agent_studio.rehearsal.vault.tokens import caller

ESTATE = Path(__file__).with_name("estate.yaml")
APPROVERS = 'approvers: {ada: ["*"], bob: ["cell-*-payments-eu"]}\n'


class AzureCredential:
    """Gives a token that no one checks."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """The token."""
        return AccessToken(f"token for {scopes[0]}", 2**40)


@dataclass
class World:
    """An estate in which everything runs.

    Attributes:
        clusters: the Vault clusters.
        google: Google Cloud.
        azure: Azure.
        google_address: where it is.
        azure_address: where it is.
        folder: for the state folder and the estate's file.
        isolation: how cells are held apart.
        addresses: jurisdiction to another address of its cluster, for tests with a front.
        told: what was told while it was done.
    """

    clusters: Clusters
    google: GoogleDouble
    azure: AzureDouble
    google_address: str
    azure_address: str
    folder: Path
    isolation: str = "namespace"
    addresses: dict[str, str] = field(default_factory=dict)
    told: list[tuple[str, Outcome]] = field(default_factory=list)

    @property
    def estate(self) -> Estate:
        """The estate, with the clusters' addresses."""
        return load_estate(self.estate_file)

    @property
    def estate_file(self) -> Path:
        """The estate's file."""
        text = ESTATE.read_text()
        for name, server in self.clusters.servers.items():
            address = self.addresses.get(name, server.address)
            text = text.replace(f"https://vault.{name.lower()}.acme.example:8200", address)
        text = text.replace("  clusters:", f"  isolation: {self.isolation}\n  clusters:")
        path = self.folder / "regions.yaml"
        path.write_text(text)
        return path

    @property
    def approvers(self) -> Path:
        """The file that says who may approve."""
        return self.folder / "policies" / "approvers.yaml"

    @property
    def environment(self) -> dict[str, str]:
        """The root tokens of the clusters."""
        found = {}
        for name, server in self.clusters.servers.items():
            found[f"VAULT_TOKEN_{name}"] = server._root
            found[f"VAULT_CACERT_{name}"] = str(server.authority)
        return found

    @property
    def state_dir(self) -> Path:
        """The state folder."""
        return self.folder / ".studio"

    @property
    def journal(self) -> list[dict[str, Any]]:
        """The journal's lines."""
        text = (self.state_dir / "kill" / "journal.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def cell(self, region: str) -> Cell:
        """A cell by its region."""
        return next(cell for cell in self.estate.cells if cell.region.name == region)

    def set_up(self) -> None:
        """Let everything run, whatever a test before did to it; name approvers."""
        self.approvers.parent.mkdir(exist_ok=True)
        self.approvers.write_text(APPROVERS)
        for cell in self.estate.cells:
            self.clusters.set_up(cell)
            {Cloud.AWS: start_services, Cloud.GCP: self._google, Cloud.AZURE: self._azure}[
                cell.cloud
            ](cell)

    def api(self, cell: Cell, place: vault.Place) -> Api:
        """Vault's API in a place, with the root token."""
        return self.clusters.server(cell).api.within(place.namespace)

    def places(self, cell: Cell) -> tuple[vault.Place, vault.Place]:
        """A cell's own place, and the shared one."""
        return (
            vault.cell(cell.scope, cell.vault_isolation),
            vault.shared(cell.studio, cell.jurisdiction, cell.vault_isolation),
        )

    def log_in(self, cell: Cell, name: str = "analyst", *, shared: bool = False) -> hvac.Client:
        """Log in as a runtime of a cell, from its network."""
        runtime = runtime_of(cell, name)
        server = self.clusters.server(cell)
        place = self.places(cell)[shared]
        source = str(loopback(cell.network)[10])
        connection = Connection(server.address, server.authority, source)
        token = self.clusters.token(caller(cell, runtime))
        answer = connection.client(place.namespace).auth.jwt.jwt_login(
            vault.role(cell.scope, name),
            token,
            use_token=False,
            path=vault.auth_mount(cell.scope, place),
        )
        return connection.client(place.namespace, Secret(answer["auth"]["client_token"]))

    def means(self, **others: Any) -> command.Means:
        """What to kill with; `others` replace what it holds."""

        def tell(cell: str, outcome: Outcome) -> None:
            self.told.append((cell, outcome))

        made = command.Means(
            estate=self.estate,
            state_dir=self.state_dir,
            cloud=self.cloud,
            environment=self.environment,
            seconds=30.0,
            tell=tell,
        )
        return replace(made, **others)

    def cloud(self, cell: Cell) -> CellCloud:
        """A cell's cloud, on loopback."""
        if cell.cloud is Cloud.AWS:
            return AwsCell(cell)
        if cell.cloud is Cloud.GCP:
            return GoogleCell(
                cell,
                credentials=lambda _: AnonymousCredentials(),
                run=self.google_address,
                secrets=self.google_address,
            )
        return AzureCell(
            cell,
            credentials=lambda _: AzureCredential(),
            management=self.azure_address,
            blobs=lambda account: f"{self.azure_address}/{account}",
        )

    def kill(self, aim: Aim, **others: Any) -> Report:
        """Kill."""
        return command.kill(self.means(**others), aim, reason="a drill")

    def undo(self, aim: Aim, *, approver: str = "ada", **others: Any) -> Report:
        """Undo."""
        return command.undo(
            self.means(**others),
            aim,
            approver=approver,
            reason="the drill is over",
            estate_file=self.estate_file,
        )

    def epoch(self, cell: Cell) -> dict[str, Any]:
        """What a cell's mailbox says."""
        found: dict[str, Any] = json.loads(self.epoch_text(cell))
        return found

    def epoch_text(self, cell: Cell) -> str:
        """What a cell's mailbox says, as text."""
        place = cell.scope
        if cell.cloud is Cloud.AWS:
            name = aws.parameter(place, "mailbox/kill-epoch")
            answer = client(cell, "ssm").get_parameter(Name=name, WithDecryption=True)
            return str(answer["Parameter"]["Value"])
        if cell.cloud is Cloud.GCP:
            return self.google.secrets[secret(cell)][-1].decode()
        return self.azure.blobs[f"{inbox(cell)}/kill-epoch"][0].decode()

    def _google(self, cell: Cell) -> None:
        self.google.secrets[secret(cell)] = []
        for runtime in cell.runtimes:
            self.google.add_service(run_path(cell, runtime), run_labels(cell))

    def _azure(self, cell: Cell) -> None:
        self.azure.containers.add(inbox(cell))
        for runtime in cell.runtimes:
            self.azure.add_app(
                azure.resource_group(cell.scope), azure.container_app(cell.scope, runtime.name)
            )


@contextmanager
def running_world(
    clusters: Clusters,
    emulator: Endpoint,
    folder: Path,
    environment: pytest.MonkeyPatch,
    *,
    isolation: str = "namespace",
) -> Iterator[World]:
    """An estate over running servers; its own are stopped in the end.

    Args:
        clusters: the Vault clusters.
        emulator: AWS.
        folder: for the state folder and the estate's file.
        environment: takes the variables by which AWS and the other clouds are found.
        isolation: how the clusters' cells are held apart.
    """
    for name, value in emulator.variables.items():
        environment.setenv(name, value)
    certificate = issue(folder / "tls", "clouds")
    environment.setenv("REQUESTS_CA_BUNDLE", str(certificate.authority))
    google, azure = GoogleDouble(), AzureDouble()
    with (
        serving(google.serve, certificate) as google_address,
        serving(azure.serve, certificate) as azure_address,
    ):
        yield World(
            clusters=clusters,
            google=google,
            azure=azure,
            google_address=google_address,
            azure_address=azure_address,
            isolation=isolation,
            folder=folder,
        )


def runtime_of(cell: Cell, name: str = "analyst") -> Runtime:
    """A runtime of a cell."""
    return next(each for each in cell.runtimes if each.name == name)


def client(cell: Cell, service: str) -> Any:
    """A client of the emulator, in the cell's account."""
    return _client(cell.region.name, cell.scope, service, os.environ["AWS_ENDPOINT_URL"])


@cache
def _client(region: str, place: Scope, service: str, endpoint: str) -> Any:
    taken = boto3.client("sts", region_name=region).assume_role(
        RoleArn=aws.account_role_arn(place, "apply"), RoleSessionName="test"
    )["Credentials"]
    return boto3.client(
        service,
        region_name=region,
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )


def add_service(cell: Cell, name: str, runtime: Runtime | None = None) -> None:
    """Let an ECS service run with two wished instances and a task."""
    ecs, cluster = client(cell, "ecs"), aws.cluster(cell.scope)
    ecs.register_task_definition(
        family=name, containerDefinitions=[{"name": "agent", "image": "x", "memory": 128, "cpu": 1}]
    )
    found = ecs.describe_services(cluster=cluster, services=[name])["services"]
    if found:
        ecs.update_service(cluster=cluster, service=name, desiredCount=2)
    else:
        ecs.create_service(
            cluster=cluster,
            serviceName=name,
            taskDefinition=name,
            desiredCount=2,
            launchType="FARGATE",
        )
    ecs.run_task(cluster=cluster, taskDefinition=name, launchType="FARGATE")


def start_services(cell: Cell) -> None:
    """Let the runtimes of a cell on AWS run, and its mailbox say nothing yet."""
    place = cell.scope
    client(cell, "ssm").put_parameter(
        Name=aws.parameter(place, "mailbox/kill-epoch"),
        Value="unset",
        Type="SecureString",
        Overwrite=True,
    )
    ecs, scaling = client(cell, "ecs"), client(cell, "application-autoscaling")
    cluster = aws.cluster(place)
    ecs.create_cluster(clusterName=cluster)
    for arn in ecs.list_tasks(cluster=cluster)["taskArns"]:
        ecs.stop_task(cluster=cluster, task=arn)
    for runtime in cell.runtimes:
        add_service(cell, aws.label(place, runtime.name), runtime)
        scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{cluster}/{aws.label(place, runtime.name)}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=0,
            MaxCapacity=runtime.max_instances,
            SuspendedState={
                "DynamicScalingInSuspended": False,
                "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": False,
            },
        )


def run_path(cell: Cell, runtime: Runtime) -> str:
    """A Cloud Run service's path."""
    place = cell.scope
    parent = f"projects/{place.account_id}/locations/{place.region}"
    return f"{parent}/services/{gcp.service(place, runtime.name)}"


def run_labels(cell: Cell) -> dict[str, str]:
    """The labels that the provider sets on a service of a cell."""
    place = cell.scope
    return {"studio": gcp.label_value(place.studio), "stack": gcp.label_value(place.stack)}


def faults(report: Report) -> dict[str, str]:
    """The steps that were not confirmed, and why."""
    return {
        f"{cell.id} {each.name}": each.fault.line
        for cell in report.cells
        for each in cell.outcomes
        if each.fault is not None
    }


def secret(cell: Cell) -> str:
    """The path of the secret that holds a cell's kill epoch."""
    place = cell.scope
    return f"projects/{place.account_id}/secrets/{gcp.secret(place, 'mailbox-kill-epoch')}"


def inbox(cell: Cell) -> str:
    """The path of the container that holds a cell's kill epoch."""
    return f"/{azure.storage_account(cell.scope, 'mailbox')}/inbox"
