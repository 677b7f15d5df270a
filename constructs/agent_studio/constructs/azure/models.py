"""The models that a cell's runtimes call.

Sources: Azure OpenAI, "Deployment types" (where each processes a prompt), "Configure Azure OpenAI
Service with managed identities", "Azure OpenAI encryption of data at rest".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_azurerm.cognitive_account import (
    CognitiveAccount,
    CognitiveAccountCustomerManagedKey,
    CognitiveAccountIdentity,
    CognitiveAccountNetworkAcls,
)
from cdktf_cdktf_provider_azurerm.cognitive_deployment import (
    CognitiveDeployment,
    CognitiveDeploymentModel,
    CognitiveDeploymentSku,
)
from constructs import Construct

from agent_studio.constructs.azure.access import MODEL_USER, grant
from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import OPERATIONS, CellKeys
from agent_studio.constructs.azure.network import CellNetwork
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.azure.workspace import log_everything
from agent_studio.estate.models import PREFIXES, read_endpoint
from agent_studio.estate.names import azure as names

if TYPE_CHECKING:
    from agent_studio.estate import Cell, Runtime

__all__ = ["CellModels", "azure_models"]

CAPACITY = 1
"""Thousands of tokens a minute that a deployment begins with; more is asked of Azure as a quota,
and set there."""

_PREFIX = f"{next(prefix for prefix, cloud in PREFIXES.items() if cloud == 'azure')}/"
_ID = "models"


class CellModels(Construct):
    """The one Azure OpenAI account of a cell, with a deployment for each model that is declared.

    Guarantee: the account lies in the cell's region, answers in the cell's network alone, to
    identities of Entra alone, and reaches out to nobody. What it keeps is encrypted with the
    operations key. It serves the models that the cell's runtimes declare, each by the deployment
    type that they declare, which says where a prompt is processed. Every request is logged.

    Args:
        scope: the cell's stack.
        id_: the id within the stack; `CellModels.of` takes `models`.
        cell: the cell.
        keys: the cell's keys.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys) -> None:
        super().__init__(scope, id_)
        key = keys.key(OPERATIONS)
        name = names.model_account(cell.scope)
        account = CognitiveAccount(
            self,
            "account",
            name=name,
            # Tokens of Entra are taken at a name of one's own alone.
            custom_subdomain_name=name,
            location=cell.region.name,
            resource_group_name=CellGroup.of(self, cell=cell).name,
            kind="OpenAI",
            sku_name="S0",
            local_auth_enabled=False,
            public_network_access_enabled=False,
            outbound_network_access_restricted=True,
            network_acls=CognitiveAccountNetworkAcls(default_action="Deny", bypass="None"),
            identity=CognitiveAccountIdentity(type="UserAssigned", identity_ids=[key.identity_id]),
            customer_managed_key=CognitiveAccountCustomerManagedKey(
                key_vault_key_id=key.id, identity_client_id=key.client_id
            ),
            tags=tags(cell, "models"),
            depends_on=[key.grant],
        )
        self._account_id: str = account.id
        self.endpoint: str = f"https://{name}.openai.azure.com/"
        """Where runtimes call models."""
        CellNetwork.of(self).connect(self, "endpoint", "account", account.id, purpose="models")
        log_everything(self, "logging", cell=cell, keys=keys, target=account.id)
        declared = sorted({each for one in cell.runtimes for each in azure_models(one)})
        for text in declared:
            kind, _, model = text.removeprefix(_PREFIX).partition("/")
            CognitiveDeployment(
                self,
                f"{kind}-{model}",
                name=names.model_deployment(kind, model),
                cognitive_account_id=account.id,
                model=CognitiveDeploymentModel(format="OpenAI", name=read_endpoint(text).model),
                sku=CognitiveDeploymentSku(name=kind, capacity=CAPACITY),
                version_upgrade_option="OnceCurrentVersionExpired",
                # The capacity is raised as a quota allows, and the version when one expires.
                lifecycle=TerraformResourceLifecycle(
                    ignore_changes=["sku[0].capacity", "model[0].version"]
                ),
            )

    @classmethod
    def of(cls, scope: Construct, *, cell: Cell, keys: CellKeys) -> CellModels:
        """Give the account of the stack that holds `scope`, made when first asked for."""
        stack = TerraformStack.of(scope)
        found = stack.node.try_find_child(_ID)
        return found if isinstance(found, cls) else cls(stack, _ID, cell=cell, keys=keys)

    def admit(self, scope: Construct, principal_id: str) -> None:
        """Let a runtime's identity call the cell's models; the grant is `scope`'s."""
        grant(
            scope, "calls-models", role=MODEL_USER, on=self._account_id, principal_id=principal_id
        )


def azure_models(runtime: Runtime) -> tuple[str, ...]:
    """Give Azure's models among a runtime's; other clouds' are left out."""
    return tuple(each for each in runtime.models if each.startswith(_PREFIX))
