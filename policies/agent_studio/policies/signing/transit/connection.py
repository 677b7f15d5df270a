"""Requests to Vault, each with a deadline over all of it.

hvac sends them. What hvac and requests raise holds what was sent and what a server said, which may
echo it; so it stays in the thread that called, and an error of ours tells the cause in its own
words. A thread can be left behind, so that a server that sends a byte now and then holds nobody up.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import hvac  # type: ignore[import-untyped]
import requests
from requests.adapters import HTTPAdapter

from agent_studio.estate.errors import StudioError
from agent_studio.estate.names.vault import JOB_TOKEN
from agent_studio.policies.signing.transit.reference import Login, Reference

Data = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked of Vault.

    Attributes:
        verb: what it is for, e.g. `sign`; it stands in errors.
        path: the path in its namespace, as a policy names it.
        capability: what a policy must admit on the path.
        send: sends it.
    """

    verb: str
    path: str
    capability: str
    send: Callable[[hvac.Client], Any]


class Connection:
    """The way to one transit key.

    Args:
        reference: the key.

    Raises:
        StudioError: the authority of the cluster's certificate can't be read.
    """

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        session = requests.Session()
        # A proxy or a .netrc of the environment would see or replace the token.
        session.trust_env = False
        session.mount("https://", _Adapter(_context(reference)))
        self._session = session
        self._client = self._within(reference.namespace, reference.token)
        self._logging_in = threading.Lock()

    def __repr__(self) -> str:
        return f"<connection to {self.reference}>"

    def ask(self, request: Request) -> Data:
        """Send a request.

        Args:
            request: what is asked.

        Returns:
            the `data` of Vault's answer.

        Raises:
            StudioError: Vault was not reached, did not answer in time, refused, or gave no answer
                of its form.
        """
        came: list[Data | StudioError] = []

        def run() -> None:
            came.append(self._outcome(request))

        # A daemon: one that is held up holds up no exit.
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(self.reference.seconds)
        found = came[0] if came else self._late()
        if isinstance(found, StudioError):
            raise found
        return found

    def _within(self, namespace: str, token: str) -> hvac.Client:
        return hvac.Client(
            url=self.reference.address,
            # An empty one keeps hvac from looking for VAULT_TOKEN and ~/.vault-token.
            token=token,
            verify=True,
            timeout=self.reference.seconds,
            session=self._session,
            namespace=namespace or None,
            # A redirect would carry the token to another server.
            allow_redirects=False,
        )

    def _log_in(self, login: Login) -> StudioError | None:
        """Log in, unless that was done; the token holds for all that is asked after it."""
        with self._logging_in:
            if self._client.token:
                return None
            try:
                answer = self._within("", "").auth.jwt.jwt_login(
                    login.role, login.jwt, use_token=False, path=login.mount
                )
                self._client.token = str(answer["auth"]["client_token"])
            except (requests.RequestException, hvac.exceptions.VaultDown) as error:
                return self._fault(error, _LOGIN)
            except Exception:  # noqa: BLE001 - whatever it is, it may hold the job's token
                return StudioError(
                    "Vault does not take the token of the CI's job",
                    found=f"role {login.role} of auth/{login.mount} at {self.reference.address}",
                    allowed=f"in {JOB_TOKEN}, the token of a job of the protected environment",
                    fix="have the job ask for it anew, with the estate's audience; see "
                    "docs/how-to/prepare-vault.md",
                )
            return None

    def _outcome(self, request: Request) -> "Data | StudioError":
        login = self.reference.login
        if login and (fault := self._log_in(login)):
            return fault
        try:
            answer = request.send(self._client)
        except Exception as error:  # noqa: BLE001 - whatever it is, it may hold the token
            return self._fault(error, request)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            return self.nonsense(f"no answer to {request.verb}")
        return data

    def _fault(self, error: Exception, request: Request) -> StudioError:
        key = self.reference
        if isinstance(error, requests.Timeout):
            return self._late()
        if isinstance(error, requests.RequestException | OSError):
            return self._unreached(error)
        said = " ".join(str(each) for each in getattr(error, "errors", None) or ())
        if isinstance(error, hvac.exceptions.VaultNotInitialized | hvac.exceptions.VaultDown):
            return StudioError(
                "Vault is sealed, or has no active node",
                found=key.address,
                fix="unseal it, then run the command again",
            )
        if isinstance(error, hvac.exceptions.Forbidden | hvac.exceptions.Unauthorized):
            return StudioError(
                f"Vault does not let this token {request.verb}",
                found=f"{key}, by {key.token_variable}",
                allowed=f"a token that holds, with `{request.capability}` on {self._at(request)}",
                fix="log in again, or add the path to the token's policy",
            )
        if isinstance(error, hvac.exceptions.InvalidPath):
            return StudioError(
                "Vault has no such key",
                found=str(key),
                fix=f"correct the key's name, or make it: `{key.making(key.name)}`",
            )
        if "no such key version" in said:
            return StudioError(
                "Vault no longer has the version of the key",
                found=str(key),
                fix="run the command again; the key was changed meanwhile",
            )
        return StudioError(
            f"Vault did not {request.verb}",
            found=f"{type(error).__name__} from {key}",
            fix=f"look at the log of {key.address}",
        )

    def nonsense(self, found: str) -> StudioError:
        """The error for an answer that is none of Vault's.

        Args:
            found: what is wrong about it; nothing that a server said.
        """
        return StudioError(
            "Vault's answer is none that its transit engine gives",
            found=f"{found}, from {self.reference}",
            fix="see that the address is Vault's own, and that nothing answers in its place",
        )

    def _at(self, request: Request) -> str:
        return "/".join(part for part in (self.reference.namespace, request.path) if part)

    def _late(self) -> StudioError:
        return StudioError(
            "Vault did not answer within the deadline",
            found=f"{self.reference.address}, after {self.reference.seconds:.0f} s",
            fix="see that it is up, or allow more time in VAULT_CLIENT_TIMEOUT",
        )

    def _unreached(self, error: Exception) -> StudioError:
        why, fix = _network(error)
        return StudioError(
            "Vault can't be reached", found=f"{self.reference.address}: {why}", fix=fix
        )


_LOGIN = Request(verb="log in", path="", capability="", send=lambda _: None)


@lru_cache(maxsize=8)
def connected(reference: Reference) -> Connection:
    """The way to a key, one for the whole process: a job's token is good for one login or few.

    Args:
        reference: the key, and who asks for it.

    Raises:
        StudioError: the authority of the cluster's certificate can't be read.
    """
    return Connection(reference)


class _Adapter(HTTPAdapter):
    """Trusts the authorities of one context; requests would add a bundle of its own."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=4, max_retries=0)

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: Any,  # noqa: ARG002 - our context decides
        cert: Any = None,  # noqa: ARG002 - we send none
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Have every connection use our context."""
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"ssl_context": self._context}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave trust to our context."""


def _context(reference: Reference) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=reference.authority)
    except (OSError, ssl.SSLError):
        raise StudioError(
            "the authority of Vault's certificate can't be read",
            found=str(reference.authority),
            allowed="a PEM file",
            fix="correct VAULT_CACERT",
        ) from None
    # Whatever SSLKEYLOGFILE says: it would open what is sent to everyone.
    context.keylog_filename = None  # type: ignore[assignment]
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _network(error: BaseException) -> tuple[str, str]:
    """What went wrong on the way, and what to do; nothing of what was sent or received."""
    reach = "see that the address is right and can be reached from here"
    chain: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        each = todo.pop()
        if isinstance(each, BaseException) and each not in chain:
            chain.append(each)
            todo += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            why = f"its certificate is not trusted ({each.verify_message})"
            return why, "name the authority that signed it in VAULT_CACERT"
        if isinstance(each, socket.gaierror):
            return "its name has no address", reach
        if isinstance(each, ConnectionRefusedError):
            return "it refused the connection", reach
        if isinstance(each, ssl.SSLError):
            return "the TLS handshake failed", reach
    return "the connection failed", reach
