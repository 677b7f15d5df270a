"""A small OpenID Connect issuer on loopback that plays the clouds' issuers.

It serves discovery and keys over TLS, as Vault's `jwt` method reads them (OpenID Connect Discovery
1.0), for any number of tenants: AWS has an issuer for each account, Entra for each tenant.
"""

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from agent_studio.rehearsal.vault.certificates import Certificate, issue

LIFETIME_SECONDS = 300
"""What AWS gives a token unless asked otherwise (STS, GetWebIdentityToken, DurationSeconds)."""

_ALGORITHM = "RS256"
_SOCKET_SECONDS = 10


@dataclass(frozen=True)
class SigningKey:
    """An RSA key of an issuer, and the name under which it is published."""

    id: str = field(default_factory=lambda: uuid4().hex[:12])
    private: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
        repr=False,
    )

    @property
    def public_pem(self) -> bytes:
        """The public key as everyone may read it."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def published(self) -> dict[str, Any]:
        """The key as it stands in the issuer's key set (RFC 7517)."""
        key: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(
            self.private.public_key(), as_dict=True
        )
        return {**key, "kid": self.id, "alg": _ALGORITHM, "use": "sig"}


class Issuer:
    """A running issuer.

    Args:
        address: `https://127.0.0.1:<port>`.
        certificate: its certificate.
    """

    def __init__(self, address: str, certificate: Certificate) -> None:
        self.address = address
        self.authority = certificate.authority
        self._keys: dict[str, list[SigningKey]] = {}
        self._lock = threading.Lock()

    def url(self, tenant: str) -> str:
        """The issuer of a tenant, as it stands in the claim `iss`."""
        self.key(tenant)
        return f"{self.address}/{tenant}"

    def key(self, tenant: str) -> SigningKey:
        """The key that signs a tenant's tokens now."""
        with self._lock:
            # Not `setdefault`, which would make a key at each call.
            if tenant not in self._keys:
                self._keys[tenant] = [SigningKey()]
            return self._keys[tenant][-1]

    def rotate(self, tenant: str) -> SigningKey:
        """Sign by a new key from now on; those before it stay published."""
        key = SigningKey()
        with self._lock:
            self._keys.setdefault(tenant, []).append(key)
        return key

    def token(
        self,
        tenant: str,
        claims: Mapping[str, Any],
        *,
        key: SigningKey | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> str:
        """Sign a token.

        Args:
            tenant: whose issuer signs it.
            claims: its claims; issuer, times and id are added where they are missing. A claim that
                is None is left out.
            key: another key than the tenant's own.
            headers: more headers, or others.

        Returns:
            the token in its compact form.
        """
        now = int(time.time())
        times = {"iat": now, "nbf": now, "exp": now + LIFETIME_SECONDS}
        merged = {"iss": self.url(tenant), "jti": uuid4().hex, **times, **claims}
        used = key or self.key(tenant)
        return jwt.encode(
            {name: value for name, value in merged.items() if value is not None},
            used.private,
            algorithm=_ALGORITHM,
            headers={"kid": used.id, **(headers or {})},
        )

    def answer(self, path: str) -> dict[str, Any] | None:
        """The document at a path; None where there is none."""
        tenant, _, rest = path.lstrip("/").partition("/")
        with self._lock:
            keys = list(self._keys.get(tenant, ()))
        if not keys:
            return None
        if rest == ".well-known/openid-configuration":
            own = f"{self.address}/{tenant}"
            return {
                "issuer": own,
                "jwks_uri": f"{own}/.well-known/jwks.json",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [_ALGORITHM],
            }
        if rest == ".well-known/jwks.json":
            return {"keys": [key.published for key in keys]}
        return None


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Issuer]:
    """Run an issuer on a free loopback port, in threads of this process.

    Args:
        folder: where its certificate is written.

    Yields:
        the issuer.
    """
    certificate = issue(folder, "issuer")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.tls = context
        server.issuer = Issuer(f"https://127.0.0.1:{server.server_port}", certificate)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.issuer
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    tls: ssl.SSLContext
    issuer: Issuer

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SOCKET_SECONDS

    def setup(self) -> None:
        """Wrap the connection here, so that a slow handshake holds up nobody else."""
        self.request.settimeout(self.timeout)
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def do_GET(self) -> None:
        """Answer one request."""
        document = self.server.issuer.answer(self.path)
        body = json.dumps(document).encode()
        self.send_response(404 if document is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
