"""How Terraform signs in to AWS, and where it keeps the state."""

import re
from collections.abc import Iterator

from agent_studio.policies.facts.arns import parsed
from agent_studio.policies.facts.builders import assume, store
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources, backend
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
    for name, body in resources.of_cloud():
        accounts = [str(one) for one in listed(body.get("allowed_account_ids"))]
        roles = [block(one).get("role_arn") for one in listed(body.get("assume_role"))]
        for role in roles:
            found = _ROLE.match(role) if isinstance(role, str) else None
            accounts.append(found[1] if found else "an unknown account")
        yield assume(
            f"provider.{name}",
            kind="provider",
            accounts=accounts,
            pinned=bool(body.get("allowed_account_ids")),
            keyless=bool(roles) and not any(body.get(key) for key in _KEYS),
            direct=not any(body.get(key) for key in _DETOURS),
        )


def _backend(resources: Resources, place: Place) -> Iterator[Fact]:
    found = backend(resources)
    if found is None:
        return
    kind, body = found
    address = f"terraform.backend.{kind}"
    region = body.get("region")
    yield store(
        address,
        what=f"Terraform state ({kind})",
        region=str(region or ""),
        encrypted=kind == "s3" and body.get("encrypt") is True,
        key="customer",
        service_key_will_do=True,
        unknown=None if region is None or known(region) else "the region of the state",
    )
    role = parsed(block(body.get("assume_role")).get("role_arn"))
    yield assume(
        address,
        kind="backend",
        accounts={str(one) for one in listed(body.get("allowed_account_ids"))}
        | ({role.account} if role else set()),
        pinned=bool(body.get("allowed_account_ids")),
        keyless=role is not None and not any(body.get(key) for key in _KEYS),
        direct=not any(body.get(key) for key in _DETOURS)
        and body.get("bucket") == place.state_bucket,
    )
