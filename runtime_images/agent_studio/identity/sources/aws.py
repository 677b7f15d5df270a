"""Tokens of AWS: STS signs for the role of the task (outbound identity federation).

Source: AWS Security Token Service API Reference, "GetWebIdentityToken": its global endpoint does
not have it, and it lasts from 60 seconds to an hour. It is called over HTTP, since boto3 knows it
from 1.41 on only, while checkov pins 1.35; and since boto3 logs the answer when it debugs.
"""

import os
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.session import Session  # type: ignore[import-untyped]

from agent_studio.identity.errors import TokenSourceError
from agent_studio.identity.guarded import guarded
from agent_studio.identity.secret import Secret
from agent_studio.identity.sources.http import ask

_SECONDS = 300
_TOKEN = re.compile(r"<WebIdentityToken>\s*([A-Za-z0-9_.-]+)\s*</WebIdentityToken>")


class AwsSource:
    """Asks the region's STS, with the credentials that botocore finds: the task's own.

    Args:
        audience: the claim `aud` of its tokens.
        region: by default `AWS_REGION`.
        endpoint: by default the region's own.
        authority: PEM file by which the endpoint is known; by default the system's authorities.
    """

    def __init__(
        self,
        audience: str,
        region: str | None = None,
        endpoint: str | None = None,
        authority: Path | None = None,
    ) -> None:
        self._audience = audience
        self._region = region or os.environ.get("AWS_REGION", "")
        suffix = "amazonaws.com.cn" if self._region.startswith("cn-") else "amazonaws.com"
        self._endpoint = endpoint or f"https://sts.{self._region}.{suffix}/"
        self._authority = authority
        self._credentials: Any = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<tokens of {self._endpoint} for {self._audience}>"

    def token(self) -> Secret:
        """A token that STS signed just now; it holds for five minutes.

        Raises:
            TokenSourceError: it gave none, or there are no credentials.
        """
        if not self._region:
            raise TokenSourceError("AWS_REGION is missing in the environment")
        return ask("STS", self._request, _read, authority=self._authority)

    def _request(self) -> requests.Request:
        fields = {
            "Action": "GetWebIdentityToken",
            "Version": "2011-06-15",
            "Audience.member.1": self._audience,
            "SigningAlgorithm": "RS256",
            "DurationSeconds": str(_SECONDS),
        }
        form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = AWSRequest("POST", self._endpoint, data=urlencode(fields), headers=form)
        _QuietSignature(self._frozen(), "sts", self._region).add_auth(request)
        headers = dict(request.headers.items())
        return requests.Request("POST", self._endpoint, data=request.data, headers=headers)

    def _frozen(self) -> Any:
        def find() -> Any:
            with self._lock:
                self._credentials = self._credentials or Session().get_credentials()
                return self._credentials and self._credentials.get_frozen_credentials()

        found = guarded(
            find,
            lambda error: TokenSourceError(f"no AWS credentials ({type(error).__name__})"),
        )
        if found is None:
            raise TokenSourceError("no AWS credentials: the task has no role")
        return found


class _QuietSignature(SigV4Auth):  # type: ignore[misc]
    """botocore's signature without its debug log, which holds the session token."""

    def add_auth(self, request: Any) -> None:
        """Sign the request, as `SigV4Auth.add_auth` does."""
        request.context["timestamp"] = datetime.now(UTC).strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        text = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(text, request))


def _read(body: str, _: Mapping[str, str]) -> str:
    found = _TOKEN.search(body)
    if not found:
        raise TokenSourceError("STS gave no token")
    return found[1]
