"""The providers of Vault in a stack: a cluster each, pinned by its address."""

from cdktf import TerraformStack
from cdktf_cdktf_provider_vault.provider import VaultProvider, VaultProviderAuthLoginJwt

from agent_studio.constructs.vault import CoreVault
from agent_studio.estate import Estate
from agent_studio.estate.names import vault as names
from agent_studio.stacks.role import ROLE_VARIABLE, add_role_variable

PROVIDER_VERSIONS = ">= 5.0.0, < 6.0.0"
"""The Vault provider's versions that the blocks are written for; the bindings pin one exactly."""


def add_cluster(
    stack: TerraformStack, *, studio: str, address: str, by_ci: bool, alias: str | None = None
) -> VaultProvider:
    """Add a cluster to a stack, and the variable of `stacks.role` where it has none.

    Terraform logs in with the token of the CI's own job (`TERRAFORM_VAULT_AUTH_JWT`), as the role
    that the variable names. Where the estate trusts no CI, it takes `VAULT_TOKEN`.

    Args:
        stack: the stack.
        studio: the estate's short name.
        address: the cluster's https address.
        by_ci: whether the estate trusts a CI.
        alias: tells several clusters of a stack apart.
    """
    if stack.node.try_find_child(ROLE_VARIABLE) is None:
        add_role_variable(stack, description="As what Terraform logs in to Vault: plan or apply.")
    login = VaultProviderAuthLoginJwt(
        mount=names.ci_mount(studio),
        # Roles of that mount are named so, too (`names.ci_role`).
        role=f"${{var.{ROLE_VARIABLE}}}",
    )
    cluster = VaultProvider(
        stack,
        f"vault-cluster-{alias}" if alias else "vault-cluster",
        alias=alias,
        address=address,
        # A token of its own for each run would take the leave to make tokens.
        skip_child_token=True,
        auth_login_jwt=[login] if by_ci else None,
    )
    stack.add_override("terraform.required_providers.vault.version", PROVIDER_VERSIONS)
    return cluster


def add_core_vault(stack: TerraformStack, *, estate: Estate) -> None:
    """Add all clusters of an estate to the core's stack, and what the core has in them.

    Args:
        stack: the core's stack.
        estate: the whole estate.
    """
    clusters = {
        jurisdiction: add_cluster(
            stack,
            studio=estate.studio,
            address=address,
            by_ci=estate.spec.ci is not None,
            alias=jurisdiction.lower(),
        )
        for jurisdiction, address in sorted(estate.spec.vault.clusters.items())
    }
    CoreVault(stack, "vault", estate=estate, clusters=clusters)
