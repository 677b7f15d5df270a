"""The core's stack on Google Cloud: deployed once, it governs the agents that run in the cells."""

from constructs import Construct

from agent_studio.constructs.core_view import SERVICE, core_runtime, core_view
from agent_studio.constructs.gcp.core import (
    CoreDatabase,
    CoreEntrance,
    CoreEvents,
    CoreIdentity,
    CoreKeys,
    CoreNetwork,
    CoreService,
    FederatedAccounts,
    SigningKey,
    SourceRegistry,
)
from agent_studio.constructs.gcp.federation import RELEASE
from agent_studio.constructs.gcp.keys import OPERATIONS
from agent_studio.constructs.gcp.logs import LogPipeline
from agent_studio.constructs.gcp.registry import COLLECTOR
from agent_studio.constructs.gcp.store import AccessLogs, AuditStore
from agent_studio.estate import Estate, Layer
from agent_studio.stacks.gcp.base import GcpStack, default_labels
from agent_studio.stacks.vault import add_core_vault


class GcpCoreStack(GcpStack):
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
            labels=default_labels(
                place,
                owner=estate.core_account.owner,
                jurisdiction=estate.core_region.jurisdiction,
                layer=Layer.CORE.value,
            ),
        )
        view = core_view(estate)
        domain = estate.spec.core.domain

        keys = CoreKeys(self, "keys", cell=view)
        operations = keys.key_id(OPERATIONS)
        network = CoreNetwork(self, "network", cell=view, estate=estate)
        access_logs = AccessLogs(self, "access-logs", cell=view, keys=keys)
        LogPipeline(self, "logs", cell=view, keys=keys, access_logs=access_logs)
        identity = CoreIdentity(self, "identity", place=place)
        audit = AuditStore(self, "audit", cell=view, keys=keys, access_logs=access_logs)
        audit.admit_writer(identity.member)
        audit.admit_reader(identity.member)
        federated = FederatedAccounts(self, "federation", place=place, service=identity.member)
        registry = SourceRegistry(
            self,
            "registry",
            place=place,
            key_id=operations,
            images=[SERVICE, COLLECTOR, *(each.name for each in estate.runtimes)],
            reader=federated.member(RELEASE),
        )
        signing = SigningKey(self, "signing", ring_id=keys.ring_id, signer=identity.member)
        events = CoreEvents(
            self,
            "events",
            place=place,
            key_id=operations,
            publisher=identity.member,
            access_logs=access_logs,
        )
        database = CoreDatabase(
            self, "database", place=place, keys=keys, network=network, service=identity
        )
        service = CoreService(
            self,
            "service",
            place=place,
            runtime=core_runtime(estate),
            image=registry.repository_url(SERVICE),
            key_id=operations,
            identity=identity,
            network=network,
            environment={
                "STUDIO_NAME": estate.studio,
                "STUDIO_DOMAIN": domain,
                "STUDIO_AUDIT_BUCKET": audit.store_name,
                "STUDIO_EVENT_BUS": events.topic_id,
                "STUDIO_SIGNING_KEY": signing.key_id,
                "STUDIO_DATABASE_HOST": database.address,
                "STUDIO_DATABASE_NAME": database.name,
                "STUDIO_DATABASE_USER": database.user,
            },
        )
        CoreEntrance(
            self,
            "entrance",
            place=place,
            domain=domain,
            network=network,
            keys=keys,
            service=service,
        )
        add_core_vault(self, estate=estate)
