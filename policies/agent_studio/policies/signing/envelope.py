"""Envelopes: DSSE (secure-systems-lab/dsse, protocol version 1), with one signature."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agent_studio.policies.documents import Unreadable, parse_json_object
from agent_studio.policies.signing.model import (
    SIGNING_KEY,
    TRUSTED_KEYS,
    Signed,
    Trust,
    Unverified,
)

if TYPE_CHECKING:
    from securesystemslib.signer import Signer

_ENVELOPE = frozenset({"payload", "payloadType", "signatures"})
_SIGNATURE = frozenset({"keyid", "sig"})


def seal(payload: bytes, payload_type: str, signer: "Signer") -> bytes:
    """Sign a payload: the DSSE envelope as canonical JSON with a newline at its end.

    Args:
        payload: what is signed.
        payload_type: its type, which is signed too.
        signer: who signs; the envelope does not tell a local key from one in Vault.

    Returns:
        the envelope.

    Raises:
        StudioError: a key in Vault did not sign.
    """
    from securesystemslib.dsse import Envelope

    envelope = Envelope(payload, payload_type, {})
    envelope.sign(signer)
    return canonical(envelope.to_dict())


def unseal(content: bytes, payload_type: str, trust: Trust, *, name: str) -> Signed:
    """Verify an envelope.

    Only the exact bytes that `seal` gives are accepted, so that nothing can be hidden in what
    readers would skip: white space, the order of keys, spare bits of base64.

    Args:
        content: the envelope.
        payload_type: the type that its payload must have.
        trust: whose signature counts.
        name: what errors call it.

    Raises:
        Unverified: it proves nothing.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import Signature

    try:
        envelope = parse_json_object(content, name=name)
    except Unreadable as error:
        raise Unverified(str(error)) from None
    payload, key_id, signature = _parts(envelope, name=name)
    if envelope["payloadType"] != payload_type:
        raise Unverified(
            f"{name} holds a {str(envelope['payloadType'])[:100]}", allowed=payload_type
        )
    if canonical(envelope) != content:
        raise Unverified(f"{name} is not written as the gate writes it")
    if key_id not in trust.ids:
        raise Unverified(
            f"{name} is signed by key {key_id[:64]}, which is not trusted",
            allowed=f"{', '.join(trust.ids)} from {trust.origin}",
            fix=trust.advice
            or f"have a trusted key sign (${SIGNING_KEY}), or trust this one (${TRUSTED_KEYS})",
        )
    signed = Envelope(payload, payload_type, {key_id: Signature(key_id, signature.hex())})
    try:
        signed.verify(list(trust.keys), 1)
    except VerificationError:
        raise Unverified(
            f"the signature of {name} does not match what it says: it was changed"
        ) from None
    return Signed(payload=payload, key_id=key_id)


def canonical(value: Mapping[str, Any]) -> bytes:
    """An object as JSON that depends on nothing but its content."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


def _parts(envelope: Mapping[str, Any], *, name: str) -> tuple[bytes, str, bytes]:
    signatures = envelope.get("signatures")
    if envelope.keys() != _ENVELOPE or not isinstance(signatures, list):
        raise Unverified(f"{name} is not a DSSE envelope")
    if not signatures:
        raise Unverified(f"{name} is not signed")
    if len(signatures) > 1:
        raise Unverified(f"{name} has {len(signatures)} signatures", allowed="one")
    entry = signatures[0]
    if not isinstance(entry, dict) or entry.keys() != _SIGNATURE:
        raise Unverified(f"{name} is not a DSSE envelope")
    texts = (envelope["payload"], envelope["payloadType"], entry["keyid"], entry["sig"])
    if not all(isinstance(text, str) for text in texts):
        raise Unverified(f"{name} is not a DSSE envelope")
    try:
        return _decoded(envelope["payload"]), entry["keyid"], _decoded(entry["sig"])
    except ValueError:
        raise Unverified(f"{name} is not a DSSE envelope") from None


def _decoded(text: str) -> bytes:
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not base64") from None
    # The spare bits of the last character could be anything.
    if base64.b64encode(content).decode("ascii") != text:
        raise ValueError("not canonical base64")
    return content
