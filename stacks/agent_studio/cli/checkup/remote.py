"""What lies elsewhere: credentials of the clouds that the estate uses, and its Vault clusters."""

import logging
from collections.abc import Callable, Iterator
from functools import partial

from agent_studio.cli.checkup.model import Look, Unfit
from agent_studio.cli.checkup.vault_login import vault_login
from agent_studio.estate.model import Cloud, Estate

_VAULT_SECONDS = 2
_AWS_SECONDS = 3
_GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_AZURE_SCOPE = "https://management.azure.com/.default"


def looks(estate: Estate) -> Iterator[Look]:
    """Credentials of each cloud in use, and every Vault cluster.

    None is required: an estate is written, checked, synthesized and rehearsed without them.

    Args:
        estate: says which clouds and clusters there are.
    """
    checks: dict[Cloud, tuple[Callable[[], str], str]] = {
        Cloud.AWS: (_aws, "sign in, e.g. with `aws sso login`, or set AWS_PROFILE"),
        Cloud.GCP: (_google, "run `gcloud auth application-default login`"),
        Cloud.AZURE: (_azure, "run `az login`"),
    }
    used = {account.cloud for account in estate.accounts}
    for cloud, (take, fix) in checks.items():
        if cloud in used:
            yield Look(name=f"{cloud.value} credentials", required=False, take=take, fix=fix)
    yield Look(
        name="vault login",
        required=False,
        take=partial(vault_login, estate),
        fix="let the CI's job ask for its token (docs/how-to/prepare-vault.md)",
    )
    for jurisdiction, address in sorted(estate.spec.vault.clusters.items()):
        yield Look(
            name=f"vault {jurisdiction}",
            required=False,
            take=partial(_vault, address),
            fix=f"check that {address} is right and can be reached from here",
        )


def _aws() -> str:
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    limits = Config(
        connect_timeout=_AWS_SECONDS, read_timeout=_AWS_SECONDS, retries={"total_max_attempts": 1}
    )
    try:
        client = boto3.client("sts", region_name="us-east-1", config=limits)
        return str(client.get_caller_identity()["Arn"])
    except ClientError as error:
        raise Unfit(f"refused: {error.response['Error']['Code']}") from None
    except BotoCoreError as error:
        raise Unfit(type(error).__name__) from None


def _google() -> str:
    import google.auth
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    try:
        credentials, project = google.auth.default(scopes=[_GOOGLE_SCOPE])
        credentials.refresh(Request())  # type: ignore[no-untyped-call]
    except GoogleAuthError as error:
        raise Unfit(type(error).__name__) from None
    return f"valid, default project {project or 'none'}"


def _azure() -> str:
    from azure.core.exceptions import AzureError
    from azure.identity import DefaultAzureCredential

    # The library logs each way of signing in that failed.
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    try:
        DefaultAzureCredential(process_timeout=_AWS_SECONDS).get_token(_AZURE_SCOPE)
    except AzureError as error:
        raise Unfit(type(error).__name__) from None
    return "valid"


def _vault(address: str) -> str:
    import hvac  # type: ignore[import-untyped]
    import requests

    try:
        answer = hvac.Client(url=address, timeout=_VAULT_SECONDS).sys.read_health_status(
            method="GET"
        )
        state = answer if isinstance(answer, dict) else answer.json()
    except (requests.RequestException, hvac.exceptions.VaultError, ValueError) as error:
        raise Unfit(f"{address}: {type(error).__name__}") from None
    if not state.get("initialized") or state.get("sealed"):
        raise Unfit(f"{address} is sealed or not initialized", fix="unseal it")
    return f"{address}, version {state.get('version', 'unknown')}"
