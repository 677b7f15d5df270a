"""How Terraform signs in to Azure, and where it keeps the state."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.estate.names import azure as names
from agent_studio.policies.facts.builders import assume, store
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources, backend
from agent_studio.policies.facts.table import leaves
from agent_studio.policies.facts.values import on

_PROVIDER = frozenset(
    {
        "//",
        "alias",
        "features",
        "resource_provider_registrations",
        "storage_use_azuread",
        "subscription_id",
        "tenant_id",
        "use_oidc",
    }
)
"""Arguments that a provider may have. Others bring keys in, sign in as somebody else, or send calls
elsewhere: `client_secret`, `client_certificate`, `oidc_token`, `use_msi`, `auxiliary_tenant_ids`,
`environment`, `metadata_host`, `partner_id` and the like."""

_FEATURES: Mapping[str, bool] = {
    "key_vault.purge_soft_delete_on_destroy": False,
    "key_vault.purge_soft_deleted_keys_on_destroy": False,
    "storage.data_plane_available": False,
}
"""What a provider is told of how it works; whatever else would make it delete more, or more
quickly, and so would saying nothing."""

_BACKEND = frozenset(
    {
        "//",
        "container_name",
        "key",
        "storage_account_name",
        "subscription_id",
        "tenant_id",
        "use_azuread_auth",
        "use_oidc",
    }
)
"""Arguments that the backend may have; others are keys, or endpoints of somebody else's."""


def sign_in(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every provider, and the backend of the state."""
    for name, body in resources.of_cloud():
        yield _provider(place, name, body)
    yield from _backend(resources, place)


def _provider(place: Place, name: str, body: Mapping[str, Any]) -> Fact:
    subscription, tenant = body.get("subscription_id"), body.get("tenant_id")
    return assume(
        f"provider.{name}",
        kind="provider",
        accounts=_accounts(place, subscription, tenant),
        pinned=bool(subscription) and bool(tenant),
        keyless=on(body.get("use_oidc")) and on(body.get("storage_use_azuread")),
        direct=name.split(".", 1)[0] == place.cloud.provider
        and set(body) <= _PROVIDER
        and body.get("resource_provider_registrations") == "none"
        and _plain(body.get("features")),
    )


def _plain(features: Any) -> bool:
    """Whether what a provider is told of how it works is what the kit tells it."""
    found = leaves({"features": features})
    return {path.removeprefix("features."): value for path, value in found} == _FEATURES


def _backend(resources: Resources, place: Place) -> Iterator[Fact]:
    found = backend(resources)
    if found is None:
        return
    kind, body = found
    azure = kind == place.cloud.provider
    own = (
        body.get("storage_account_name") == place.state_bucket
        and body.get("container_name") == names.container("state")
        and body.get("key") == f"{place.stack}.tfstate"
    )
    address = f"terraform.backend.{kind}"
    yield store(
        address,
        what=f"Terraform state ({kind})",
        # An account's name tells its region: it is computed from the estate.
        region=place.region if azure and own else "another place",
        encrypted=azure,
        key="customer",
        service_key_will_do=True,
    )
    yield assume(
        address,
        kind="backend",
        accounts=_accounts(place, body.get("subscription_id"), body.get("tenant_id")),
        pinned=own,
        keyless=on(body.get("use_oidc")) and on(body.get("use_azuread_auth")),
        direct=azure and own and set(body) <= _BACKEND,
    )


def _accounts(place: Place, subscription: Any, tenant: Any) -> list[str]:
    """Whose it enters: its subscription, and its tenant where that is not the subscription's."""
    foreign = [str(tenant)] if tenant != place.tenant else []
    return [str(subscription or "an unknown subscription"), *foreign]
