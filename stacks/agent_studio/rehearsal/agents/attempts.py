"""What agents try: their own secret, which they get, and all that they must not."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from secrets import token_urlsafe

from agent_studio.estate.errors import StudioError
from agent_studio.estate.model import Cell, Runtime
from agent_studio.estate.vault import issuer
from agent_studio.identity import IdentityError, Secret, Settings, Vault, from_environment
from agent_studio.rehearsal.agents.deployed import State, environment_of, subject_of
from agent_studio.rehearsal.outcome import Attempt
from agent_studio.rehearsal.vault.clusters import Clusters
from agent_studio.rehearsal.vault.issuer import SigningKey
from agent_studio.rehearsal.vault.loopback import loopback
from agent_studio.rehearsal.vault.tokens import Caller, caller

_SECRET, _FIELD = "demo", "password"
_HOST = 10
_LONG_AGO = 3600


@dataclass(frozen=True)
class _Given:
    """A source that gives one token."""

    text: str

    def token(self) -> Secret:
        """The token."""
        return Secret(self.text)


@dataclass(frozen=True)
class _Agent:
    """An agent of a cell, with what it was told as the cell was applied."""

    cell: Cell
    runtime: Runtime
    settings: Settings
    who: Caller
    value: str


def try_agents(
    cells: Sequence[Cell], clusters: Clusters, state_of: Callable[[str], State]
) -> list[Attempt]:
    """Let an agent of each cell log in, and one of them try what it must not get.

    Args:
        cells: the applied cells.
        clusters: the Vault clusters.
        state_of: gives what a stack holds, by its name.

    Returns:
        what was tried, and how it went; nothing where no cell has a login, since nobody says who
        signs its account's tokens.

    Raises:
        StudioError: a cell does not hold what it should.
    """
    agents = [_agent(cell, clusters, state_of(cell.stack)) for cell in cells if has_login(cell)]
    if not agents:
        return []
    found = [_reads(agent, clusters) for agent in agents]
    first = agents[0]
    # One of another jurisdiction tells more; where there is none, another cell will do.
    others = sorted(agents[1:], key=lambda each: each.cell.jurisdiction == first.cell.jurisdiction)
    return [*found, *_refused(first, others[0] if others else None, clusters)]


def has_login(cell: Cell) -> bool:
    """Whether a cell's agents can log in: Vault knows who signs their tokens."""
    return bool(cell.runtimes) and issuer(cell.account) is not None


def _agent(cell: Cell, clusters: Clusters, state: State) -> _Agent:
    runtime = cell.runtimes[0]
    variables = environment_of(state, cell, runtime)
    server = clusters.server(cell)
    if variables.get("VAULT_ADDR") != cell.vault_address:
        raise StudioError(
            f"{runtime.name} in {cell.id} is told of another cluster",
            found=str(variables.get("VAULT_ADDR")),
            allowed=str(cell.vault_address),
        )
    told = {**variables, "VAULT_ADDR": server.address, "VAULT_CACERT": str(server.authority)}
    settings = replace(from_environment(told), source_address=str(loopback(cell.network)[_HOST]))
    who = caller(cell, runtime, subject=subject_of(state, cell, runtime))
    value = token_urlsafe()
    clusters.write_secret(cell, runtime, _SECRET, {_FIELD: value})
    return _Agent(cell, runtime, settings, who, value)


def _reads(agent: _Agent, clusters: Clusters) -> Attempt:
    begun = time.perf_counter()
    try:
        with Vault(agent.settings, _Given(clusters.token(agent.who))) as vault:
            read = vault.secret(_SECRET)[_FIELD].reveal() == agent.value
        told = "admitted" if read else "admitted, but to another secret"
    except IdentityError as error:
        told = f"refused: {error}"
    return Attempt(
        agent=f"{agent.runtime.name} in {agent.cell.id}",
        what="reads its own secret",
        expected="admitted",
        found=told,
        seconds=round(time.perf_counter() - begun, 3),
    )


def _refused(agent: _Agent, other: _Agent | None, clusters: Clusters) -> list[Attempt]:
    good, now = clusters.token(agent.who), int(time.time())
    tenant = agent.who.tenant
    forged = clusters.issuer.token(
        tenant,
        agent.who.token_claims(),
        key=SigningKey(),
        headers={"kid": clusters.issuer.key(tenant).id},
    )
    past = {"iat": now - 2 * _LONG_AGO, "nbf": now - 2 * _LONG_AGO, "exp": now - _LONG_AGO}
    tries = [
        ("shows a forged token", agent.settings, forged),
        (
            "shows a token for another audience",
            agent.settings,
            clusters.token(agent.who, aud="vault://somebody-else"),
        ),
        ("shows an expired token", agent.settings, clusters.token(agent.who, **past)),
        (
            "logs in from outside of its cell's network",
            replace(agent.settings, source_address="127.0.0.1"),
            good,
        ),
    ]
    if other is not None:
        # From that cell's own network, so that the token alone decides.
        tries.insert(0, (f"asks for the secret of {other.cell.id}", other.settings, good))
    return [_is_refused(agent, *each) for each in tries]


def _is_refused(agent: _Agent, what: str, settings: Settings, token: str) -> Attempt:
    begun = time.perf_counter()
    try:
        with Vault(settings, _Given(token)) as vault:
            vault.secret(_SECRET)
        found = "admitted"
    except IdentityError as error:
        # A server that was not reached refused nothing.
        found = f"not tried: {error}" if error.passing else f"refused: {error.fault}"
    return Attempt(
        agent=f"{agent.runtime.name} in {agent.cell.id}",
        what=what,
        expected="refused",
        found=found,
        seconds=round(time.perf_counter() - begun, 3),
    )
