"""`AgentRuntime`: an isolated place for agents to run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.container_app import (
    ContainerApp,
    ContainerAppIdentity,
    ContainerAppRegistry,
    ContainerAppTemplate,
    ContainerAppTemplateCustomScaleRule,
)
from constructs import Construct

from agent_studio.constructs.azure.bus import Queue
from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.logs.alarms import add_dead_letter_alarm
from agent_studio.constructs.azure.registry import COLLECTOR
from agent_studio.constructs.azure.runtime.containers import containers
from agent_studio.constructs.azure.runtime.environment import PROFILE, CellEnvironment
from agent_studio.constructs.azure.runtime.sizing import container_size
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.telemetry import ENDPOINT
from agent_studio.estate import Residency
from agent_studio.estate.names import azure as names
from agent_studio.estate.vault import VARIABLE, client_text

if TYPE_CHECKING:
    from agent_studio.constructs.azure.identity import WorkloadIdentity
    from agent_studio.constructs.azure.keys import CellKeys
    from agent_studio.constructs.azure.logs import LogPipeline
    from agent_studio.constructs.azure.mailbox import ControlMailbox
    from agent_studio.constructs.azure.network import CellNetwork
    from agent_studio.constructs.azure.registry import ImageRegistry
    from agent_studio.estate import Cell, Runtime

STOP_SECONDS = 600
"""How long an agent has to finish its work once it is told to stop: the longest there is."""

BUSY_PERCENT = 60
"""Share of its CPUs above which a runtime gets another replica."""

_STRICTNESS = (Residency.ANYWHERE, Residency.JURISDICTION, Residency.REGION)

RELEASED = ("template[0].container[0].image", "template[0].container[1].image")
"""What a release sets; Terraform leaves it alone."""


class AgentRuntime(Construct):
    """A runtime of a cell on Container Apps: its app, its work queue and its scaling.

    Guarantee: each replica is a virtual machine of its own that runs an agent beside an
    OpenTelemetry collector, within the profile's CPU and memory. It has no ingress: nothing calls
    it, it takes its work out of its own queue. All that it sends takes the cell's way out. It has
    its own managed identity, images from the cell's registry alone, and no secret in its
    environment. One replica waits for work, as many as the profile's ceiling do it; which is
    judged by their load, for no scaler reads a queue without a shared key in this provider. The
    queue keeps work for 14 days and sets aside what fails five times, which raises an alarm.
    Releases set the images.

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
        queue = Queue(self, "work", cell=cell, keys=keys, purpose=f"work-{runtime.name}")
        queue.admit_reader(identity, "takes-work", identity.principal_id)
        may_pull = registry.admit(identity, identity.principal_id)
        self.queue_id: str = queue.id
        """Resource id of the queue that work is sent to."""
        self.queue_address: str = queue.address
        """Where work is sent to."""
        app = ContainerApp(
            self,
            "app",
            name=names.container_app(cell.scope, runtime.name),
            resource_group_name=CellGroup.of(self, cell=cell).name,
            container_app_environment_id=CellEnvironment.of(
                self, cell=cell, keys=keys, network=network
            ).environment_id,
            workload_profile_name=PROFILE,
            revision_mode="Single",
            identity=ContainerAppIdentity(type="UserAssigned", identity_ids=[identity.identity_id]),
            registry=[ContainerAppRegistry(server=registry.server, identity=identity.identity_id)],
            template=ContainerAppTemplate(
                min_replicas=1,
                max_replicas=runtime.max_instances,
                termination_grace_period_seconds=STOP_SECONDS,
                container=containers(
                    size=container_size(runtime.cpu, runtime.memory),
                    agent_repository=registry.repository_url(runtime.name),
                    collector_repository=registry.repository_url(COLLECTOR),
                    environment={
                        **_environment(cell, runtime, identity=identity, mailbox=mailbox),
                        "STUDIO_WORK_QUEUE_URL": queue.address,
                    },
                ),
                custom_scale_rule=[
                    ContainerAppTemplateCustomScaleRule(
                        name="busy",
                        custom_rule_type="cpu",
                        metadata={"type": "Utilization", "value": str(BUSY_PERCENT)},
                    )
                ],
            ),
            tags=tags(cell, f"runtime-{runtime.name}", _strictest(runtime)),
            depends_on=[may_pull, registry.endpoint],
            lifecycle=TerraformResourceLifecycle(ignore_changes=list(RELEASED)),
        )
        self.service_name: str = app.name
        """Name of the container app."""
        add_dead_letter_alarm(
            self,
            "failures",
            cell=cell,
            title=f"Work of {runtime.name} failed for good in {cell.id}",
            queue=queue,
            group_id=logs.alarm_id,
        )


def _environment(
    cell: Cell, runtime: Runtime, *, identity: WorkloadIdentity, mailbox: ControlMailbox
) -> dict[str, str]:
    variables = {
        "AZURE_CLIENT_ID": identity.client_id,
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
    }
    if runtime.budget is not None and runtime.budget.tokens_per_day is not None:
        variables["STUDIO_TOKENS_PER_DAY"] = str(runtime.budget.tokens_per_day)
    if identity.model_endpoint is not None:
        variables["AZURE_OPENAI_ENDPOINT"] = identity.model_endpoint
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
