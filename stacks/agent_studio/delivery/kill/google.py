"""A cell on Google Cloud: its secret of the kill epoch, and its Cloud Run services.

Sources: Cloud Run, "Manual scaling" (an instance count of zero disables a service) and the API
reference of `run.googleapis.com` v2 (`Service.scaling`, `reconciling`, `observedGeneration`);
Secret Manager's API reference v1 (`addVersion`, `versions.access`: a version that is not enabled is
answered with FAILED_PRECONDITION).
"""

import base64
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

import google.auth
import requests
from google.api_core import exceptions
from google.auth import impersonated_credentials
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport.requests import AuthorizedSession
from google.cloud import run_v2

from agent_studio.delivery.kill.asking import (
    LONGEST,
    Clients,
    refused,
    unanswered,
    unknown_caller,
)
from agent_studio.delivery.kill.confirm import UnconfirmedError, Watch
from agent_studio.delivery.kill.epoch import Mailbox, Stored
from agent_studio.estate.model import Cell, Runtime
from agent_studio.estate.names import gcp as names

T = TypeVar("T")

EPOCH = "mailbox-kill-epoch"
"""Purpose of the secret; `constructs.gcp.mailbox` names it so."""

_CLOUD = "Google Cloud"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_SECRETS = "https://secretmanager.googleapis.com"
_LIFETIME_SECONDS = 3600
_NO_TEXT = "(no text)"
"""What stands for a version that can't be read; it is no kill epoch."""

_MANUAL = run_v2.ServiceScaling.ScalingMode.MANUAL
_AUTOMATIC = run_v2.ServiceScaling.ScalingMode.AUTOMATIC
_SUCCEEDED = run_v2.Condition.State.CONDITION_SUCCEEDED


class GoogleCell:
    """A cell on Google Cloud, as its project's service account `apply` may change it.

    Args:
        cell: the cell.
        credentials: gives the credentials to send; by default those of the environment, acting as
            `apply`, as `studio apply` does.
        run: where Cloud Run's API is, if not at Google's own address.
        secrets: where Secret Manager's API is.
    """

    def __init__(
        self,
        cell: Cell,
        *,
        credentials: Callable[[Cell], Any] | None = None,
        run: str | None = None,
        secrets: str = _SECRETS,
    ) -> None:
        self.cell = cell
        self._run = run
        self._clients = Clients(cell, credentials or _acting)
        self.mailbox: Mailbox = SecretParameter(self, secrets)
        self.services = RunServices(self)

    def call(self, request: Callable[[], T], what: str) -> T:
        """Send a request.

        Args:
            request: sends it.
            what: what it does, for errors.

        Raises:
            UnconfirmedError: it failed.
        """
        try:
            return request()
        except exceptions.GoogleAPICallError as error:
            raise self.refused(int(error.code or 0), str(error.message or ""), what) from None
        except (requests.RequestException, TransportError, exceptions.RetryError) as error:
            raise unanswered(_CLOUD, what, error) from None
        except GoogleAuthError as error:
            fix = "run `gcloud auth application-default login`"
            raise unknown_caller(_CLOUD, what, error, fix=fix) from None

    def refused(self, status: int, said: str, what: str) -> UnconfirmedError:
        """What to raise for an answer that is an error."""
        account = names.account_service_account_email(self.cell.scope, "apply")
        return refused(
            _CLOUD,
            what,
            found=f"status {status}: {said[:LONGEST]}",
            status=status,
            allowed=f"run this as somebody who may act as {account}",
            otherwise="read the message, and run the same command again",
            missing=status == requests.codes.not_found,
        )

    def run(self) -> run_v2.ServicesClient:
        """The client of Cloud Run."""

        def make(credentials: Any) -> run_v2.ServicesClient:
            options = {"api_endpoint": self._run} if self._run else {}
            return run_v2.ServicesClient(
                credentials=credentials, transport="rest", client_options=options
            )

        client: run_v2.ServicesClient = self._clients.once("run", make)
        return client

    def session(self) -> AuthorizedSession:
        """A session that sends the credentials."""
        session: AuthorizedSession = self._clients.once("session", AuthorizedSession)
        return session


class SecretParameter:
    """The kill epoch as a secret's latest version; versions are only ever added.

    The number of each version tells of writers in between.
    """

    def __init__(self, project: GoogleCell, address: str) -> None:
        self._project = project
        place = project.cell.scope
        self._name = f"projects/{place.account_id}/secrets/{names.secret(place, EPOCH)}"
        self._address = f"{address}/v1/{self._name}"

    def read(self, watch: Watch) -> Stored:
        """Read the latest version; a secret without one says nothing yet."""
        answer = self._version("latest", watch)
        if answer is None:
            # Without a version, or without the secret: the secret itself tells.
            self._send("GET", "", watch)
            return Stored(text="", mark="0")
        if not answer:
            return Stored(text=_NO_TEXT)
        return Stored(text=_text(answer), mark=_number(answer))

    def write(self, text: str, before: Stored, watch: Watch) -> Iterable[str]:
        """Add a version."""
        data = base64.b64encode(text.encode()).decode()
        answer = self._send("POST", ":addVersion", watch, body={"payload": {"data": data}})
        if before.mark is None:
            return ()
        between = range(int(before.mark) + 1, int(_number(answer or {})))
        return [_text(self._version(str(each), watch) or {}) for each in between]

    def _version(self, number: str, watch: Watch) -> dict[str, Any] | None:
        """A version; None if there is none, empty if it was disabled or destroyed."""
        return self._send("GET", f"/versions/{number}:access", watch, absent=True)

    def _send(
        self,
        method: str,
        path: str,
        watch: Watch,
        *,
        body: dict[str, Any] | None = None,
        absent: bool = False,
    ) -> dict[str, Any] | None:
        what = f"{'read' if method == 'GET' else 'write'} {self._name}"
        seconds = watch.call_seconds()

        def send() -> requests.Response:
            answer: requests.Response = self._project.session().request(  # type: ignore[no-untyped-call]
                method,
                f"{self._address}{path}",
                json=body,
                timeout=seconds,
                max_allowed_time=seconds,
                allow_redirects=False,
            )
            return answer

        answer = self._project.call(send, what)
        if absent and answer.status_code == requests.codes.not_found:
            return None
        if absent and _status(answer) == "FAILED_PRECONDITION":
            return {}
        if answer.status_code != requests.codes.ok:
            raise self._project.refused(answer.status_code, _message(answer), what)
        return _json(answer)


class RunServices:
    """The cell's Cloud Run services."""

    def __init__(self, project: GoogleCell) -> None:
        self._project = project
        place = project.cell.scope
        self._parent = f"projects/{place.account_id}/locations/{place.region}"

    def name(self, runtime: Runtime) -> str:
        """The service's name."""
        return names.service(self._project.cell.scope, runtime.name)

    def all(self, watch: Watch) -> Iterable[str]:
        """The services that bear the label of the cell's stack; a project may hold others."""
        place = self._project.cell.scope
        ours = {
            "studio": names.label_value(place.studio),
            "stack": names.label_value(place.stack),
        }
        seconds = watch.call_seconds()

        def listed() -> list[run_v2.Service]:
            pages = self._project.run().list_services(
                request={"parent": self._parent}, timeout=seconds, retry=None
            )
            return list(pages)

        found = self._project.call(listed, f"list the services of {self._parent}")
        return [
            service.name.rpartition("/")[2]
            for service in found
            if ours.items() <= dict(service.labels).items()
        ]

    def stop(self, name: str, watch: Watch) -> None:
        """Scale by hand, to zero: that disables the service, whatever calls it."""
        scaling = run_v2.ServiceScaling(scaling_mode=_MANUAL, manual_instance_count=0)
        self._scale(name, scaling, watch, f"scale the service {name} to zero")

    def running(self, name: str, watch: Watch) -> str | None:
        """Whether the service is disabled, and Cloud Run done with disabling it.

        Its API has no number of instances; that it reconciled its latest generation is all it says.
        """
        service = self._get(name, watch)
        scaling = service.scaling
        if scaling.scaling_mode != _MANUAL:
            return f"{name}: scaling is not manual"
        if "manual_instance_count" not in scaling or scaling.manual_instance_count != 0:
            return f"{name}: {scaling.manual_instance_count or 'no number of'} instances wanted"
        return _unsettled(name, service)

    def resume(self, runtime: Runtime, watch: Watch) -> None:
        """Scale by work again, up to the ceiling that the template declares."""
        name = self.name(runtime)
        scaling = run_v2.ServiceScaling(scaling_mode=_AUTOMATIC)
        self._scale(name, scaling, watch, f"let the service {name} scale")

    def resting(self, runtime: Runtime, watch: Watch) -> str | None:
        """Whether the service scales by work."""
        name = self.name(runtime)
        service = self._get(name, watch)
        if service.scaling.scaling_mode == _MANUAL:
            return f"{name}: scaling is manual"
        return _unsettled(name, service)

    def stray(self, watch: Watch) -> str | None:  # noqa: ARG002 - as on the other clouds
        """Nothing runs on Cloud Run's services outside of a service."""
        return None

    def _path(self, name: str) -> str:
        return f"{self._parent}/services/{name}"

    def _get(self, name: str, watch: Watch) -> run_v2.Service:
        request = {"name": self._path(name)}
        seconds = watch.call_seconds()
        return self._project.call(
            lambda: self._project.run().get_service(request=request, timeout=seconds, retry=None),
            f"look at the service {name}",
        )

    def _scale(self, name: str, scaling: run_v2.ServiceScaling, watch: Watch, what: str) -> None:
        service = run_v2.Service(name=self._path(name), scaling=scaling)
        request = {"service": service, "update_mask": {"paths": ["scaling"]}}
        # What it answers, an operation, is not waited for: the service is looked at instead.
        update = partial(
            self._project.run().update_service,
            request=request,
            timeout=watch.call_seconds(),
            retry=None,
        )
        self._project.call(update, what)


def _text(version: dict[str, Any]) -> str:
    try:
        return base64.b64decode(version["payload"]["data"]).decode()
    except (KeyError, TypeError, ValueError):
        return _NO_TEXT


def _number(version: dict[str, Any]) -> str:
    number = str(version.get("name", "")).rpartition("/")[2]
    if not number.isdecimal():
        raise UnconfirmedError("Google Cloud names no version of the kill epoch", found=number)
    return number


def _unsettled(name: str, service: run_v2.Service) -> str | None:
    if service.reconciling or service.observed_generation != service.generation:
        return f"{name}: still being changed"
    if service.terminal_condition.state != _SUCCEEDED:
        return f"{name}: {service.terminal_condition.state.name.lower().replace('_', ' ')}"
    return None


def _acting(cell: Cell) -> Any:
    source, _ = google.auth.default(scopes=[_SCOPE])
    return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
        source_credentials=source,
        target_principal=names.account_service_account_email(cell.scope, "apply"),
        target_scopes=[_SCOPE],
        lifetime=_LIFETIME_SECONDS,
    )


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _message(answer: requests.Response) -> str:
    return _said(answer, "message")


def _status(answer: requests.Response) -> str:
    return _said(answer, "status")


def _said(answer: requests.Response, key: str) -> str:
    error = _json(answer).get("error")
    return str(error.get(key, "")) if isinstance(error, dict) else ""
