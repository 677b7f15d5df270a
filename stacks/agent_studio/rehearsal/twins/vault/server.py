"""The real server that plays a cluster, as the twin asks it."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests

from agent_studio.rehearsal.twins.errors import Refused
from agent_studio.rehearsal.twins.vault.kinds import KINDS, Kind
from agent_studio.rehearsal.twins.vault.login import Login
from agent_studio.rehearsal.twins.vault.played import Played
from agent_studio.rehearsal.vault.api import Api, ApiError

T = TypeVar("T")
_PAUSE = 0.5
# The provider looks ten times, half a second apart; a rehearsal's servers share two cores.
_CLEARED_SECONDS = 60.0
_MISSING = 404


class PlayedServer:
    """A server that plays a cluster.

    Args:
        played: who plays whom.
        address: the cluster's declared address.
        login: how to log in; None for who has a token already.
    """

    def __init__(self, played: Played, address: str, login: Login | None) -> None:
        self._played = played
        self._address = address
        self._api = played.api(address)
        self._login = login
        self._lock = threading.Lock()

    def read(self, type_: str, stored: dict[str, Any]) -> dict[str, Any] | None:
        """What was applied, with what the server holds by now; None where it holds none.

        Raises:
            Refused: the server refuses to say, or does not answer.
        """
        kind, api = KINDS[type_], self._within(stored)
        try:
            held = self._asked(lambda: kind.read(api, stored))
        except ApiError as error:
            if error.status == _MISSING:
                return None
            raise self._refused(error) from None
        sent = kind.sent(self._played, stored)
        changed = {
            name: value
            for name, value in held.items()
            # What nobody asked for is the server's own default.
            if name in sent and not _same(value, sent[name])
        }
        return {**stored, **changed}

    def create(self, type_: str, id_: str, values: Mapping[str, Any]) -> None:
        """Make a resource.

        Raises:
            Refused: its name is taken, or the server refuses it.
        """
        kind, api = KINDS[type_], self._within(values)
        if self._there(kind, api, values):
            raise Refused(
                f"{type_} {id_} exists already",
                "The server has one of this name, and it is not in this state. Import it.",
            )
        self._persist(lambda: kind.create(api, values, self._sent(kind, values)))

    def update(self, type_: str, values: Mapping[str, Any]) -> None:
        """Change a resource.

        Raises:
            Refused: the server refuses it.
        """
        kind, api = KINDS[type_], self._within(values)
        self._persist(lambda: kind.update(api, values, self._sent(kind, values)))

    def delete(self, type_: str, stored: Mapping[str, Any]) -> None:
        """Delete a resource, and wait until the server has cleared it, as the provider does.

        One that is gone already is no error.

        Source: terraform-provider-vault, vault/resource_namespace.go, "wait for the namespace to
        be gone".

        Raises:
            Refused: the server refuses it, or still holds it after a minute.
        """
        kind, api = KINDS[type_], self._within(stored)
        path = kind.path(stored)
        try:
            self._asked(lambda: api.call("DELETE", path))
        except ApiError as error:
            if error.status != _MISSING:
                raise self._refused(error) from None
        until = time.monotonic() + _CLEARED_SECONDS
        while kind.lingers and self._there(kind, api, stored):
            if time.monotonic() > until:
                raise Refused(
                    f"{path} is deleted, and the server that plays {self._address} still holds it",
                    "Apply again.",
                )
            time.sleep(_PAUSE)

    def _within(self, values: Mapping[str, Any]) -> Api:
        with self._lock:
            if self._login is not None:
                self._api, self._login = self._logged_in(self._login), None
        return self._api.within(values.get("namespace") or "")

    def _logged_in(self, login: Login) -> Api:
        body = {"role": login.role, "jwt": login.token}
        try:
            found = self._asked(lambda: self._api.call("POST", f"auth/{login.mount}/login", body))
        except ApiError as error:
            raise self._refused(error) from None
        return self._api.bearing(found["auth"]["client_token"])

    def _sent(self, kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
        sent = kind.sent(self._played, values)
        if "oidc_discovery_url" in sent and self._played.issuer_authority:
            # Whoever plays the issuer is known by a certificate of its own.
            sent["oidc_discovery_ca_pem"] = self._played.issuer_authority
        return sent

    def _there(self, kind: Kind, api: Api, values: Mapping[str, Any]) -> bool:
        try:
            self._asked(lambda: kind.read(api, values))
        except ApiError:
            # Not there, or its namespace or mount is not; making it will tell.
            return False
        return True

    def _persist(self, act: Callable[[], None]) -> None:
        """Do something; wait for a namespace or a mount that another stack is making."""
        until = time.monotonic() + self._played.patience
        while True:
            try:
                return self._asked(act)
            except ApiError as error:
                if error.status != _MISSING or time.monotonic() > until:
                    raise self._refused(error) from None
            time.sleep(_PAUSE)

    def _asked(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except requests.RequestException as error:
            raise Refused(
                f"the server that plays {self._address} does not answer",
                f"{type(error).__name__}. Start the rehearsal anew.",
            ) from None

    def _refused(self, error: ApiError) -> Refused:
        return Refused(
            f"{self._address}: {error.line}",
            "The server that plays the cluster said so.",
        )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    return bool(one == other)
