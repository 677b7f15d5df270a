"""`AgentRuntime`: an isolated place for agents to run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
)
from constructs import Construct

from agent_studio.constructs.aws.identity.grants import COLLECTOR, work_queue
from agent_studio.constructs.aws.keys import OPERATIONS
from agent_studio.constructs.aws.policy_document import document
from agent_studio.constructs.aws.queue import (
    EncryptedQueue,
    deny_other_accounts,
    deny_plain_http,
)
from agent_studio.constructs.aws.runtime.budget import RUNTIME_TAG, add_budget, runtime_tag
from agent_studio.constructs.aws.runtime.cluster import RuntimeCluster
from agent_studio.constructs.aws.runtime.collector import collector_config
from agent_studio.constructs.aws.runtime.containers import SCRATCH, container_definitions
from agent_studio.constructs.aws.runtime.scaling import QueueScaling
from agent_studio.constructs.aws.runtime.service import add_service
from agent_studio.constructs.aws.runtime.sizing import fargate_size
from agent_studio.constructs.aws.tags import tags
from agent_studio.constructs.telemetry import ENDPOINT
from agent_studio.estate import Residency
from agent_studio.estate.names import aws as names
from agent_studio.estate.vault import VARIABLE, client_text

if TYPE_CHECKING:
    from agent_studio.constructs.aws.identity import WorkloadIdentity
    from agent_studio.constructs.aws.keys import CellKeys
    from agent_studio.constructs.aws.logs import LogPipeline
    from agent_studio.constructs.aws.mailbox import ControlMailbox
    from agent_studio.constructs.aws.network import CellNetwork
    from agent_studio.constructs.aws.registry import ImageRegistry
    from agent_studio.estate import Cell, Runtime

VISIBILITY_SECONDS = 900
"""How long an agent has for a piece of work before another sees it; it may ask for more."""

_STRICTNESS = (Residency.ANYWHERE, Residency.JURISDICTION, Residency.REGION)


class AgentRuntime(Construct):
    """A runtime of a cell on Fargate: its service, work queue, scaling and budget.

    Guarantee: each instance is a virtual machine of its own that runs an agent beside an
    OpenTelemetry collector, both as an unprivileged user without capabilities on a read-only file
    system, within the profile's CPU and memory, with no public address and no shell into it. The
    service scales between no instance and the profile's ceiling with its work queue, which is
    encrypted, keeps messages for 14 days and sets failing ones aside. A deployment whose instances
    do not become healthy is rolled back. No secret stands in its environment. Releases set image
    and number of instances; until the first, none runs.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack; one block for each runtime.
        cell: the cell.
        runtime: the profile.
        network: the cell's network.
        keys: the cell's keys.
        identity: the runtime's roles.
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
        own_tags = {RUNTIME_TAG: runtime_tag(cell, runtime)}
        cluster = RuntimeCluster.of(self, cell=cell, keys=keys)
        purpose = work_queue(runtime)
        queue_arn = names.queue_arn(place, purpose)
        queue = EncryptedQueue(
            self,
            "work",
            place=place,
            purpose=purpose,
            key_arn=keys.key_id(OPERATIONS),
            visibility_seconds=VISIBILITY_SECONDS,
            policy=document(deny_plain_http(queue_arn), deny_other_accounts(place, queue_arn)),
            data_class=_strictest(runtime),
            own_tags=own_tags,
        )
        self.queue_address = queue.url
        """URL of the queue from which the agents take work."""
        size = fargate_size(runtime.cpu, runtime.memory)
        family = names.label(place, runtime.name)
        template = EcsTaskDefinition(
            self,
            "task",
            family=family,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(size.cpu),
            memory=str(size.memory),
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                operating_system_family="LINUX", cpu_architecture="X86_64"
            ),
            task_role_arn=identity.identity_id,
            execution_role_arn=identity.execution_role_arn,
            volume=[EcsTaskDefinitionVolume(name=SCRATCH)],
            container_definitions=container_definitions(
                size=size,
                agent_repository=registry.repository_url(runtime.name),
                collector_repository=registry.repository_url(COLLECTOR),
                environment=_environment(
                    cell=cell,
                    runtime=runtime,
                    identity=identity,
                    mailbox=mailbox,
                    queue_url=queue.url,
                ),
                collector_config=collector_config(
                    region=place.region,
                    log_group=logs.log_name(runtime.name),
                    runtime=runtime.name,
                ),
                region=place.region,
                log_group=logs.log_name(runtime.name),
            ),
            tags={**tags(family), **own_tags},
        )
        service = add_service(
            self,
            name=names.label(place, runtime.name),
            cluster_arn=cluster.arn,
            task_definition_arn=template.arn,
            subnet_ids=network.subnet_ids,
            security_group_id=network.runtime_security_group(runtime),
            own_tags=own_tags,
        )
        self.service_name = service.name
        """Name of the ECS service."""
        QueueScaling(
            self,
            "scaling",
            cell=cell,
            runtime=runtime,
            cluster_name=cluster.name,
            service_name=service.name,
            queue_name=queue.name,
        )
        _alarm_on_failures(self, cell=cell, runtime=runtime, queue=queue, topic_arn=logs.alarm_id)
        if runtime.budget is not None:
            add_budget(
                self,
                cell=cell,
                runtime=runtime,
                usd_per_day=runtime.budget.usd_per_day,
                topic_arn=logs.alarm_id,
            )


def _environment(
    *,
    cell: Cell,
    runtime: Runtime,
    identity: WorkloadIdentity,
    mailbox: ControlMailbox,
    queue_url: str,
) -> dict[str, str]:
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT,
        "OTEL_RESOURCE_ATTRIBUTES": f"studio.cell={cell.id},cloud.region={cell.region.name}",
        "OTEL_SERVICE_NAME": runtime.name,
        "STUDIO_CELL": cell.id,
        "STUDIO_EVENTS_QUEUE_URL": mailbox.queue_address,
        "STUDIO_JURISDICTION": cell.jurisdiction,
        "STUDIO_MAILBOX_BUCKET": mailbox.store_name,
        "STUDIO_MAILBOX_PARAMETERS": mailbox.parameter_prefix,
        "STUDIO_MODELS": json.dumps(runtime.models, separators=(",", ":")),
        "STUDIO_RUNTIME": runtime.name,
        "STUDIO_STORES": json.dumps(identity.store_buckets, sort_keys=True, separators=(",", ":")),
        "STUDIO_WORK_QUEUE_URL": queue_url,
    }
    if runtime.budget is not None and runtime.budget.tokens_per_day is not None:
        variables["STUDIO_TOKENS_PER_DAY"] = str(runtime.budget.tokens_per_day)
    if cell.vault_address is not None:
        variables["VAULT_ADDR"] = cell.vault_address
        variables[VARIABLE] = client_text(cell, runtime)
    return variables


def _alarm_on_failures(
    scope: Construct, *, cell: Cell, runtime: Runtime, queue: EncryptedQueue, topic_arn: str
) -> None:
    name = names.label(cell.scope, f"{runtime.name}-failures", limit=255)
    CloudwatchMetricAlarm(
        scope,
        "failures",
        alarm_name=name,
        alarm_description=f"Work of {runtime.name} failed for good: see its dead-letter queue.",
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queue.dead_name},
        statistic="Maximum",
        period=60,
        evaluation_periods=1,
        threshold=0,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        tags=tags(name),
    )


def _strictest(runtime: Runtime) -> str:
    """Give the class with the narrowest residency: a message may hold data of any of them."""
    return max(
        runtime.data_classes, key=lambda each: (_STRICTNESS.index(each.residency), each.name)
    ).name
