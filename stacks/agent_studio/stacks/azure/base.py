"""What every stack on Azure has: a pinned provider and its own state in its own region."""

from cdktf import AzurermBackend, TerraformStack
from cdktf_cdktf_provider_azurerm.provider import (
    AzurermProvider,
    AzurermProviderFeatures,
    AzurermProviderFeaturesKeyVault,
    AzurermProviderFeaturesStorage,
)
from constructs import Construct

from agent_studio.estate import Account, Scope
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.names import azure as names

PROVIDER_VERSIONS = ">= 4.55.0, < 5.0.0"
"""The provider's versions that the blocks are written for; the bindings pin one exactly."""


class AzureStack(TerraformStack):
    """One Terraform state in one subscription and region, reached without a key.

    The provider works in the stack's own subscription and tenant alone, through OpenID Connect.
    Which identity plans and which applies is said by `ARM_CLIENT_ID` in the environment of each
    job: Entra makes client ids up, so none can be computed from the estate, and a lookup would
    need the login that it is for. State lies in the subscription's own storage account in the
    same region, locked by a lease on its blob.

    Args:
        scope: the app.
        place: where the stack is deployed; its `stack` is the stack's name.
        account: the subscription.

    Raises:
        StudioError: the account has no tenant.
    """

    def __init__(self, scope: Construct, *, place: Scope, account: Account) -> None:
        super().__init__(scope, place.stack)
        if account.tenant is None:
            raise StudioError(
                f"account {account.name} has no tenant",
                found="none",
                allowed="the UUID of the subscription's Entra tenant",
                fix=f"set tenant under accounts: {account.name}",
                exit_code=ExitCode.INVALID,
            )
        AzurermProvider(
            self,
            "azurerm",
            subscription_id=place.account_id,
            tenant_id=account.tenant,
            use_oidc=True,
            storage_use_azuread=True,
            # Registering providers takes rights over the whole subscription; it is done once.
            resource_provider_registrations="none",
            features=[
                AzurermProviderFeatures(
                    # Storage accounts answer in cells' networks alone, so their own APIs are
                    # never asked; containers are made through Azure Resource Manager.
                    storage=[AzurermProviderFeaturesStorage(data_plane_available=False)],
                    key_vault=[
                        AzurermProviderFeaturesKeyVault(
                            purge_soft_delete_on_destroy=False,
                            purge_soft_deleted_keys_on_destroy=False,
                        )
                    ],
                )
            ],
        )
        AzurermBackend(
            self,
            storage_account_name=names.state_account(place),
            container_name=names.container("state"),
            key=f"{place.stack}.tfstate",
            subscription_id=place.account_id,
            tenant_id=account.tenant,
        )
        self.add_override("terraform.backend.azurerm.use_oidc", True)
        self.add_override("terraform.backend.azurerm.use_azuread_auth", True)
        self.add_override("terraform.required_providers.azurerm.version", PROVIDER_VERSIONS)
