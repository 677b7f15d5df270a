"""The core's stack on Azure: deployed once, it governs the agents that run in the cells."""

from constructs import Construct

from agent_studio.constructs.azure.core import (
    CoreDatabase,
    CoreEntrance,
    CoreEvents,
    CoreIdentities,
    CoreKeys,
    CoreNetwork,
    CoreService,
    SigningKey,
    SourceRegistry,
)
from agent_studio.constructs.azure.federation import MAILBOX, RELEASE
from agent_studio.constructs.azure.logs import LogPipeline
from agent_studio.constructs.azure.runtime.environment import CellEnvironment
from agent_studio.constructs.azure.store import AccessLogs, AuditStore
from agent_studio.constructs.azure.store.audit import AUDIT
from agent_studio.constructs.core_view import SERVICE, core_runtime, core_view
from agent_studio.estate import Estate
from agent_studio.stacks.azure.base import AzureStack
from agent_studio.stacks.vault import add_core_vault


class AzureCoreStack(AzureStack):
    """The stack `core`.

    Args:
        scope: the app.
        estate: the whole estate.
    """

    def __init__(self, scope: Construct, *, estate: Estate) -> None:
        super().__init__(scope, place=estate.core_scope, account=estate.core_account)
        view = core_view(estate)
        domain = estate.spec.core.domain

        keys = CoreKeys(self, "keys", cell=view)
        network = CoreNetwork(self, "network", cell=view, keys=keys)
        access_logs = AccessLogs(self, "access-logs", cell=view, keys=keys)
        logs = LogPipeline(self, "logs", cell=view, keys=keys, access_logs=access_logs)
        identities = CoreIdentities(self, "identity", cell=view)
        service = identities.of(SERVICE)
        audit = AuditStore(
            self, "audit", cell=view, keys=keys, access_logs=access_logs, takes_logs=False
        )
        audit.admit_writer(audit, "service-writes", AUDIT, service.principal_id)
        registry = SourceRegistry(
            self,
            "registry",
            cell=view,
            keys=keys,
            service=service,
            release=identities.of(RELEASE),
        )
        signing = SigningKey(self, "signing", cell=view, keys=keys, signer=service.principal_id)
        events = CoreEvents(
            self,
            "events",
            cell=view,
            keys=keys,
            publisher=service.principal_id,
            alarm_id=logs.alarm_id,
        )
        database = CoreDatabase(
            self, "database", cell=view, keys=keys, network=network, service=service
        )
        environment = CellEnvironment.of(self, cell=view, keys=keys, network=network)
        CoreService(
            self,
            "service",
            cell=view,
            runtime=core_runtime(estate),
            environment=environment,
            identities=identities,
            registry=registry,
            told={
                "STUDIO_NAME": estate.studio,
                "STUDIO_DOMAIN": domain,
                "STUDIO_AUDIT_BUCKET": audit.store_name,
                "STUDIO_EVENT_BUS": events.address,
                "STUDIO_SIGNING_KEY": signing.key_id,
                "STUDIO_DATABASE_HOST": database.address,
                "STUDIO_DATABASE_NAME": database.name,
                "STUDIO_DATABASE_USER": database.user,
                "STUDIO_MAILBOX_CLIENT_ID": identities.of(MAILBOX).client_id,
                "STUDIO_RELEASE_CLIENT_ID": identities.of(RELEASE).client_id,
            },
        )
        CoreEntrance(self, "entrance", cell=view, domain=domain, environment=environment)
        add_core_vault(self, estate=estate)
