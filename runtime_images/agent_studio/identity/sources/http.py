"""One request to a cloud's own endpoint for tokens."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import requests

from agent_studio.identity import transport
from agent_studio.identity.deadline import within
from agent_studio.identity.errors import TokenSourceError
from agent_studio.identity.guarded import guarded
from agent_studio.identity.secret import Secret

SECONDS = 5.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}")
"""The compact form (RFC 7515, section 7.1)."""

_LONGEST = 64 * 1024
"""Far above any token; an AWS token has at most some 10 KB, since its tags are bounded."""


def ask(
    what: str,
    prepare: Callable[[], requests.Request],
    read: Callable[[str, Mapping[str, str]], str],
    *,
    authority: Path | None = None,
) -> Secret:
    """Send one request and take a token from the answer.

    Args:
        what: the endpoint's name, for errors.
        prepare: makes the request; it may hold secrets.
        read: takes the token from the answer's body and headers; raises ValueError or KeyError
            where there is none.
        authority: PEM file by which the endpoint is known; by default the system's authorities.

    Returns:
        the token.

    Raises:
        TokenSourceError: the endpoint can't be reached, refuses, or gives no token.
    """

    def send() -> Secret:
        session = transport.session(authority=authority)
        try:
            prepared = session.prepare_request(prepare())
            with session.send(prepared, stream=True, allow_redirects=False) as answer:
                body = answer.raw.read(_LONGEST + 1, decode_content=True)
                if answer.status_code != 200:
                    raise TokenSourceError(f"{what} answered with status {answer.status_code}")
                if len(body) > _LONGEST:
                    raise TokenSourceError(f"{what} gave too long an answer")
                token = read(body.decode(), answer.headers).strip()
        finally:
            session.close()
        if not _TOKEN.fullmatch(token):
            raise TokenSourceError(f"{what} gave what is no signed token")
        return Secret(token)

    def translate(error: Exception) -> TokenSourceError:
        if isinstance(error, requests.RequestException | OSError):
            return TokenSourceError(f"{what} can't be reached: {transport.describe(error)}")
        return TokenSourceError(f"{what} gave no token ({type(error).__name__})")

    with within(SECONDS):
        return guarded(send, translate)
