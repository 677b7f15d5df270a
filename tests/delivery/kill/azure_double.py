"""Azure on loopback: Container Apps and blobs, as their REST references say."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from delivery.kill.local import Answer, Request

_APP = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/([^/]+)/providers/Microsoft.App/containerApps"
    r"(?:/([^/]+))?(/.*)?"
)


@dataclass
class AzureDouble:
    """The state of a subscription, and the answers about it.

    Attributes:
        apps: resource group and name to the app's status.
        replicas: the same to the number of its replicas.
        blobs: path, with the storage account first, to text and ETag.
        containers: paths of containers.
        settling: how many looks a change takes until it is done.
        rule: may answer in its place.
    """

    apps: dict[tuple[str, str], str] = field(default_factory=dict)
    replicas: dict[tuple[str, str], int] = field(default_factory=dict)
    blobs: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    containers: set[str] = field(default_factory=set)
    settling: int = 1
    rule: Callable[[Request], Answer | None] = lambda _: None
    _pending: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    _writes: int = 0

    def add_app(self, group: str, name: str) -> None:
        """Add an app that runs with two replicas."""
        self.apps[group, name] = "Running"
        self.replicas[group, name] = 2

    def serve(self, request: Request) -> Answer:
        """Answer a request."""
        if answer := self.rule(request):
            return answer
        path = urlsplit(request.path).path
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return Answer(401, {"error": {"code": "AuthenticationFailed", "message": "no token"}})
        if found := _APP.fullmatch(path):
            return self._app(request, found[1], found[2], found[3] or "")
        return self._blob(request, path)

    def _app(self, request: Request, group: str, name: str | None, rest: str) -> Answer:
        if name is None:
            inside = [self._shown(key) for key in self.apps if key[0] == group]
            return Answer(body={"value": inside})
        key = (group, name)
        if key not in self.apps:
            return Answer(404, {"error": {"code": "ResourceNotFound", "message": "none"}})
        if request.method == "POST" and rest in ("/stop", "/start"):
            self._pending[key] = (self.settling, {"/stop": "Stopped", "/start": "Running"}[rest])
            self.apps[key] = "Progressing"
            return Answer(202, None, {"Location": "https://127.0.0.1:1/nowhere"})
        if rest == "/revisions":
            return Answer(
                body={"value": [{"name": f"{name}--one", "properties": {"active": True}}]}
            )
        if rest == f"/revisions/{name}--one/replicas":
            return Answer(body={"value": [{"name": str(n)} for n in range(self.replicas[key])]})
        self._settle(key)
        return Answer(body=self._shown(key))

    def _settle(self, key: tuple[str, str]) -> None:
        if key in self._pending:
            left, status = self._pending[key]
            self._pending[key] = (left - 1, status)
            if left <= 0:
                self.apps[key] = status
                self.replicas[key] = 0 if status == "Stopped" else 2
                del self._pending[key]

    def _shown(self, key: tuple[str, str]) -> dict[str, Any]:
        return {
            "name": key[1],
            "location": "x",
            "properties": {"runningStatus": self.apps[key], "provisioningState": "Succeeded"},
        }

    def _blob(self, request: Request, path: str) -> Answer:
        if path.rpartition("/")[0] not in self.containers:
            return Answer(404, None, {"x-ms-error-code": "ContainerNotFound"})
        stored = self.blobs.get(path)
        if request.method == "GET":
            if stored is None:
                return Answer(404, None, {"x-ms-error-code": "BlobNotFound"})
            return Answer(200, stored[0], {"ETag": stored[1]})
        wanted, absent = request.headers.get("if-match"), request.headers.get("if-none-match")
        if (wanted and (not stored or stored[1] != wanted)) or (absent == "*" and stored):
            return Answer(412, None, {"x-ms-error-code": "ConditionNotMet"})
        self._writes += 1
        self.blobs[path] = (request.body, f'"{self._writes}"')
        return Answer(201, None, {"ETag": f'"{self._writes}"'})
