"""Destroy what a rehearsal made, in the reverse order of apply.

The estate protects its data: `prevent_destroy`, deletion protection, buckets that hold objects.
A rehearsal's data is nobody's, so the protections are lifted first: `prevent_destroy` by one more
override file, the rest through the emulator's API, as an operator would have to.
"""

import json
import subprocess
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.rehearsal.states import engine_command
from agent_studio.rehearsal.vault.api import Api, ApiError

OVERRIDE = "rehearsal_unprotect_override.tf.json"


def unprotected(stack: dict[str, Any]) -> dict[str, Any]:
    """The override that lifts `prevent_destroy` from every resource that sets it.

    Terraform merges a `lifecycle` block argument by argument (documentation, "Override Files").

    Args:
        stack: the parsed `cdk.tf.json`.
    """
    lifted: dict[str, dict[str, Any]] = {}
    for kind, named in stack.get("resource", {}).items():
        for name, body in named.items():
            if (body.get("lifecycle") or {}).get("prevent_destroy"):
                lifted.setdefault(kind, {})[name] = {"lifecycle": {"prevent_destroy": False}}
    return {"resource": lifted} if lifted else {}


def destroy(
    work: Path,
    *,
    environment: Mapping[str, str],
    state: Mapping[str, Any],
    clients: Callable[[str], Any],
    vaults: Mapping[str, Api],
    log: Path,
) -> None:
    """Destroy one stack.

    Args:
        work: the stack's working directory, initialized.
        environment: the environment that reaches the emulator.
        state: the stack's resources: address -> values.
        clients: gives a boto3 client of a service in the stack's account and region.
        vaults: declared address of each Vault cluster -> its API.
        log: the file for Terraform's output.

    Raises:
        StudioError: something could not be destroyed; the line names the log.
    """
    source = json.loads((work / "cdk.tf.json").read_text(encoding="utf-8"))
    (work / OVERRIDE).write_text(json.dumps(unprotected(source)), encoding="utf-8")
    try:
        lift(state, clients)
        let_keys_go(source, vaults)
        with log.open("wb") as sink:
            status = subprocess.run(
                [
                    engine_command(),
                    "destroy",
                    "-auto-approve",
                    "-input=false",
                    "-no-color",
                    "-refresh=false",
                    "-parallelism=30",
                ],
                cwd=work,
                env=dict(environment),
                stdout=sink,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
    finally:
        (work / OVERRIDE).unlink()
    if status != 0:
        raise StudioError(f"{work.name} was not destroyed", found=_error(log), fix=f"read {log}")


def lift(state: Mapping[str, Any], clients: Callable[[str], Any]) -> None:
    """Stop access logging, take deletion protection off, and empty buckets.

    Args:
        state: the stack's resources: address -> values.
        clients: gives a boto3 client of a service in the stack's account and region.
    """
    for address, values in state.items():
        # Each request to a logged bucket would put an object into another one.
        if address.startswith("aws_s3_bucket_logging."):
            clients("s3").put_bucket_logging(Bucket=values["bucket"], BucketLoggingStatus={})
    for address, values in state.items():
        kind = address.split(".", 1)[0]
        if kind == "aws_s3_bucket":
            _empty(clients("s3"), values["bucket"])
        elif kind == "aws_db_instance" and values.get("deletion_protection"):
            clients("rds").modify_db_instance(
                DBInstanceIdentifier=values["identifier"], DeletionProtection=False
            )
        elif kind == "aws_lb" and values.get("enable_deletion_protection"):
            clients("elbv2").modify_load_balancer_attributes(
                LoadBalancerArn=values["arn"],
                Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}],
            )
        elif kind == "aws_networkfirewall_firewall" and values.get("delete_protection"):
            clients("network-firewall").update_firewall_delete_protection(
                FirewallArn=values["arn"], DeleteProtection=False
            )


def let_keys_go(stack: Mapping[str, Any], vaults: Mapping[str, Api]) -> None:
    """Allow the deletion of a stack's transit keys, as an operator of Vault would have to.

    Args:
        stack: the parsed `cdk.tf.json`.
        vaults: declared address of each Vault cluster -> its API.
    """
    clusters = {
        str(each.get("alias") or ""): str(each["address"])
        for each in stack.get("provider", {}).get("vault", [])
    }
    for body in stack.get("resource", {}).get("vault_transit_secret_backend_key", {}).values():
        alias = str(body.get("provider", "")).partition(".")[2]
        api = vaults[clusters[alias]].within(body.get("namespace") or "")
        # One that an apply never made has nothing to let go.
        with suppress(ApiError):
            path = f"{body['backend']}/keys/{body['name']}/config"
            api.call("POST", path, {"deletion_allowed": True})


def _empty(s3: Any, bucket: str) -> None:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    for page in pages:
        for item in _versions(page):
            with suppress(s3.exceptions.ClientError):
                s3.delete_object(Bucket=bucket, BypassGovernanceRetention=True, **item)


def _versions(page: dict[str, Any]) -> Iterable[dict[str, str]]:
    for kind in ("Versions", "DeleteMarkers"):
        for item in page.get(kind, []):
            yield {"Key": item["Key"], "VersionId": item["VersionId"]}


def _error(log: Path) -> str:
    lines = [line.strip(" │") for line in log.read_text(errors="replace").splitlines()]
    errors = [line for line in lines if line.startswith("Error:")]
    return "; ".join(errors[:3]) or (lines[-1] if lines else "no output")
