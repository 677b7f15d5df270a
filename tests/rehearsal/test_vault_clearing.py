"""What a server clears in the background is deleted when it is gone, not when it is asked."""

from typing import Any

import pytest

from agent_studio.rehearsal.twins.errors import Refused
from agent_studio.rehearsal.twins.vault import Played
from agent_studio.rehearsal.twins.vault import server as served
from agent_studio.rehearsal.vault.api import ApiError

NAMESPACE = {"path": "acme-cell-1"}
DECLARED = "https://vault.eu.acme.example:8200"


class Clearing:
    """A server that holds what is deleted for some more looks."""

    def __init__(self, looks: float) -> None:
        self.looks = looks
        self.asked: list[str] = []

    def within(self, _namespace: str) -> "Clearing":
        """The same."""
        return self

    def call(self, method: str, path: str) -> dict[str, Any]:
        """Answer as OpenBao does while it clears a namespace."""
        self.asked.append(method)
        if method == "DELETE":
            return {"data": {"status": "in-progress"}}
        self.looks -= 1
        if self.looks < 0:
            raise ApiError(method, path, 404, [])
        return {"data": {"path": path, "tainted": True}}


@pytest.fixture
def clearing(monkeypatch: pytest.MonkeyPatch) -> Clearing:
    """A server that needs three looks, and no time between them."""
    server = Clearing(3)
    monkeypatch.setattr(Played, "api", lambda _self, _address: server)
    monkeypatch.setattr(served, "_PAUSE", 0.0)
    return server


def test_a_namespace_is_deleted_once_the_server_has_cleared_it(clearing: Clearing) -> None:
    """The server answers at once; whoever looks next must not find it."""
    served.PlayedServer(Played(), DECLARED, None).delete("vault_namespace", NAMESPACE)
    assert clearing.asked == ["DELETE", "GET", "GET", "GET", "GET"]


def test_a_namespace_that_is_never_cleared_is_told(
    clearing: Clearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is called deleted that still stands."""
    clearing.looks = float("inf")
    monkeypatch.setattr(served, "_CLEARED_SECONDS", 0.05)
    with pytest.raises(Refused, match=r"acme-cell-1 is deleted, and .* still holds"):
        served.PlayedServer(Played(), DECLARED, None).delete("vault_namespace", NAMESPACE)


def test_what_is_deleted_at_once_is_not_looked_for(clearing: Clearing) -> None:
    """A policy is gone with the answer."""
    served.PlayedServer(Played(), DECLARED, None).delete("vault_policy", {"name": "analyst"})
    assert clearing.asked == ["DELETE"]
