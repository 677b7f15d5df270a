"""What an agent does with its identity: secrets, signatures, pseudonyms."""

from pathlib import Path

import pytest
from identity.agents import Agents, runtime_of
from identity.weather import impostor

from agent_studio.estate.model import Cell
from agent_studio.estate.names import vault as names
from agent_studio.identity import Secret, errors
from agent_studio.rehearsal.vault.clusters import Clusters

HOME, SISTER, ABROAD = "eu-west-1", "eu-central-1", "eastus2"


def test_a_secret_is_read_in_its_latest_version(
    clusters: Clusters, agents: Agents, cells: dict[str, Cell]
) -> None:
    """A secret that changes is read anew: nothing is kept from the last time."""
    cell = cells[HOME]
    with agents.agent(cell) as agent:
        for value in ("one", "two"):
            clusters.write_secret(cell, runtime_of(cell), "changing", {"value": value})
            assert agent.secret("changing")["value"] == Secret(value)


def test_a_secret_that_is_not_there_is_named_so(agents: Agents, cells: dict[str, Cell]) -> None:
    """A missing secret is no matter of policy, network or seal."""
    with agents.agent(cells[HOME]) as agent, pytest.raises(errors.SecretMissingError):
        agent.secret("nothing")


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "../analyst/a", "a/../b", ".", "a//b", "a?b", "ä"]
)
def test_a_secrets_name_is_a_plain_path(name: str, agents: Agents, cells: dict[str, Cell]) -> None:
    """A name that could mean another path is refused before anything is sent."""
    with agents.agent(cells[HOME]) as agent, pytest.raises(errors.PolicyError):
        agent.secret(name)


def test_a_signature_is_verified(agents: Agents, cells: dict[str, Cell]) -> None:
    """What one agent of the cell signs, another verifies; anything else is no signature."""
    with agents.agent(cells[HOME]) as agent, agents.agent(cells[HOME], "collector") as other:
        signature = agent.sign(b"a release")
        assert other.verify(b"a release", signature)
        assert not other.verify(b"another release", signature)
        assert not other.verify(b"a release", other.sign(b"another release"))
        for junk in ("", "junk", "vault:v1:", "vault:v9:" + signature.rpartition(":")[2]):
            assert not other.verify(b"a release", junk)


def test_another_cells_signature_is_none(agents: Agents, cells: dict[str, Cell]) -> None:
    """Each cell signs with a key of its own."""
    with agents.agent(cells[HOME]) as agent, agents.agent(cells[SISTER]) as other:
        assert not other.verify(b"a release", agent.sign(b"a release"))


def test_rotation_keeps_old_signatures_and_pseudonyms(
    clusters: Clusters, agents: Agents, cells: dict[str, Cell]
) -> None:
    """After both keys are rotated, what was signed still verifies, and pseudonyms are the same."""
    cell = cells[HOME]
    own = names.cell(cell.scope, cell.vault_isolation)
    shared = names.shared(cell.studio, cell.jurisdiction, cell.vault_isolation)
    with agents.agent(cell) as agent:
        signature, pseudonym = agent.sign(b"old"), agent.pseudonym("personal", "Ada")
        for place, key in ((own, names.SIGNING_KEY), (shared, names.class_key("personal"))):
            clusters.server(cell).api.within(place.namespace).call(
                "POST", f"{names.transit_mount(place)}/keys/{key}/rotate"
            )
        assert agent.verify(b"old", signature)
        assert agent.sign(b"old").startswith("vault:v2:")
        assert agent.pseudonym("personal", "Ada") == pseudonym


def test_a_pseudonym_is_one_for_each_class_and_jurisdiction(
    agents: Agents, cells: dict[str, Cell]
) -> None:
    """The same value has one pseudonym in all cells of a jurisdiction, and others elsewhere."""
    with (
        agents.agent(cells[HOME]) as agent,
        agents.agent(cells[SISTER]) as sister,
        agents.agent(cells["europe-west3"]) as cousin,
        agents.agent(cells[ABROAD]) as abroad,
    ):
        found = agent.pseudonym("personal", "Ada")
        assert found == agent.pseudonym("personal", "Ada")
        assert found == sister.pseudonym("personal", "Ada") == cousin.pseudonym("personal", "Ada")
        others = {
            agent.pseudonym("personal", "Bea"),
            agent.pseudonym("internal", "Ada"),
            abroad.pseudonym("personal", "Ada"),
        }
        assert len({found, *others}) == 4
        assert "Ada" not in found
        assert len(found) == 43


def test_a_value_that_is_pseudonymized_does_not_reach_vault(
    clusters: Clusters, agents: Agents, cells: dict[str, Cell]
) -> None:
    """Vault is sent a digest, and its audit log holds not even that."""
    with agents.agent(cells[HOME]) as agent:
        agent.pseudonym("personal", "Ada Lovelace of Marylebone")
    text = clusters.server(cells[HOME]).audit.read_text()
    assert "hmac/class-personal" in text
    assert "Lovelace" not in text


def test_a_closed_client_gives_nothing(agents: Agents, cells: dict[str, Cell]) -> None:
    """After `close`, each call fails; closing twice is no fault."""
    agent = agents.agent(cells[HOME])
    agent.secret("database")
    assert agent.close()
    assert agent.close()
    with pytest.raises(errors.ClosedError):
        agent.secret("database")


def test_the_environments_own_token_is_never_sent(
    agents: Agents, cells: dict[str, Cell], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A VAULT_TOKEN that lies about is not used, and a proxy is not asked."""
    server = agents.clusters.server(cells[HOME])
    monkeypatch.setenv("VAULT_TOKEN", server.api._token)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with agents.agent(cells[HOME]) as agent:
        assert agent.secret("database")
        grant = agent._cell._grant
        assert grant is not None
        found = grant.client.auth.token.lookup_self()["data"]
        assert found["policies"] == [
            names.policy(
                cells[HOME].scope,
                "analyst",
                names.cell(cells[HOME].scope, "namespace"),
            )
        ]
    with (
        impostor(tmp_path, server._certificate) as listener,
        agents.agent(cells[HOME], deadline=0.2, address=listener.address) as agent,
        pytest.raises(errors.IdentityError),
    ):
        agent.secret("database")
    assert listener.seen
    assert not any(server.api._token.encode() in each for each in listener.seen)
