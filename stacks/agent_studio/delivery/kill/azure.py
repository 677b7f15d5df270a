"""A cell on Azure: its blob of the kill epoch, and its container apps.

Sources: REST references of Container Apps (`Stop`, `Start`; `runningStatus` of an app; a scale's
`maxReplicas` is one at least, so an app is stopped and not scaled) and of Blob Storage (`Put Blob`,
`Get Blob`, conditional headers).
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import requests
from azure.core import exceptions
from azure.mgmt.appcontainers import ContainerAppsAPIClient

from agent_studio.delivery.kill.asking import (
    CONNECT_SECONDS,
    LONGEST,
    Clients,
    refused,
    unanswered,
    unknown_caller,
)
from agent_studio.delivery.kill.confirm import CALL_SECONDS, UnconfirmedError, Watch
from agent_studio.delivery.kill.epoch import ConflictError, Mailbox, Stored
from agent_studio.estate.model import Cell, Runtime
from agent_studio.estate.names import azure as names

T = TypeVar("T")

EPOCH = "inbox/kill-epoch"
"""Container and name of the blob; `constructs.azure.mailbox` names them so."""

_STORAGE_SCOPE = "https://storage.azure.com/.default"
_STORAGE_VERSION = "2023-11-03"
_STOPPED, _RUNNING = "Stopped", "Running"


class AzureCell:
    """A cell on Azure, as whoever is signed in may change it.

    Args:
        cell: the cell.
        credentials: gives the credential to send; by default that of the environment.
        management: where Azure's management API is, if not at Azure's own address.
        blobs: where a storage account's blobs are.
    """

    def __init__(
        self,
        cell: Cell,
        *,
        credentials: Callable[[Cell], Any] | None = None,
        management: str | None = None,
        blobs: Callable[[str], str] = "https://{}.blob.core.windows.net".format,
    ) -> None:
        self.cell = cell
        self._management = management
        self._clients = Clients(cell, credentials or _signed_in)
        self.mailbox: Mailbox = Blob(self, blobs(names.storage_account(cell.scope, "mailbox")))
        self.services = ContainerApps(self)

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
        except exceptions.ClientAuthenticationError as error:
            fix = f"run `az login --tenant {self.cell.account.tenant}`"
            raise unknown_caller("Azure", what, error, fix=fix) from None
        except exceptions.HttpResponseError as error:
            code = error.error.code if error.error else ""
            raise self.refused(int(error.status_code or 0), str(code or ""), what) from None
        except (exceptions.AzureError, requests.RequestException) as error:
            raise unanswered("Azure", what, error) from None

    def refused(self, status: int, code: str, what: str) -> UnconfirmedError:
        """What to raise for an answer that is an error."""
        return refused(
            "Azure",
            what,
            found=f"status {status} {code[:LONGEST]}".rstrip(),
            status=status,
            allowed="run this as somebody with the roles that docs/runbooks/kill.md names",
            otherwise="read the code, and run the same command again",
            missing=status == requests.codes.not_found,
        )

    def apps(self) -> ContainerAppsAPIClient:
        """The client of Container Apps."""

        def make(credential: Any) -> ContainerAppsAPIClient:
            return ContainerAppsAPIClient(
                credential,
                self.cell.account.id,
                self._management,
                # What may pass is tried again here, with a word of what was seen.
                retry_total=0,
                connection_timeout=CONNECT_SECONDS,
            )

        client: ContainerAppsAPIClient = self._clients.once("apps", make)
        return client

    def storage_token(self) -> str:
        """A token for blobs; the credential keeps it as long as it holds."""
        credential = self._clients.once("storage", lambda credential: credential)
        return str(credential.get_token(_STORAGE_SCOPE).token)


class Blob:
    """The kill epoch as a blob; each write replaces what was read, or fails."""

    def __init__(self, subscription: AzureCell, address: str) -> None:
        self._subscription = subscription
        self._address = f"{address}/{EPOCH}"
        self._session = requests.Session()

    def read(self, watch: Watch) -> Stored:
        """Read it; a container without the blob says nothing yet."""
        answer = self._send("GET", watch)
        if answer.status_code == requests.codes.not_found and _code(answer) == "BlobNotFound":
            return Stored(text="")
        if answer.status_code != requests.codes.ok:
            raise self._refused(answer, "read")
        return Stored(text=answer.content.decode(errors="replace"), mark=answer.headers.get("ETag"))

    def write(self, text: str, before: Stored, watch: Watch) -> Iterable[str]:
        """Replace what was read before, and nothing else.

        Raises:
            ConflictError: somebody else wrote in between.
        """
        unchanged = {"If-Match": before.mark} if before.mark else {"If-None-Match": "*"}
        own = {"x-ms-blob-type": "BlockBlob", "Content-Type": "application/json"}
        answer = self._send("PUT", watch, {**unchanged, **own}, text.encode())
        if answer.status_code in (requests.codes.conflict, requests.codes.precondition_failed):
            raise ConflictError(
                "somebody else wrote the kill epoch", found=_code(answer), passing=False
            )
        if answer.status_code != requests.codes.created:
            raise self._refused(answer, "write")
        return ()

    def _send(
        self,
        method: str,
        watch: Watch,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> requests.Response:
        seconds = watch.call_seconds()

        def send() -> requests.Response:
            common = {
                "Authorization": f"Bearer {self._subscription.storage_token()}",
                "x-ms-version": _STORAGE_VERSION,
            }
            return self._session.request(
                method,
                self._address,
                headers={**common, **(headers or {})},
                data=body,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
            )

        return self._subscription.call(send, f"{_VERBS[method]} {self._address}")

    def _refused(self, answer: requests.Response, verb: str) -> UnconfirmedError:
        what = f"{verb} {self._address}"
        return self._subscription.refused(answer.status_code, _code(answer), what)


_VERBS = {"GET": "read", "PUT": "write"}


class ContainerApps:
    """The container apps of the cell's resource group."""

    def __init__(self, subscription: AzureCell) -> None:
        self._subscription = subscription
        self._group = names.resource_group(subscription.cell.scope)

    def name(self, runtime: Runtime) -> str:
        """The container app's name."""
        return names.container_app(self._subscription.cell.scope, runtime.name)

    def all(self, watch: Watch) -> Iterable[str]:
        """Every container app of the resource group, which is the cell's own."""

        def listed() -> list[str]:
            apps = self._subscription.apps().container_apps
            found = apps.list_by_resource_group(self._group, read_timeout=seconds)
            return [str(app.name) for app in found]

        seconds = watch.call_seconds()
        return self._subscription.call(listed, f"list the container apps of {self._group}")

    def stop(self, name: str, watch: Watch) -> None:
        """Stop the app."""
        seconds = watch.call_seconds()
        self._subscription.call(
            lambda: self._subscription.apps().container_apps.begin_stop(
                self._group, name, polling=False, read_timeout=seconds
            ),
            f"stop the container app {name}",
        )

    def running(self, name: str, watch: Watch) -> str | None:
        """Whether the app is stopped, and no replica of it is left."""
        status = self._status(name, watch)
        if status != _STOPPED:
            return f"{name}: {status}"
        seconds = watch.call_seconds()
        count = self._subscription.call(
            lambda: self._replicas(name, seconds), f"count the replicas of {name}"
        )
        return f"{name}: {count} replicas" if count else None

    def resume(self, runtime: Runtime, watch: Watch) -> None:
        """Start the app."""
        seconds = watch.call_seconds()
        name = self.name(runtime)
        self._subscription.call(
            lambda: self._subscription.apps().container_apps.begin_start(
                self._group, name, polling=False, read_timeout=seconds
            ),
            f"start the container app {name}",
        )

    def resting(self, runtime: Runtime, watch: Watch) -> str | None:
        """Whether the app is started."""
        name = self.name(runtime)
        status = self._status(name, watch)
        return None if status == _RUNNING else f"{name}: {status}"

    def stray(self, watch: Watch) -> str | None:  # noqa: ARG002 - as on the other clouds
        """Nothing runs on Container Apps outside of an app."""
        return None

    def _status(self, name: str, watch: Watch) -> str:
        seconds = watch.call_seconds()
        app = self._subscription.call(
            lambda: self._subscription.apps().container_apps.get(
                self._group, name, read_timeout=seconds
            ),
            f"look at the container app {name}",
        )
        status = app.properties.running_status if app.properties else None
        return str(getattr(status, "value", status) or "no status")

    def _replicas(self, name: str, seconds: float) -> int:
        client = self._subscription.apps()
        count = 0
        revisions = client.container_apps_revisions
        for revision in revisions.list_revisions(self._group, name, read_timeout=seconds):
            found = client.container_apps_revision_replicas.list_replicas(
                self._group, name, str(revision.name), read_timeout=seconds
            )
            count += len(found.value or ())
        return count


class _InTenant:
    """A credential that asks for the tokens of one tenant.

    Args:
        inner: the credential.
        tenant: the tenant's UUID.
    """

    def __init__(self, inner: Any, tenant: str | None) -> None:
        self._inner = inner
        self._tenant = tenant

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """A token."""
        return self._inner.get_token(*scopes, **{**options, "tenant_id": self._tenant})


def _signed_in(cell: Cell) -> Any:
    from azure.identity import DefaultAzureCredential

    tenant = cell.account.tenant
    inner = DefaultAzureCredential(
        additionally_allowed_tenants=[tenant] if tenant else [], process_timeout=int(CALL_SECONDS)
    )
    return _InTenant(inner, tenant)


def _code(answer: requests.Response) -> str:
    return answer.headers.get("x-ms-error-code", "")
