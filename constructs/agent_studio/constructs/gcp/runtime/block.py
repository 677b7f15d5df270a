"""`AgentRuntime`: an isolated place for agents to run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_google.cloud_run_v2_service_iam_policy import CloudRunV2ServiceIamPolicy
from cdktf_cdktf_provider_google.pubsub_subscription import (
    PubsubSubscriptionPushConfig,
    PubsubSubscriptionPushConfigOidcToken,
)
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_google.service_account_iam_policy import ServiceAccountIamPolicy
from constructs import Construct

from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.access import ATTACH, Access, apply_account
from agent_studio.constructs.gcp.keys import OPERATIONS
from agent_studio.constructs.gcp.labels import labels
from agent_studio.constructs.gcp.logs.alarms import add_alarm
from agent_studio.constructs.gcp.queue import Queue
from agent_studio.constructs.gcp.registry import COLLECTOR
from agent_studio.constructs.gcp.runtime.containers import WORK_PATH, containers
from agent_studio.constructs.gcp.runtime.service import add_service
from agent_studio.constructs.gcp.runtime.sizing import container_size
from agent_studio.constructs.telemetry import ENDPOINT
from agent_studio.estate import Residency
from agent_studio.estate.names import gcp as names
from agent_studio.estate.vault import VARIABLE, client_text

if TYPE_CHECKING:
    from agent_studio.constructs.gcp.identity import WorkloadIdentity
    from agent_studio.constructs.gcp.keys import CellKeys
    from agent_studio.constructs.gcp.logs import LogPipeline
    from agent_studio.constructs.gcp.mailbox import ControlMailbox
    from agent_studio.constructs.gcp.network import CellNetwork
    from agent_studio.constructs.gcp.registry import ImageRegistry
    from agent_studio.estate import Cell, Runtime

WORK_SECONDS = 600
"""How long an agent has for a piece of work: the longest that Pub/Sub waits for an answer."""

_STRICTNESS = (Residency.ANYWHERE, Residency.JURISDICTION, Residency.REGION)


class AgentRuntime(Construct):
    """A runtime of a cell on Cloud Run: its service, its work queue and its scaling.

    Guarantee: each instance is a virtual machine of its own (Cloud Run, "About execution
    environments") that runs an agent beside an OpenTelemetry collector, within the profile's CPU
    and memory, and handles one piece of work at a time. Everything that it sends goes through the
    cell's network; it can be reached from inside the project alone, and called by its work queue's
    own identity alone. It has its own service account without keys, an image that the project's
    binary authorization admits, and no secret in its environment. There are as many instances as
    there is work, none without any and never more than the profile's ceiling. The work queue is
    encrypted, pinned to the region, keeps messages for 14 days and sets failing ones aside, which
    raises an alarm. Releases set the image.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack; one block for each runtime.
        cell: the cell.
        runtime: the profile.
        network: the cell's network.
        keys: the cell's keys.
        identity: the runtime's identity.
        logs: the cell's logs.
        mailbox: the cell's mailbox.
        registry: the cell's images.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        runtime: Runtime,
        network: CellNetwork,
        keys: CellKeys,
        identity: WorkloadIdentity,
        logs: LogPipeline,
        mailbox: ControlMailbox,
        registry: ImageRegistry,
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        key_id = keys.key_id(OPERATIONS)
        service = add_service(
            self,
            name=names.service(place, runtime.name),
            region=place.region,
            containers=containers(
                size=container_size(runtime.cpu, runtime.memory),
                agent_repository=registry.repository_url(runtime.name),
                collector_repository=registry.repository_url(COLLECTOR),
                environment=_environment(
                    cell=cell, runtime=runtime, identity=identity, mailbox=mailbox
                ),
            ),
            identity=identity.identity_id,
            key_id=key_id,
            network_id=network.network_id,
            subnet_id=network.runtime_subnet_id(runtime),
            max_instances=runtime.max_instances,
            timeout_seconds=WORK_SECONDS,
            after=identity.access,
            own_labels={
                **labels(f"runtime-{runtime.name}", _strictest(runtime)),
                "runtime": names.label_value(runtime.name),
            },
        )
        self.service_name: str = service.name
        """Name of the Cloud Run service."""
        caller, attachable = self._caller(cell, runtime)
        access = Access()
        access.grant("roles/run.invoker", [caller.member])
        CloudRunV2ServiceIamPolicy(
            self,
            "callers",
            name=service.name,
            location=place.region,
            policy_data=access.document(),
        )
        queue = Queue(
            self,
            "work",
            place=place,
            purpose=f"work-{runtime.name}",
            key_id=key_id,
            handling_seconds=WORK_SECONDS,
            push=PubsubSubscriptionPushConfig(
                push_endpoint=f"{service.uri}{WORK_PATH}",
                oidc_token=PubsubSubscriptionPushConfigOidcToken(
                    service_account_email=caller.email, audience=service.uri
                ),
            ),
            data_class=_strictest(runtime),
            after=attachable,
        )
        self.queue_id: str = queue.id
        """Resource name of the topic that work is published to."""
        self.queue_address: str = queue.address
        """Where work is published to."""
        add_alarm(
            self,
            "failures",
            title=f"Work of {runtime.name} failed for good in {cell.id}",
            series=(
                'metric.type="pubsub.googleapis.com/subscription/num_undelivered_messages"'
                ' AND resource.type="pubsub_subscription"'
                f' AND resource.label.subscription_id="{queue.dead_name}"'
            ),
            above=0,
            period_seconds=60,
            aligner="ALIGN_MAX",
            reducer="REDUCE_MAX",
            channel_id=logs.alarm_channel_id,
        )

    def _caller(
        self, cell: Cell, runtime: Runtime
    ) -> tuple[ServiceAccount, ServiceAccountIamPolicy]:
        """Make the identity with which Pub/Sub hands work to the service, and to nothing else.

        Source: Pub/Sub, "Authenticate push subscriptions".
        """
        place = cell.scope
        account = ServiceAccount(
            self,
            "caller",
            account_id=names.service_account(place, f"{runtime.name}_caller"),
            display_name=f"Hands work to {runtime.name}",
        )
        access = Access()
        access.grant(ATTACH, [apply_account(place)])
        access.grant(
            "roles/iam.serviceAccountOpenIdTokenCreator",
            [service_agents.agent(self, place, "pubsub")],
        )
        policy = ServiceAccountIamPolicy(
            self,
            "caller-access",
            service_account_id=account.name,
            policy_data=access.document(),
        )
        return account, policy


def _environment(
    *, cell: Cell, runtime: Runtime, identity: WorkloadIdentity, mailbox: ControlMailbox
) -> dict[str, str]:
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT,
        "OTEL_RESOURCE_ATTRIBUTES": f"studio.cell={cell.id},cloud.region={cell.region.name}",
        "OTEL_SERVICE_NAME": runtime.name,
        "STUDIO_CELL": cell.id,
        "STUDIO_EVENTS_QUEUE_URL": mailbox.queue_address,
        "STUDIO_JURISDICTION": cell.jurisdiction,
        "STUDIO_MAILBOX_BUCKET": mailbox.store_name,
        "STUDIO_MAILBOX_PARAMETERS": _json(mailbox.parameter_ids),
        "STUDIO_MODELS": _json(runtime.models),
        "STUDIO_RUNTIME": runtime.name,
        "STUDIO_STORES": _json(identity.store_names),
        "STUDIO_WORK_PATH": WORK_PATH,
    }
    if runtime.budget is not None and runtime.budget.tokens_per_day is not None:
        variables["STUDIO_TOKENS_PER_DAY"] = str(runtime.budget.tokens_per_day)
    if cell.vault_address is not None:
        variables["VAULT_ADDR"] = cell.vault_address
        variables[VARIABLE] = client_text(cell, runtime)
    return variables


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _strictest(runtime: Runtime) -> str:
    """Give the class with the narrowest residency: a message may hold data of any of them."""
    return max(
        runtime.data_classes, key=lambda each: (_STRICTNESS.index(each.residency), each.name)
    ).name
