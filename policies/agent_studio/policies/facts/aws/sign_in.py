"""How Terraform signs in to AWS, and where it keeps the state."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.policies.facts.arns import parsed
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources
from agent_studio.policies.facts.values import block, known, listed

_ROLE = re.compile(r"^arn:[a-z-]+:iam::(\d{12}):role/")
_DETOURS = (
    "endpoint",
    "endpoints",
    "http_proxy",
    "https_proxy",
    "custom_ca_bundle",
    "insecure",
    "sts_endpoint",
    "iam_endpoint",
)
"""Arguments by which calls, and the credentials in them, go elsewhere than to AWS."""

_KEYS = ("access_key", "secret_key", "token", "shared_credentials_files", "profile")


def sign_in(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every provider, and the backend of the state."""
    yield from _providers(resources)
    yield from _backend(resources, place)


def _providers(resources: Resources) -> Iterator[Fact]:
    for name, body in resources.providers.items():
        accounts = [str(one) for one in listed(body.get("allowed_account_ids"))]
        roles = [block(one).get("role_arn") for one in listed(body.get("assume_role"))]
        for role in roles:
            found = _ROLE.match(role) if isinstance(role, str) else None
            accounts.append(found[1] if found else "an unknown account")
        yield Fact(
            action=Action.ASSUME,
            address=f"provider.{name}",
            context={
                "kind": "provider",
                "accounts": sorted(set(accounts)),
                "pinned": bool(body.get("allowed_account_ids")),
                "keyless": bool(roles) and not any(body.get(key) for key in _KEYS),
                "direct": not any(body.get(key) for key in _DETOURS),
            },
        )


def _backend(resources: Resources, place: Place) -> Iterator[Fact]:
    if not resources.terraform:
        return
    backends = block(resources.terraform.get("backend"))
    kind = next(iter(backends), "local")
    body: Mapping[str, Any] = block(backends.get(kind))
    region = body.get("region")
    yield Fact(
        action=Action.STORE,
        address=f"terraform.backend.{kind}",
        context={
            "kind": f"Terraform state ({kind})",
            "region": str(region or ""),
            "encrypted": kind == "s3" and body.get("encrypt") is True,
            "key": "customer",
            "keyMayBeService": True,
        },
        unknown=() if region is None or known(region) else ("the region of the state",),
    )
    role = parsed(block(body.get("assume_role")).get("role_arn"))
    yield Fact(
        action=Action.ASSUME,
        address=f"terraform.backend.{kind}",
        context={
            "kind": "backend",
            "accounts": sorted(
                {str(one) for one in listed(body.get("allowed_account_ids"))}
                | ({role.account} if role else set())
            ),
            "pinned": bool(body.get("allowed_account_ids")),
            "keyless": role is not None and not any(body.get(key) for key in _KEYS),
            "direct": not any(body.get(key) for key in _DETOURS)
            and body.get("bucket") == place.state_bucket,
        },
    )
