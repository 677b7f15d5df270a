"""How long a login lasts: renewed ahead of its end, replaced when it is worn, revoked at exit."""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from identity.agents import Agents

from agent_studio.estate.model import Cell, Estate
from agent_studio.estate.vault import Lease
from agent_studio.identity import Vault, errors
from agent_studio.identity.connection import Connection
from agent_studio.identity.grant import RENEW_BETWEEN, Grant
from agent_studio.identity.session import Session
from agent_studio.rehearsal.vault.api import ApiError
from agent_studio.rehearsal.vault.clusters import Clusters, running

TTL, MAX_TTL = 2, 4
PROGRAM = Path(__file__).with_name("exiting_agent.py")


@pytest.fixture(scope="module")
def brief(estate: Estate) -> Iterator[Clusters]:
    """Clusters of one cell whose logins last two seconds, and four with renewals."""
    cell = next(each for each in estate.cells if each.region.name == "eu-west-1")
    with running([cell], lease=Lease(ttl=TTL, max_ttl=MAX_TTL)) as found:
        for runtime in cell.runtimes:
            found.write_secret(cell, runtime, "database", {"password": "x"})
        yield found


@pytest.fixture
def home(cells: dict[str, Cell]) -> Cell:
    """The cell."""
    return cells["eu-west-1"]


def accessor(agent: Vault) -> str:
    """The name under which the server knows the agent's login."""
    grant = agent._cell._grant
    assert grant is not None
    return str(grant.client.auth.token.lookup_self()["data"]["accessor"])


def known(clusters: Clusters, cell: Cell, name: str, namespace: str) -> bool:
    """Whether the server still knows a login."""
    api = clusters.server(cell).api.within(namespace)
    try:
        return name in api.call("LIST", "auth/token/accessors")["data"]["keys"]
    except ApiError as error:
        # An empty list is "not found".
        if error.status != 404:
            raise
        return False


def test_a_login_outlives_its_ttl_and_is_replaced_at_its_longest(
    brief: Clusters, home: Cell
) -> None:
    """An agent that works longer than the longest login never fails; an idle one stays logged in.

    The background thread alone keeps the idle one's login. Old logins are revoked.
    """
    agents = Agents(brief)
    seen: dict[str, float] = {}
    with agents.agent(home) as agent, agents.agent(home, "collector") as idle:
        idle.log_in()
        first_of_idle = accessor(idle)
        began = time.monotonic()
        checked = False
        while (passed := time.monotonic() - began) < MAX_TTL + 1.5:
            assert agent.secret("database")
            seen.setdefault(accessor(agent), passed)
            if passed > TTL + 0.5 and not checked:
                assert accessor(idle) == first_of_idle
                checked = True
            time.sleep(0.1)
        place = agent.settings.cell
        assert len(seen) >= 2, "a worn login is replaced"
        assert min(list(seen.values())[1:]) > TTL, "the first was renewed beyond its TTL"
        assert not known(brief, home, next(iter(seen)), place.namespace)
        assert idle._cell.live
    assert not any(known(brief, home, each, place.namespace) for each in seen)


def test_a_login_that_could_not_be_renewed_is_dead(brief: Clusters, home: Cell) -> None:
    """Cut off for longer than its login lasts, an agent gets nothing; back again, it logs in."""
    agents = Agents(brief)
    server = brief.server(home)
    with agents.agent(home, deadline=0.5) as agent:
        agent.log_in()
        server.stop()
        time.sleep(TTL + 0.2)
        assert not agent._cell.live
        with pytest.raises(errors.NetworkError):
            agent.secret("database")
        server.start()
        server.unseal()
        until = time.monotonic() + 5
        # By itself: nobody calls.
        while not agent._cell.live and time.monotonic() < until:
            time.sleep(0.05)
        assert agent._cell.live
        assert agent.secret("database")


class Answers:
    """A stand-in for hvac's client that renews for a fixed time."""

    def __init__(self, seconds: float) -> None:
        self.renewals = 0
        self.seconds = seconds
        self.auth = SimpleNamespace(token=SimpleNamespace(renew_self=self.renew))

    def renew(self) -> dict[str, Any]:
        """Renew."""
        self.renewals += 1
        return {"auth": {"lease_duration": self.seconds}}


NOWHERE = Connection("https://127.0.0.1:9")


def session_with(grant: Grant, clock: list[float]) -> Session:
    """A session that holds a login, under a clock of the test's own."""
    made = Session(
        NOWHERE,
        SimpleNamespace(role="x", namespace=""),  # type: ignore[arg-type]
        SimpleNamespace(),  # type: ignore[arg-type]
        deadline=1.0,
        clock=lambda: clock[0],
    )
    made._grant = grant
    return made


def test_renewals_are_spread() -> None:
    """Agents that logged in at the same moment renew over a quarter of the login's life."""
    moments = []
    for _ in range(500):
        answers = Answers(900.0)
        grant = Grant(client=answers, ends=900, renew_at=0, lifetime=900, left=900, renewable=True)
        moments.append(session_with(grant, [0.0]).tend())
        assert answers.renewals == 1
    low, high = (900 * part for part in RENEW_BETWEEN)
    assert all(low <= moment <= high for moment in moments)
    eighths = [
        sum(low + (high - low) * i / 8 <= m < low + (high - low) * (i + 1) / 8 for m in moments)
        for i in range(8)
    ]
    assert min(eighths) > 20, eighths


def test_a_failed_renewal_is_tried_again_before_the_end() -> None:
    """Renewal starts with at least a quarter of the life left, and is tried again and again."""
    clock = [0.0]

    class Down(Answers):
        def renew(self) -> dict[str, Any]:
            self.renewals += 1
            raise ConnectionRefusedError

    down = Down(900.0)
    grant = Grant(client=down, ends=900, renew_at=675, lifetime=900, left=900, renewable=True)
    session = session_with(grant, clock)
    clock[0] = session.tend()
    assert clock[0] == 675
    tries = []
    while clock[0] < 900:
        clock[0] = session.tend()
        tries.append(clock[0])
    assert down.renewals >= 8
    gaps = [b - a for a, b in pairwise(tries)]
    assert max(gaps) <= 30
    assert len({round(gap, 3) for gap in gaps}) > 3, "the pauses have jitter"


EXITS = ("end", "close", "exit", "exception", "terminated", "collected")


@pytest.mark.parametrize("way", EXITS)
def test_a_login_is_revoked_at_exit(
    way: str, clusters: Clusters, agents: Agents, home: Cell, tmp_path: Path
) -> None:
    """However a process ends of itself, the server knows its logins no more."""
    name, namespace = leave(way, clusters, agents, home, tmp_path)
    assert not known(clusters, home, name, namespace)


def test_a_killed_processes_login_ends_by_its_ttl(
    clusters: Clusters, agents: Agents, home: Cell, tmp_path: Path
) -> None:
    """SIGKILL leaves no time to revoke: what is left is bounded by the role's 15 minutes."""
    name, namespace = leave("killed", clusters, agents, home, tmp_path)
    api = clusters.server(home).api.within(namespace)
    found = api.call("POST", "auth/token/lookup-accessor", {"accessor": name})["data"]
    assert 0 < found["ttl"] <= 900
    assert found["explicit_max_ttl"] in (0, 3600)
    api.call("POST", "auth/token/revoke-accessor", {"accessor": name})


def leave(
    way: str, clusters: Clusters, agents: Agents, home: Cell, folder: Path
) -> tuple[str, str]:
    """Run an agent in a process that ends in some way; give its login's name and namespace."""
    settings = agents.settings(home)
    token = folder / "token"
    token.write_text(clusters.token(agents.who(home)))
    environment = {
        **os.environ,
        "VAULT_ADDR": settings.address,
        "VAULT_CACERT": str(settings.authority),
        "STUDIO_VAULT": json.dumps(clusters.environment(home, home.runtimes[1], f"file:{token}")),
        "TEST_SOURCE_ADDRESS": str(settings.source_address),
    }
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), way],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert name
        assert known(clusters, home, name, settings.cell.namespace)
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        if way in ("terminated", "killed"):
            process.send_signal(signal.SIGTERM if way == "terminated" else signal.SIGKILL)
        process.wait(20)
    return name, settings.cell.namespace


def test_a_client_that_is_collected_revokes(clusters: Clusters, agents: Agents, home: Cell) -> None:
    """A client that nobody holds any more revokes its login, and its thread ends."""
    agent = agents.agent(home)
    agent.log_in()
    name = accessor(agent)
    thread = next(each for each in threading.enumerate() if each.name == "agent-studio-identity")
    namespace = agent.settings.cell.namespace
    del agent
    gc.collect()
    assert not known(clusters, home, name, namespace)
    thread.join(2)
    assert not thread.is_alive()


def test_a_fork_has_no_login_and_revokes_none(
    clusters: Clusters, agents: Agents, home: Cell
) -> None:
    """A forked child is refused, and its end leaves the parent's login alone."""
    with agents.agent(home) as agent:
        agent.log_in()
        child = os.fork()
        if not child:
            code = 1
            try:
                agent.secret("database")
            except errors.ClosedError:
                code = 0 if agent.close() else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert agent.secret("database")
