"""A login that holds, and until when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import hvac  # type: ignore[import-untyped]

from agent_studio.identity.connection import Connection, document
from agent_studio.identity.secret import Secret
from agent_studio.identity.settings import Place

RENEW_BETWEEN = (0.5, 0.75)
"""Within which part of its life a login is renewed. Each draws its own moment, so that agents which
started together do not come back together, and a renewal that fails has time for more."""

_FULL = 0.95


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A login.

    Attributes:
        client: sends the login's token.
        ends: when it ends, by the monotonic clock. Counted from before the request was sent.
        renew_at: when it is to be renewed.
        lifetime: how long it was given for at first, in seconds.
        left: how long it was given for last.
        renewable: whether Vault renews it.
    """

    client: hvac.Client = field(repr=False)
    ends: float
    renew_at: float
    lifetime: float
    left: float
    renewable: bool

    @property
    def worn(self) -> bool:
        """Whether a renewal gives no full life any more, so that a new login is due."""
        return not self.renewable or self.left < self.lifetime * _FULL

    def renewed(self, answer: Any, now: float, draw: Callable[[float, float], float]) -> "Grant":
        """The same login after Vault renewed it."""
        left = float(document(answer)["auth"]["lease_duration"])
        return Grant(
            client=self.client,
            ends=now + left,
            renew_at=now + left * draw(*RENEW_BETWEEN),
            lifetime=self.lifetime,
            left=left,
            renewable=self.renewable,
        )


def log_in(
    connection: Connection,
    place: Place,
    token: Secret,
    now: float,
    draw: Callable[[float, float], float],
) -> Grant:
    """Log in; to be called under `guarded`.

    Args:
        connection: the way to Vault.
        place: where and as what.
        token: the workload's token.
        now: the monotonic clock, before the request.
        draw: gives a number between two.

    Returns:
        the login.

    Raises:
        Exception: whatever hvac raises; it may hold the token.
    """
    anonymous = connection.client(place.namespace)
    answer = document(
        anonymous.auth.jwt.jwt_login(place.role, token.reveal(), use_token=False, path=place.auth)
    )
    auth = answer["auth"]
    lifetime = float(auth["lease_duration"])
    return Grant(
        client=connection.client(place.namespace, Secret(auth["client_token"])),
        ends=now + lifetime,
        renew_at=now + lifetime * draw(*RENEW_BETWEEN),
        lifetime=lifetime,
        left=lifetime,
        renewable=bool(auth["renewable"]),
    )
