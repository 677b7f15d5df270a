"""The override files that point synthesized stacks at the emulator, and at states on this machine.

Terraform merges `*_override.tf.json` over the files beside it (Terraform documentation, "Override
Files"): arguments of a provider block are replaced one by one, a backend block as a whole. So the
backend is repeated here with its endpoint added, stack by stack. Constructs and stacks stay as
they are for the real cloud.

A stack on another cloud needs no endpoint, since a twin calls nobody; its state is kept in a file
instead of the cloud's own store, for there is no store to keep it in.
"""

import json
from pathlib import Path
from typing import Any

from agent_studio.rehearsal.emulator import Endpoint

OVERRIDE = "rehearsal_override.tf.json"
_RETRIES = 2
_ELSEWHERE = ("gcs", "azurerm")
"""Backends that no emulator stands in for."""


def write(synthesized: Path, overlay: Path, endpoint: Endpoint) -> None:
    """Write one override file for each synthesized stack.

    States that no emulator keeps lie in the folder `states` beside the overlay.

    Args:
        synthesized: a folder with `stacks/<stack>/cdk.tf.json`.
        overlay: the folder to write `<stack>/rehearsal_override.tf.json` into.
        endpoint: where the emulator listens.
    """
    states = overlay.parent / "states"
    for source in sorted(synthesized.glob("stacks/*/cdk.tf.json")):
        stack = json.loads(source.read_text(encoding="utf-8"))
        target = overlay / source.parent.name / OVERRIDE
        target.parent.mkdir(parents=True, exist_ok=True)
        text = {**override(stack, endpoint), **_kept_here(stack, states / source.parent.name)}
        target.write_text(json.dumps(text, indent=2), encoding="utf-8")


def override(stack: dict[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    """The override of one synthesized stack.

    Both proxies of the provider are the emulator: S3 Control puts the account's id before the host
    (`111111111111.127.0.0.1`, which no resolver knows), so such a call goes through the proxy and
    arrives; and a call that missed the endpoint by mistake would be refused there instead of
    leaving the machine. Loopback addresses never pass a proxy (Go, `httpproxy.Config`).

    Args:
        stack: the parsed `cdk.tf.json`.
        endpoint: where the emulator listens.

    Returns:
        the override, ready for JSON; empty where the stack has neither provider nor S3 backend.
    """
    result: dict[str, Any] = {}
    if providers := _as_list(stack.get("provider", {}).get("aws")):
        result["provider"] = {"aws": [_provider(p, endpoint) for p in providers]}
    backend = stack.get("terraform", {}).get("backend", {}).get("s3")
    if backend is not None:
        first = dict(_as_list(backend)[0])
        result["terraform"] = {"backend": {"s3": {**first, **_backend(endpoint)}}}
    if databases := _databases(stack):
        result["resource"] = {"aws_db_instance": databases}
    return result


def _kept_here(stack: dict[str, Any], state: Path) -> dict[str, Any]:
    """The override that keeps a stack's state in a file, where the stack asks for another store."""
    backends = stack.get("terraform", {}).get("backend", {})
    if not any(kind in backends for kind in _ELSEWHERE):
        return {}
    path = str(state.resolve() / "terraform.tfstate")
    return {"terraform": {"backend": {"local": {"path": path}}}}


def _databases(stack: dict[str, Any]) -> dict[str, dict[str, None]]:
    """Databases whose certificate authority is left to the cloud's default.

    The provider sets the authority in a second modification after it made the database, and waits
    80 seconds more for it (AWS provider 5.100, `aws_db_instance`); the emulator has but one.
    """
    declared = stack.get("resource", {}).get("aws_db_instance", {})
    return {
        name: {"ca_cert_identifier": None}
        for name, body in declared.items()
        if body.get("ca_cert_identifier")
    }


def _as_list(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _provider(declared: dict[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    alias = {"alias": declared["alias"]} if "alias" in declared else {}
    return {
        **alias,
        "endpoints": [{"sts": endpoint.url, "iam": endpoint.url, "s3": endpoint.url}],
        "http_proxy": endpoint.url,
        "https_proxy": endpoint.url,
        "max_retries": _RETRIES,
        "s3_use_path_style": True,
        "skip_metadata_api_check": "true",
        "skip_region_validation": True,
    }


def _backend(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "endpoints": {"s3": endpoint.url, "sts": endpoint.url, "iam": endpoint.url},
        "use_path_style": True,
        "skip_metadata_api_check": True,
        "skip_region_validation": True,
        "skip_s3_checksum": False,
        "max_retries": _RETRIES,
    }
