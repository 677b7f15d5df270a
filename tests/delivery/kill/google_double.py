"""Google Cloud on loopback: Cloud Run v2 and Secret Manager v1, as their REST references say."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from delivery.kill.local import Answer, Request

_SERVICE = re.compile(r"/v2/(projects/[^/]+/locations/[^/]+)/services(?:/([^/?:]+))?")
_SECRET = re.compile(r"/v1/(projects/[^/]+/secrets/[^/:]+)(.*)")


@dataclass
class GoogleDouble:
    """The state of a project, and the answers about it.

    Attributes:
        services: path to service.
        secrets: path to its versions' texts.
        disabled: numbers of versions that nobody may read.
        settling: how many looks a change takes until it is done.
        rule: may answer in its place.
    """

    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, list[bytes]] = field(default_factory=dict)
    disabled: set[int] = field(default_factory=set)
    settling: int = 1
    rule: Callable[[Request], Answer | None] = lambda _: None
    _pending: dict[str, int] = field(default_factory=dict)

    def add_service(self, path: str, labels: dict[str, str]) -> None:
        """Add a service that scales by work and is settled."""
        self.services[path] = {
            "name": path,
            "labels": labels,
            "generation": "1",
            "observedGeneration": "1",
            "scaling": {"scalingMode": "AUTOMATIC"},
            "terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED"},
            "reconciling": False,
        }

    def serve(self, request: Request) -> Answer:
        """Answer a request."""
        if answer := self.rule(request):
            return answer
        path = urlsplit(request.path).path
        if found := _SERVICE.fullmatch(path):
            return self._run(request, found[1], found[2])
        if found := _SECRET.fullmatch(path):
            return self._secret(request, found[1], found[2])
        return _error(404, f"no {path}")

    def _run(self, request: Request, parent: str, name: str | None) -> Answer:
        if name is None:
            inside = [one for path, one in self.services.items() if path.startswith(parent + "/")]
            return Answer(body={"services": inside})
        path = f"{parent}/services/{name}"
        service = self.services.get(path)
        if service is None:
            return _error(404, "Resource not found.")
        if request.method == "PATCH":
            assert "updateMask=scaling" in request.path
            service["scaling"] = request.json["scaling"]
            service["generation"] = str(int(service["generation"]) + 1)
            service["reconciling"] = True
            self._pending[path] = self.settling
            return Answer(body={"name": f"{parent}/operations/one", "done": False})
        if service["reconciling"]:
            self._pending[path] -= 1
            if self._pending[path] < 0:
                service |= {"reconciling": False, "observedGeneration": service["generation"]}
        return Answer(body=service)

    def _secret(self, request: Request, path: str, rest: str) -> Answer:
        versions = self.secrets.get(path)
        if versions is None:
            return _error(404, "Secret not found.")
        if request.method == "POST" and rest == ":addVersion":
            versions.append(base64.b64decode(request.json["payload"]["data"]))
            return Answer(body={"name": f"{path}/versions/{len(versions)}"})
        if found := re.fullmatch(r"/versions/(latest|\d+):access", rest):
            number = len(versions) if found[1] == "latest" else int(found[1])
            if not 0 < number <= len(versions):
                return _error(404, "Secret has no such version.")
            if number in self.disabled:
                return _error(400, "It is in DISABLED state.", "FAILED_PRECONDITION")
            data = base64.b64encode(versions[number - 1]).decode()
            return Answer(body={"name": f"{path}/versions/{number}", "payload": {"data": data}})
        return Answer(body={"name": path}) if not rest else _error(404, f"no {rest}")


def _error(code: int, message: str, status: str = "X") -> Answer:
    return Answer(code, {"error": {"code": code, "message": message, "status": status}})
