"""A Vault that is away: the client fails in time, gives out nothing, and recovers by itself."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from identity.agents import Agents, Given
from identity.weather import Mode, Way, impostor, way

from agent_studio.estate.model import Cell
from agent_studio.identity import IdentityError, Vault, errors
from agent_studio.rehearsal.vault.certificates import issue
from agent_studio.rehearsal.vault.clusters import Clusters

DEADLINE = 0.6
SLACK = 1.5
"""For a busy machine; on an idle one the deadline is kept to some milliseconds."""


@contextmanager
def refused(kind: type[IdentityError], deadline: float = DEADLINE) -> Iterator[None]:
    """The block fails so, and within the deadline."""
    began = time.monotonic()
    with pytest.raises(kind) as found:
        yield
    assert time.monotonic() - began < deadline + SLACK
    assert found.value.passing, "it may succeed later"


def recovers(agent: Vault) -> bool:
    """Whether calls succeed again soon; a server that was just unsealed may be slow at first."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            return bool(agent.secret("database"))
        except IdentityError as error:
            assert error.passing, error  # noqa: PT017 - any other error ends the wait
    return False


@pytest.fixture
def home(cells: dict[str, Cell]) -> Cell:
    """The cell of these tests."""
    return cells["eu-west-1"]


@pytest.fixture
def agent(agents: Agents, home: Cell) -> Iterator[Vault]:
    """An agent with a short deadline, logged in."""
    with agents.agent(home, deadline=DEADLINE) as made:
        made.log_in()
        yield made


@pytest.fixture
def weather(agents: Agents, home: Cell) -> Iterator[Way]:
    """A way to the cell's server, which keeps the agent's address."""
    settings = agents.settings(home)
    assert settings.source_address
    with way(settings.address, settings.source_address) as opened:
        yield opened


@pytest.fixture
def distant(agents: Agents, home: Cell, weather: Way) -> Iterator[Vault]:
    """An agent behind that way; it is not logged in."""
    with agents.agent(
        home, deadline=DEADLINE, address=weather.address, source_address=None
    ) as made:
        yield made
        weather.turn("fair")


def test_a_sealed_vault(agent: Vault, clusters: Clusters, agents: Agents, home: Cell) -> None:
    """Sealed: calls and new logins fail with `seal`; unsealed: the same clients work."""
    server = clusters.server(home)
    server.seal()
    with agents.agent(home, deadline=DEADLINE) as late:
        try:
            for each in (agent, late):
                with refused(errors.SealError):
                    each.secret("database")
        finally:
            server.unseal()
        assert recovers(agent)
        assert recovers(late)


def test_a_vault_that_is_unsealed_while_a_call_waits(
    agents: Agents, clusters: Clusters, home: Cell
) -> None:
    """A call with time left outlasts a short seal, and nobody notices."""
    server = clusters.server(home)
    with agents.agent(home, deadline=20.0) as patient:
        patient.log_in()
        server.seal()
        timer = threading.Timer(0.5, server.unseal)
        timer.start()
        assert patient.secret("database")
        timer.join()


def test_a_restarted_vault(agent: Vault, clusters: Clusters, home: Cell) -> None:
    """Stopped: `network`. Started and sealed: `seal`. Unsealed: the same login works again."""
    server = clusters.server(home)
    server.stop()
    try:
        with refused(errors.NetworkError):
            agent.secret("database")
        server.start()
        with refused(errors.SealError):
            agent.secret("database")
    finally:
        if server.api.status("sys/seal-status") == 0:
            server.start()
        server.unseal()
    assert recovers(agent)


@pytest.mark.parametrize("mode", ["refuse", "hang", "drip"])
@pytest.mark.parametrize("before", ["logged in", "not logged in"])
def test_bad_weather(mode: Mode, before: str, distant: Vault, weather: Way) -> None:
    """Unreachable, silent, or a byte now and then: `network` in time, and well again afterwards."""
    if before == "logged in":
        distant.log_in()
    weather.turn(mode)
    with refused(errors.NetworkError):
        distant.secret("database")
    weather.turn("fair")
    assert recovers(distant)


def test_a_connection_that_is_cut(distant: Vault, weather: Way) -> None:
    """A connection that died while it was idle is replaced within the call."""
    distant.log_in()
    for _ in range(3):
        weather.turn("cut")
        assert distant.secret("database")


def test_nobody_listens(agents: Agents, home: Cell) -> None:
    """A port where nobody listens is `network`."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    address = f"https://127.0.0.1:{port}"
    with (
        agents.agent(home, deadline=DEADLINE, address=address) as lost,
        refused(errors.NetworkError),
    ):
        lost.secret("database")


def test_a_listener_that_never_answers(agents: Agents, home: Cell) -> None:
    """A server that takes the connection and never shakes hands is `network`."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}"
        with (
            agents.agent(home, deadline=DEADLINE, address=address) as lost,
            refused(errors.NetworkError),
        ):
            lost.secret("database")


def test_a_name_without_an_address(agents: Agents, home: Cell) -> None:
    """A host that does not resolve is `network`."""
    with (
        agents.agent(home, deadline=DEADLINE, address="https://vault.invalid:8200") as lost,
        pytest.raises(errors.NetworkError),
    ):
        lost.secret("database")


def test_a_stranger_is_sent_nothing(agents: Agents, home: Cell, tmp_path: Path) -> None:
    """A server whose certificate is another authority's gets no token and no request."""
    with impostor(tmp_path) as stranger:
        address = stranger.address
        with (
            agents.agent(home, deadline=DEADLINE, address=address) as fooled,
            refused(errors.NetworkError),
        ):
            fooled.secret("database")
        assert not stranger.seen


def test_a_certificate_for_another_host_is_not_taken(
    agents: Agents, home: Cell, tmp_path: Path
) -> None:
    """The right authority is not enough: the certificate must name the host."""
    certificate = issue(tmp_path, hosts=["vault.eu.acme.example"])
    with impostor(tmp_path, certificate) as other:
        with (
            agents.agent(
                home,
                deadline=DEADLINE,
                address=other.address,
                authority=certificate.authority,
            ) as fooled,
            refused(errors.NetworkError),
        ):
            fooled.secret("database")
        assert not other.seen


ANSWERS = {
    "a redirect": b"HTTP/1.1 307 Moved\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n",
    "a page": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    "a list": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "an empty object": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "half a login": b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"auth":{}}',
    "an error": b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    "too many requests": b"HTTP/1.1 429 Wait\r\nContent-Length: 0\r\n\r\n",
    "nothing": b"",
    "noise": b"\x00\xff\x00\xff",
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_is_none(
    answer: str, agents: Agents, clusters: Clusters, home: Cell, tmp_path: Path
) -> None:
    """Whatever a broken server answers, nothing is given out, and no token goes elsewhere."""
    certificate = clusters.server(home)._certificate
    with (
        impostor(tmp_path / "one", certificate) as broken,
        impostor(tmp_path / "two", certificate) as elsewhere,
    ):
        broken.answer = ANSWERS[answer].replace(b"{elsewhere}", elsewhere.address.encode())
        began = time.monotonic()
        with (
            agents.agent(home, deadline=DEADLINE, address=broken.address) as fooled,
            pytest.raises(IdentityError),
        ):
            fooled.secret("database")
        assert time.monotonic() - began < DEADLINE + SLACK
        assert broken.seen
        assert not elsewhere.seen


@pytest.mark.parametrize("part", ["headers", "body"])
def test_an_answer_that_never_ends(
    part: str, agents: Agents, clusters: Clusters, home: Cell, tmp_path: Path
) -> None:
    """A server that sends a byte now and then, each in time, does not hold the caller."""
    certificate = clusters.server(home)._certificate
    with impostor(tmp_path, certificate) as slow:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n"
        slow.answer = (
            head + b"X: " + b"x" * 1000 if part == "headers" else head + b"\r\n" + b" " * 999
        )
        slow.pause = 0.02
        with (
            agents.agent(home, deadline=DEADLINE, address=slow.address) as held,
            refused(errors.NetworkError),
        ):
            held.secret("database")


def test_plain_http_is_refused(agents: Agents, home: Cell) -> None:
    """No token is ever sent unencrypted: the address itself is refused."""
    settings = agents.settings(home)
    with pytest.raises(IdentityError, match="https alone"):
        replace(settings, address=settings.address.replace("https", "http"))


def test_a_source_without_tokens(agents: Agents, home: Cell) -> None:
    """A cloud that gives no token is `token source`, in time; when it gives one, all is well."""

    class Flaky(Given):
        def token(self):  # type: ignore[no-untyped-def]
            if not self.text:
                raise errors.TokenSourceError("no token")
            return super().token()

    source = Flaky("")
    with agents.agent(home, source=source, deadline=DEADLINE) as agent:
        with refused(errors.TokenSourceError):
            agent.secret("database")
        source.text = agents.clusters.token(agents.who(home))
        assert agent.secret("database")


def test_a_login_that_vault_forgot_is_made_anew(
    agent: Vault, clusters: Clusters, home: Cell
) -> None:
    """A revoked login is replaced within the next call; a kill of the role is felt then."""
    place = agent.settings.cell
    api = clusters.server(home).api.within(place.namespace)
    api.call("PUT", f"sys/leases/revoke-prefix/auth/{place.auth}/login", {})
    assert agent.secret("database")
    role = f"auth/{place.auth}/role/{place.role}"
    document = api.call("GET", role)["data"]
    api.call("DELETE", role)
    api.call("PUT", f"sys/leases/revoke-prefix/auth/{place.auth}/login", {})
    try:
        with pytest.raises(errors.RoleError):
            agent.secret("database")
    finally:
        api.call("POST", role, document)
    assert agent.secret("database")


def test_many_threads_log_in_once(agents: Agents, home: Cell) -> None:
    """Threads that call at the same moment share one login."""
    source = Given(agents.clusters.token(agents.who(home)))
    with agents.agent(home, source=source) as agent, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: agent.secret("database"), range(32)))
    assert len(found) == 32
    assert source.asked == 1
