"""Tokens of Google Cloud: the metadata server signs for the service account.

Source: Google Cloud, "Verifying the identity of instances" and, for Cloud Run, "Authenticating
service-to-service": GET .../instance/service-accounts/default/identity?audience=<audience>.
"""

import os
from collections.abc import Mapping

import requests

from agent_studio.identity.errors import TokenSourceError
from agent_studio.identity.secret import Secret
from agent_studio.identity.sources.http import ask

_PATH = "/computeMetadata/v1/instance/service-accounts/default/identity"
_FLAVOR = {"Metadata-Flavor": "Google"}


class GoogleSource:
    """Asks the metadata server.

    Args:
        audience: the claim `aud` of its tokens.
        host: the metadata server; by default `GCE_METADATA_HOST`, as Google's own libraries have
            it, else its well-known name.
    """

    def __init__(self, audience: str, host: str | None = None) -> None:
        self._audience = audience
        self._host = host or os.environ.get("GCE_METADATA_HOST") or "metadata.google.internal"

    def __repr__(self) -> str:
        return f"<tokens of {self._host} for {self._audience}>"

    def token(self) -> Secret:
        """A token that the metadata server signed; it caches them while they hold.

        Raises:
            TokenSourceError: it gave none.
        """

        def prepare() -> requests.Request:
            query = {"audience": self._audience, "format": "full"}
            return requests.Request(
                "GET", f"http://{self._host}{_PATH}", params=query, headers=_FLAVOR
            )

        def read(body: str, headers: Mapping[str, str]) -> str:
            # Whoever else answers at that address does not send it (same source).
            if headers.get("Metadata-Flavor") != "Google":
                raise TokenSourceError("what answered is not Google's metadata server")
            return body

        return ask("Google's metadata server", prepare, read)
