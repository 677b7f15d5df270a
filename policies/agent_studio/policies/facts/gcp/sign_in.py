"""How Terraform signs in to Google Cloud, and where it keeps the state."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.policies.facts.gcp.accounts import state_bucket, studio_account
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources
from agent_studio.policies.facts.values import block

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
    for name, body in resources.providers.items():
        yield _provider(place, name, body)
    yield from _backend(resources, place)
    for address, body in resources.sources.items():
        project = body.get("project", body.get("project_id", place.account))
        if project != place.account or not set(body) <= {"//", "project", "project_id", "provider"}:
            yield Fact(
                action=Action.PROVISION,
                address=address,
                context={},
                unknown=("what the data source reads",),
            )


def _provider(place: Place, name: str, body: Mapping[str, Any]) -> Fact:
    acting = body.get("impersonate_service_account")
    plan, apply = (studio_account(place, each) for each in ("plan", "apply"))
    expected = {f'${{var.studio_role == "plan" ? "{plan}" : "{apply}"}}', plan, apply}
    # A plan alone gives the expression's reference, not its text.
    expected.add("${var.studio_role}")
    project = body.get("project")
    return Fact(
        action=Action.ASSUME,
        address=f"provider.{name}",
        context={
            "kind": "provider",
            "accounts": [str(project)] if project else [],
            "pinned": bool(project),
            "keyless": acting in expected,
            "direct": name.split(".", 1)[0] == "google" and set(body) <= _PROVIDER,
        },
    )


def _backend(resources: Resources, place: Place) -> Iterator[Fact]:
    if not resources.terraform:
        return
    backends = block(resources.terraform.get("backend"))
    kind = next(iter(backends), "local")
    body: Mapping[str, Any] = block(backends.get(kind))
    own = body.get("bucket") == state_bucket(place)
    address = f"terraform.backend.{kind}"
    yield Fact(
        action=Action.STORE,
        address=address,
        context={
            "kind": f"Terraform state ({kind})",
            # A bucket's name tells its region: it is computed from the estate.
            "region": place.region if kind == "gcs" and own else "another place",
            "encrypted": kind == "gcs",
            "key": "customer",
            "keyMayBeService": True,
        },
    )
    yield Fact(
        action=Action.ASSUME,
        address=address,
        context={
            "kind": "backend",
            "accounts": [place.account] if own else ["an unknown account"],
            "pinned": own,
            "keyless": body.get("impersonate_service_account") == studio_account(place, "state"),
            "direct": kind == "gcs" and own and set(body) <= _BACKEND,
        },
    )
