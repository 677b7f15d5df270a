"""Ask the cloud whether a resource exists, under the stack's own plan role."""

from collections.abc import Mapping
from typing import Any, Protocol

import boto3  # type: ignore[import-untyped]
import jmespath  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from agent_studio.delivery.adoption.rules import Find
from agent_studio.delivery.adoption.template import fill, fill_all
from agent_studio.estate.errors import StudioError

_ABSENT = ("notfound", "nosuch", "nonexistent", "does not exist", "doesnotexist", "not found")
"""How AWS services spell in an error code or message that something does not exist."""


class Finder(Protocol):
    """Gives the ids that one read call finds."""

    def ids(self, find: Find, known: Mapping[str, str]) -> tuple[str, ...] | None:
        """The ids found; None when a value that the call needs is not known."""


class AwsFinder:
    """A finder for one stack's account and region.

    Args:
        provider: the stack's provider block, overrides merged in: region, assume_role, endpoints.
    """

    def __init__(self, provider: Mapping[str, Any]) -> None:
        self._provider = provider
        self._clients: dict[str, Any] = {}

    def ids(self, find: Find, known: Mapping[str, str]) -> tuple[str, ...] | None:
        """Call the cloud.

        Raises:
            StudioError: the call was refused or failed for any reason but absence.
        """
        arguments = fill_all(find.arguments, known)
        expression = fill(find.result, {k: v.replace("'", "\\'") for k, v in known.items()})
        if arguments is None or expression is None:
            return None
        try:
            client = self._client(find.service)
            if client.can_paginate(find.operation):
                pages = client.get_paginator(find.operation).paginate(**arguments)
                answer = pages.build_full_result()
            else:
                answer = getattr(client, find.operation)(**arguments)
        except ClientError as error:
            detail = error.response.get("Error", {})
            text = f"{detail.get('Code', '')} {detail.get('Message', '')}".lower()
            if any(word in text for word in _ABSENT):
                return ()
            raise _failed(find, error) from error
        except BotoCoreError as error:
            raise _failed(find, error) from error
        found = jmespath.search(expression, answer)
        values = found if isinstance(found, list) else [found] if found else []
        texts = tuple(dict.fromkeys(str(value) for value in values))
        return tuple(one.rsplit("/", 1)[-1] for one in texts) if find.last_part else texts

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._session().client(
                service,
                endpoint_url=self._endpoint(service),
                config=Config(retries={"max_attempts": 3}, connect_timeout=10, read_timeout=30),
            )
        return self._clients[service]

    def _session(self) -> boto3.Session:
        region = str(self._provider["region"])
        session = boto3.Session(region_name=region)
        role = _first(self._provider.get("assume_role")).get("role_arn")
        if not role:
            return session
        sts = session.client("sts", endpoint_url=self._endpoint("sts"))
        credentials = sts.assume_role(
            RoleArn=str(role).replace("${var.studio_role}", "plan"),
            RoleSessionName="studio-adoption",
        )["Credentials"]
        return boto3.Session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            region_name=region,
        )

    def _endpoint(self, service: str) -> str | None:
        endpoints = _first(self._provider.get("endpoints"))
        found = endpoints.get(service)
        return str(found) if found else None


def provider_block(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """Merge a stack's `aws` provider block with its overrides, as Terraform does."""
    merged: dict[str, Any] = {}
    for layer in layers:
        blocks = layer.get("provider", {}).get("aws", [])
        merged.update(_first(blocks))
    return merged


def place_of(provider: Mapping[str, Any]) -> dict[str, str]:
    """Account, region and partition, from a stack's provider block."""
    region = str(provider.get("region", ""))
    accounts = provider.get("allowed_account_ids") or []
    role = str(_first(provider.get("assume_role")).get("role_arn", ""))
    partition = role.split(":")[1] if role.startswith("arn:") else "aws"
    return {
        "region": region,
        "account": str(accounts[0]) if accounts else "",
        "partition": partition,
    }


def _first(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        value = value[0] if value else {}
    return dict(value or {})


def _failed(find: Find, error: Exception) -> StudioError:
    return StudioError(
        f"cannot tell whether a resource exists: {find.service} {find.operation} failed",
        found=str(error)[:300],
        fix="give the plan role this read permission, or wait for the service, and apply again",
    )
