"""The core's stack: deployed once, it governs the agents that run in the cells."""

from constructs import Construct

from agent_studio.constructs.aws.account import RegionalBaseline
from agent_studio.constructs.aws.core import (
    CoreDatabase,
    CoreEntrance,
    CoreEvents,
    CoreService,
    FederatedRoles,
    SigningKey,
    SourceRegistry,
    core_runtime,
    core_view,
    visited_cells,
)
from agent_studio.constructs.aws.core.grants import mailbox_grants, release_grants, service_grants
from agent_studio.constructs.aws.core.service import TASK_ROLE
from agent_studio.constructs.aws.keys import OPERATIONS, CellKeys
from agent_studio.constructs.aws.logs import LogPipeline
from agent_studio.constructs.aws.network import CellNetwork
from agent_studio.constructs.aws.registry import COLLECTOR
from agent_studio.constructs.aws.store import AccessLogs, AuditStore
from agent_studio.constructs.core_view import SERVICE
from agent_studio.estate import Estate, Layer
from agent_studio.estate.names import aws as names
from agent_studio.stacks.base import AwsStack, default_tags
from agent_studio.stacks.vault import add_core_vault


class CoreStack(AwsStack):
    """The stack `core`.

    Args:
        scope: the app.
        estate: the whole estate.
    """

    def __init__(self, scope: Construct, *, estate: Estate) -> None:
        place = estate.core_scope
        super().__init__(
            scope,
            place=place,
            tags=default_tags(
                place,
                owner=estate.core_account.owner,
                jurisdiction=estate.core_region.jurisdiction,
                layer=Layer.CORE.value,
            ),
        )
        view = core_view(estate)
        cells = visited_cells(estate)
        service_arn = names.role_arn(place, TASK_ROLE)

        keys = CellKeys(self, "keys", cell=view)
        if estate.core_region != estate.core_account.home:
            RegionalBaseline(self, "region", place=place)
        network = CellNetwork(self, "network", cell=view, keys=keys)
        access_logs = AccessLogs(self, "access-logs", cell=view)
        logs = LogPipeline(self, "logs", cell=view, keys=keys, access_logs=access_logs)
        audit = AuditStore(self, "audit", cell=view, keys=keys, access_logs=access_logs)
        images = sorted({SERVICE, COLLECTOR, *(each.name for each in estate.runtimes)})
        registry = SourceRegistry(
            self, "registry", place=place, key_arn=keys.key_id(OPERATIONS), images=images
        )
        signing = SigningKey(self, "signing", place=place, signer_arn=service_arn)
        events = CoreEvents(self, "events", place=place, publisher_arn=service_arn)
        database = CoreDatabase(
            self, "database", place=place, vpc_id=network.network_id, subnet_ids=network.subnet_ids
        )
        entrance = CoreEntrance(
            self,
            "entrance",
            place=place,
            domain=estate.spec.core.domain,
            vpc_id=network.network_id,
            subnet_ids=network.subnet_ids,
            admitted=str(view.network),
            access_logs=access_logs.bucket,
        )
        CoreService(
            self,
            "service",
            place=place,
            runtime=core_runtime(estate),
            image_url=registry.repository_url(SERVICE),
            image_arn=names.repository_arn(place, SERVICE),
            log_group=logs.log_name(SERVICE),
            log_group_arn=logs.log_group_arn(SERVICE),
            key_arn=keys.key_id(OPERATIONS),
            vpc_id=network.network_id,
            subnet_ids=network.subnet_ids,
            security_group_ids=[network.runtime_security_group(view.runtimes[0])],
            entrance=entrance,
            database=database,
            environment={
                "STUDIO_NAME": estate.studio,
                "STUDIO_DOMAIN": estate.spec.core.domain,
                "STUDIO_AUDIT_BUCKET": audit.store_name,
                "STUDIO_EVENT_BUS": events.bus_name,
                "STUDIO_SIGNING_KEY": names.key_alias(place, "signing"),
            },
            grants=service_grants(
                place,
                audit_arn=audit.store_id,
                operations_key_arn=keys.key_id(OPERATIONS),
                signing_key_arn=signing.arn,
                bus_arn=events.bus_arn,
            ),
        )
        FederatedRoles(
            self,
            "federation",
            place=place,
            service_arn=service_arn,
            mailbox=mailbox_grants(cells),
            release=release_grants(place, cells, images=images),
        )
        add_core_vault(self, estate=estate)
