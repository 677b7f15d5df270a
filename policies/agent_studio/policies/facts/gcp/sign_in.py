"""How Terraform signs in to Google Cloud, and where it keeps the state."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.policies.facts.builders import assume, store, undecided
from agent_studio.policies.facts.gcp.accounts import studio_account
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources, backend

_PROVIDER = frozenset(
    {
        "//",
        "add_terraform_attribution_label",
        "alias",
        "default_labels",
        "impersonate_service_account",
        "project",
        "region",
    }
)
"""Arguments that a provider may have. Others bring keys in, or send calls elsewhere: `credentials`,
`access_token`, `*_custom_endpoint`, `universe_domain`, `billing_project` and the like."""

_BACKEND = frozenset({"//", "bucket", "prefix", "impersonate_service_account"})
"""Arguments that the backend may have."""


def sign_in(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every provider, the backend of the state, and whose data is read."""
    for name, body in resources.of_cloud():
        yield _provider(place, name, body)
    yield from _backend(resources, place)
    for address, body in resources.sources.items():
        project = body.get("project", body.get("project_id", place.account))
        if project != place.account or not set(body) <= {"//", "project", "project_id", "provider"}:
            yield undecided(address, "what the data source reads")


def _provider(place: Place, name: str, body: Mapping[str, Any]) -> Fact:
    acting = body.get("impersonate_service_account")
    plan, apply = (studio_account(place, each) for each in ("plan", "apply"))
    expected = {f'${{var.studio_role == "plan" ? "{plan}" : "{apply}"}}', plan, apply}
    # A plan alone gives the expression's reference, not its text.
    expected.add("${var.studio_role}")
    project = body.get("project")
    return assume(
        f"provider.{name}",
        kind="provider",
        accounts=[str(project)] if project else [],
        pinned=bool(project),
        keyless=acting in expected,
        direct=name.split(".", 1)[0] == place.cloud.provider and set(body) <= _PROVIDER,
    )


def _backend(resources: Resources, place: Place) -> Iterator[Fact]:
    found = backend(resources)
    if found is None:
        return
    kind, body = found
    own = body.get("bucket") == place.state_bucket
    address = f"terraform.backend.{kind}"
    yield store(
        address,
        what=f"Terraform state ({kind})",
        # A bucket's name tells its region: it is computed from the estate.
        region=place.region if kind == "gcs" and own else "another place",
        encrypted=kind == "gcs",
        key="customer",
        service_key_will_do=True,
    )
    yield assume(
        address,
        kind="backend",
        accounts=[place.account if own else "an unknown account"],
        pinned=own,
        keyless=body.get("impersonate_service_account") == studio_account(place, "state"),
        direct=kind == "gcs" and own and set(body) <= _BACKEND,
    )
