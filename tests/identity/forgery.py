"""Tokens that no issuer signs: put together by hand, since libraries refuse to."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from agent_studio.rehearsal.vault.issuer import SigningKey


def encoded(data: bytes | dict[str, Any]) -> str:
    """A part of a token."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part: str) -> dict[str, Any]:
    """What a part of a token says."""
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def unsigned(good: str, algorithm: str) -> str:
    """The token with an algorithm that asks for no signature."""
    header, payload, _ = good.split(".")
    return f"{encoded({**decoded(header), 'alg': algorithm})}.{payload}."


def signed_with_public_key(good: str, secret: bytes) -> str:
    """The token as HS256, with what everyone knows as the secret."""
    header, payload, _ = good.split(".")
    start = f"{encoded({**decoded(header), 'alg': 'HS256'})}.{payload}"
    return f"{start}.{encoded(hmac.new(secret, start.encode(), hashlib.sha256).digest())}"


def signed_with(good: str, key: SigningKey, *, algorithm: str = "RS256", **headers: Any) -> str:
    """The token with other headers, signed by a key with RS256, RS512 or PS256."""
    header, payload, _ = good.split(".")
    start = f"{encoded({**decoded(header), 'alg': algorithm, **headers})}.{payload}"
    digest = hashes.SHA512() if algorithm.endswith("512") else hashes.SHA256()
    pad: padding.AsymmetricPadding = padding.PKCS1v15()
    if algorithm.startswith("PS"):
        pad = padding.PSS(padding.MGF1(digest), digest.digest_size)
    return f"{start}.{encoded(key.private.sign(start.encode(), pad, digest))}"


def with_claims(good: str, **claims: Any) -> str:
    """The token with other claims and the old signature."""
    header, payload, signature = good.split(".")
    return f"{header}.{encoded({**decoded(payload), **claims})}.{signature}"
