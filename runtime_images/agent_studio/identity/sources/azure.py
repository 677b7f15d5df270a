"""Tokens of Azure: Entra signs for the managed identity.

Source: Microsoft, "Managed identities in Azure Container Apps" and "How to use managed identities
for App Service" (`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`, api-version 2019-08-01); "How to use
managed identities on a virtual machine to acquire an access token" (IMDS, api-version 2018-02-01).
"""

import json
import os
from collections.abc import Mapping

import requests

from agent_studio.identity.secret import Secret
from agent_studio.identity.sources.http import ask

_IMDS = "http://169.254.169.254/metadata/identity/oauth2/token"


class AzureSource:
    """Asks the identity endpoint of the container app, else that of the virtual machine.

    Args:
        audience: the identifier of the application that stands for Vault in the tenant.
        client_id: the user-assigned identity to use; by default `AZURE_CLIENT_ID`. Needed where
            the workload has several.
        endpoint: by default `IDENTITY_ENDPOINT`, else that of virtual machines.
        header: by default `IDENTITY_HEADER`; the container app's proof that the caller is in it.
    """

    def __init__(
        self,
        audience: str,
        client_id: str | None = None,
        endpoint: str | None = None,
        header: Secret | None = None,
    ) -> None:
        self._audience = audience
        self._client_id = client_id or os.environ.get("AZURE_CLIENT_ID")
        self._endpoint = endpoint or os.environ.get("IDENTITY_ENDPOINT")
        self._header = header or Secret(os.environ.get("IDENTITY_HEADER", ""))

    def __repr__(self) -> str:
        return f"<tokens of {self._endpoint or _IMDS} for {self._audience}>"

    def token(self) -> Secret:
        """A token for the managed identity; the endpoint caches them, for up to 24 hours.

        Raises:
            TokenSourceError: it gave none.
        """

        def prepare() -> requests.Request:
            query = {"resource": self._audience}
            if self._client_id:
                query["client_id"] = self._client_id
            if self._endpoint:
                query["api-version"] = "2019-08-01"
                headers = {"X-IDENTITY-HEADER": self._header.reveal()}
                return requests.Request("GET", self._endpoint, params=query, headers=headers)
            query["api-version"] = "2018-02-01"
            return requests.Request("GET", _IMDS, params=query, headers={"Metadata": "true"})

        def read(body: str, _: Mapping[str, str]) -> str:
            return str(json.loads(body)["access_token"])

        return ask("Azure's identity endpoint", prepare, read)
