"""Wrong identities, each refused by the real server, and each named for what is wrong with it."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from identity import forgery
from identity.agents import Agents, Given

from agent_studio.estate.model import Cell
from agent_studio.identity import errors
from agent_studio.rehearsal.vault.clusters import Clusters
from agent_studio.rehearsal.vault.issuer import SigningKey
from agent_studio.rehearsal.vault.loopback import loopback
from agent_studio.rehearsal.vault.tokens import AWS_CLAIMS

Make = Callable[[Clusters, Agents, dict[str, Cell]], str]

HOME = "eu-west-1"
OWN = {"aws_account": "222222222222", "source_region": HOME}
STRANGER = SigningKey()


def claims(**others: object) -> Make:
    """A token of the home cell's analyst, signed by the right issuer, with other claims."""
    return lambda clusters, agents, cells: clusters.token(agents.who(cells[HOME]), **others)


def times(**offsets: int | None) -> Make:
    """The same with times that lie so many seconds from now; None leaves one out."""
    return lambda clusters, agents, cells: clusters.token(
        agents.who(cells[HOME]),
        **{
            name: None if offset is None else int(time.time()) + offset
            for name, offset in offsets.items()
        },
    )


def forged(change: Callable[[str, SigningKey], str]) -> Make:
    """A good token that was changed; the change is given the issuer's own key, too."""

    def make(clusters: Clusters, agents: Agents, cells: dict[str, Cell]) -> str:
        who = agents.who(cells[HOME])
        return change(clusters.token(who), clusters.issuer.key(who.tenant))

    return make


def of_cell(region: str, name: str = "analyst") -> Make:
    """A good token of another workload."""
    return lambda clusters, agents, cells: clusters.token(agents.who(cells[region], name))


def of_cell_for_home(region: str, name: str = "analyst") -> Make:
    """A token of another workload that names the home cell's audience."""
    return lambda clusters, agents, cells: clusters.token(
        agents.who(cells[region], name), aud=agents.who(cells[HOME]).workload.audience
    )


AUDIENCE = "vault://acme-cell-aws-eu-west-1-payments-eu-2d78630e"
WRONG: dict[str, tuple[Make, type[errors.LoginError]]] = {
    "another subject": (claims(sub="arn:aws:iam::222222222222:role/x"), errors.SubjectError),
    "no subject": (claims(sub=None), errors.SubjectError),
    "an empty subject": (claims(sub=""), errors.SubjectError),
    "the subject with a suffix": (
        forged(
            lambda good, key: forgery.signed_with(
                forgery.with_claims(
                    good, sub=forgery.decoded(good.split(".")[1])["sub"] + "/session"
                ),
                key,
            )
        ),
        errors.SubjectError,
    ),
    "the subject in capitals": (
        forged(
            lambda good, key: forgery.signed_with(
                forgery.with_claims(good, sub=forgery.decoded(good.split(".")[1])["sub"].upper()),
                key,
            )
        ),
        errors.SubjectError,
    ),
    "another runtime of the cell": (of_cell(HOME, "collector"), errors.SubjectError),
    "another cell of the account": (of_cell("eu-central-1"), errors.SubjectError),
    "another cell of the account, asking for this one": (
        of_cell_for_home("eu-central-1"),
        errors.SubjectError,
    ),
    "another cloud of the jurisdiction": (of_cell_for_home("europe-west3"), errors.SignatureError),
    "another cloud of another jurisdiction": (of_cell_for_home("eastus2"), errors.SignatureError),
    "another audience": (claims(aud="vault://somebody-else"), errors.AudienceError),
    "no audience": (claims(aud=None), errors.AudienceError),
    "an empty audience": (claims(aud=""), errors.AudienceError),
    "any audience": (claims(aud="*"), errors.AudienceError),
    "an audience with a suffix": (claims(aud=f"{AUDIENCE}/"), errors.AudienceError),
    "an audience in capitals": (claims(aud=AUDIENCE.upper()), errors.AudienceError),
    "audiences of others": (claims(aud=["a", "b"]), errors.AudienceError),
    "another issuer": (claims(iss="https://issuer.example"), errors.IssuerError),
    "no issuer": (claims(iss=None), errors.IssuerError),
    "another account's issuer": (
        lambda clusters, agents, cells: clusters.issuer.token(
            "aws-333333333333", agents.who(cells[HOME]).token_claims()
        ),
        errors.SignatureError,
    ),
    "another account's key, this one's issuer": (
        lambda clusters, agents, cells: clusters.issuer.token(
            agents.who(cells[HOME]).tenant,
            agents.who(cells[HOME]).token_claims(),
            key=clusters.issuer.key("aws-333333333333"),
        ),
        errors.SignatureError,
    ),
    "expired": (times(iat=-900, nbf=-900, exp=-600), errors.ExpiryError),
    "expired a moment beyond the leeway": (
        times(iat=-300, nbf=-300, exp=-35),
        errors.ExpiryError,
    ),
    "not valid yet": (times(nbf=600, exp=900), errors.ExpiryError),
    "issued in the future": (times(iat=600, nbf=0, exp=900), errors.ExpiryError),
    "no times at all": (times(iat=None, nbf=None, exp=None), errors.ExpiryError),
    "no end, and issued long ago": (times(iat=-900, nbf=-900, exp=None), errors.ExpiryError),
    "another region": (
        claims(**{AWS_CLAIMS: {**OWN, "source_region": "eu-central-1"}}),
        errors.ClaimError,
    ),
    "no region": (claims(**{AWS_CLAIMS: {"aws_account": "222222222222"}}), errors.ClaimError),
    "a list of regions, this one not among them": (
        claims(**{AWS_CLAIMS: {**OWN, "source_region": ["us-east-1", "eu-central-1"]}}),
        errors.ClaimError,
    ),
    "another account": (
        claims(**{AWS_CLAIMS: {**OWN, "aws_account": "333333333333"}}),
        errors.ClaimError,
    ),
    "none of AWS's claims": (claims(**{AWS_CLAIMS: None}), errors.ClaimError),
    "AWS's claims at another place": (
        claims(**{AWS_CLAIMS: None, "source_region": HOME, "aws_account": "222222222222"}),
        errors.ClaimError,
    ),
    "no algorithm": (forged(lambda good, _: forgery.unsigned(good, "none")), errors.SignatureError),
    "no algorithm, spelt otherwise": (
        forged(lambda good, _: forgery.unsigned(good, "nOnE")),
        errors.SignatureError,
    ),
    "HS256 with the public key as secret": (
        forged(lambda good, key: forgery.signed_with_public_key(good, key.public_pem)),
        errors.SignatureError,
    ),
    "HS256 with the modulus as secret": (
        forged(
            lambda good, key: forgery.signed_with_public_key(
                good, key.private.public_key().public_numbers().n.to_bytes(256, "big")
            )
        ),
        errors.SignatureError,
    ),
    "an algorithm that the issuer does not use, RS512": (
        forged(lambda good, key: forgery.signed_with(good, key, algorithm="RS512")),
        errors.SignatureError,
    ),
    "an algorithm that the issuer does not use, PS256": (
        forged(lambda good, key: forgery.signed_with(good, key, algorithm="PS256")),
        errors.SignatureError,
    ),
    "a stranger's key": (
        forged(lambda good, _: forgery.signed_with(good, STRANGER)),
        errors.SignatureError,
    ),
    "a stranger's key under its own name": (
        forged(lambda good, _: forgery.signed_with(good, STRANGER, kid=STRANGER.id)),
        errors.SignatureError,
    ),
    "a key that is not published": (
        forged(lambda good, _: forgery.signed_with(good, STRANGER, kid="../../keys")),
        errors.SignatureError,
    ),
    "a key that the token brings along": (
        forged(
            lambda good, _: forgery.signed_with(
                good, STRANGER, kid=STRANGER.id, jwk=STRANGER.published
            )
        ),
        errors.SignatureError,
    ),
    "keys where the token says": (
        forged(
            lambda good, _: forgery.signed_with(
                good, STRANGER, kid=STRANGER.id, jku="https://127.0.0.1:9/keys"
            )
        ),
        errors.SignatureError,
    ),
    "claims changed after the signature": (
        forged(lambda good, _: forgery.with_claims(good, exp=4_000_000_000)),
        errors.SignatureError,
    ),
    "no signature": (forged(lambda good, _: good.rpartition(".")[0] + "."), errors.SignatureError),
    "two parts": (forged(lambda good, _: good.rpartition(".")[0]), errors.SignatureError),
    "five parts": (forged(lambda good, _: f"{good}.x.y"), errors.SignatureError),
    "truncated": (forged(lambda good, _: good[:-20]), errors.SignatureError),
    "cut in the middle": (forged(lambda good, _: good[: len(good) // 2]), errors.SignatureError),
    "the signature of another token": (
        forged(
            lambda good, key: (
                good.rpartition(".")[0]
                + "."
                + forgery.signed_with(good, key, kid="x").rpartition(".")[2]
            )
        ),
        errors.SignatureError,
    ),
    "no token": (forged(lambda *_: "not-a-token"), errors.SignatureError),
    "nothing": (forged(lambda *_: ""), errors.SignatureError),
    "oversized, a megabyte": (forged(lambda good, _: good + "A" * 2**20), errors.SignatureError),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_identity_is_refused(
    case: str, clusters: Clusters, agents: Agents, cells: dict[str, Cell]
) -> None:
    """The server refuses the token, once, and the error says what is wrong with it."""
    make, kind = WRONG[case]
    source = Given(make(clusters, agents, cells))
    with agents.agent(cells[HOME], source=source) as agent, pytest.raises(kind) as refused:
        agent.secret("database")
    assert not refused.value.passing
    assert source.asked == 1, "a refused identity is not tried again"


def test_there_are_enough_wrong_identities() -> None:
    """At least thirty kinds are tried."""
    assert len(WRONG) >= 30


@pytest.mark.parametrize("region", ["eu-west-1", "eu-central-1", "europe-west3", "eastus2"])
def test_the_right_identity_is_taken(region: str, agents: Agents, cells: dict[str, Cell]) -> None:
    """An agent of each cloud logs in with its cloud's token and reads its own secret."""
    with agents.agent(cells[region]) as agent:
        assert agent.secret("database")["password"].reveal() == f"of {cells[region].id}"


CLOUDS: dict[str, tuple[str, dict[str, object], type[errors.LoginError]]] = {
    "Google: another service account": ("europe-west3", {"sub": "1"}, errors.SubjectError),
    "Google: an account of the same name, made anew": (
        "europe-west3",
        {"sub": "123456789012345678901"},
        errors.SubjectError,
    ),
    "Google: another address": (
        "europe-west3",
        {"email": "x@acme-research-de.iam.gserviceaccount.com"},
        errors.ClaimError,
    ),
    "Google: no address": ("europe-west3", {"email": None}, errors.ClaimError),
    "Azure: another identity": ("eastus2", {"sub": "00000000-0000"}, errors.SubjectError),
    "Azure: another object": ("eastus2", {"oid": "00000000-0000"}, errors.ClaimError),
    "Azure: another tenant": ("eastus2", {"tid": "00000000-0000"}, errors.ClaimError),
    "Azure: no tenant": ("eastus2", {"tid": None}, errors.ClaimError),
    "Azure: a first-party audience": (
        "eastus2",
        {"aud": "https://management.azure.com/"},
        errors.AudienceError,
    ),
}


@pytest.mark.parametrize("case", CLOUDS)
def test_a_wrong_identity_of_another_cloud_is_refused(
    case: str, clusters: Clusters, agents: Agents, cells: dict[str, Cell]
) -> None:
    """What tells workloads apart on Google Cloud and Azure is checked, too."""
    region, others, kind = CLOUDS[case]
    source = Given(clusters.token(agents.who(cells[region]), **others))
    with agents.agent(cells[region], source=source) as agent, pytest.raises(kind):
        agent.secret("database")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"role": "acme-nobody"}, errors.RoleError),
        ({"role": ""}, errors.RoleError),
        ({"auth": "jwt-333333333333"}, errors.OriginError),
        ({"namespace": "acme-elsewhere"}, errors.RoleError),
    ],
    ids=["another role", "no role", "another account's method", "a namespace that is not"],
)
def test_a_right_identity_at_a_wrong_door_is_refused(
    change: dict[str, str],
    kind: type[errors.LoginError],
    agents: Agents,
    cells: dict[str, Cell],
) -> None:
    """A good token opens its own role in its own place alone."""
    settings = agents.settings(cells[HOME])
    place = replace(settings.cell, **change)  # type: ignore[arg-type]
    with agents.agent(cells[HOME], cell=place) as agent, pytest.raises(kind):
        agent.secret("database")


@pytest.mark.parametrize("region", ["eu-central-1", "europe-west3", "eastus2"])
def test_another_cells_role_is_refused(
    region: str, clusters: Clusters, agents: Agents, cells: dict[str, Cell]
) -> None:
    """An agent that knows all of another cell's settings does not enter that cell."""
    source = Given(clusters.token(agents.who(cells[HOME])))
    with agents.agent(cells[region], source=source) as agent, pytest.raises(errors.LoginError):
        agent.secret("database")


@pytest.mark.parametrize("origin", ["127.0.0.1", "eu-central-1"])
def test_a_login_from_another_network_is_refused(
    origin: str, agents: Agents, cells: dict[str, Cell]
) -> None:
    """The right identity is refused where it comes from outside of its cell's network."""
    address = str(loopback(cells[origin].network)[10]) if origin in cells else origin
    with (
        agents.agent(cells[HOME], source_address=address) as agent,
        pytest.raises(errors.OriginError),
    ):
        agent.secret("database")


def test_a_stolen_login_is_of_no_use_elsewhere(agents: Agents, cells: dict[str, Cell]) -> None:
    """The token of a login, taken to another network or another cell, opens nothing."""
    from agent_studio.identity.connection import Connection

    with agents.agent(cells[HOME]) as agent:
        agent.log_in()
        grant = agent._cell._grant
        assert grant is not None
        stolen = grant.client.token
        place = agent.settings.cell
        address = str(loopback(cells["eu-central-1"].network)[10])
        path = f"/v1/{place.kv}/data/{place.secrets}/database"
        for source, namespace, status in (
            (agent.settings.source_address, place.namespace, 200),
            (address, place.namespace, 403),
            (
                agent.settings.source_address,
                agents.settings(cells["eu-central-1"]).cell.namespace,
                403,
            ),
            (agent.settings.source_address, "", 403),
        ):
            way = Connection(agent.settings.address, agent.settings.authority, source)
            client = way.client(namespace)
            client.token = stolen
            answer = client.adapter.get(path, raise_exception=False)
            assert status == (200 if isinstance(answer, dict) else answer.status_code)
            way.close()


def test_a_huge_token_is_refused_and_the_server_stays(
    agents: Agents, cells: dict[str, Cell]
) -> None:
    """A token above the largest request is refused, and the next agent logs in."""
    source = Given("A" * (40 * 2**20))
    with (
        agents.agent(cells[HOME], source=source, deadline=1.5) as agent,
        pytest.raises(errors.IdentityError),
    ):
        agent.secret("database")
    with agents.agent(cells[HOME]) as agent:
        agent.log_in()


def test_a_key_that_the_issuer_rotates_in_is_taken(
    clusters: Clusters, agents: Agents, cells: dict[str, Cell]
) -> None:
    """After the cloud rotates its key, tokens of the new and of the old key are good."""
    who = agents.who(cells[HOME])
    old = clusters.issuer.key(who.tenant)
    clusters.issuer.rotate(who.tenant)
    for key in (None, old):
        token = clusters.issuer.token(who.tenant, who.token_claims(), key=key)
        with agents.agent(cells[HOME], source=Given(token)) as agent:
            agent.log_in()


def test_a_token_is_as_good_twice_within_its_life(
    clusters: Clusters, agents: Agents, cells: dict[str, Cell]
) -> None:
    """Vault keeps no list of used tokens: audience, network and life alone bound a replay."""
    source = Given(clusters.token(agents.who(cells[HOME])))
    for _ in range(2):
        with agents.agent(cells[HOME], source=source) as agent:
            agent.log_in()
