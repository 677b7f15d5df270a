"""Names in Vault: computed, within one alphabet, and never two of one kind alike."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_studio.estate.names import vault
from agent_studio.estate.scope import Scope

LABEL = r"[a-z](?:[a-z0-9]|-(?!-))*[a-z0-9]"
PATH = rf"{LABEL}(?:/{LABEL})*"
RESERVED = {"root", "sys", "audit", "auth", "cubbyhole", "identity"}
"""Names that no namespace may have (Vault documentation, "Namespace naming restrictions")."""


def words(longest: int) -> st.SearchStrategy[str]:
    """Give names as `regions.yaml` takes them."""
    return st.text(alphabet="abz019-", min_size=1, max_size=longest - 2).map(
        lambda t: "a" + "-".join(part for part in t.split("-") if part) + "z"
    )


SCOPES = st.builds(
    lambda studio, account, id_: Scope(
        studio=studio, stack=f"cell-aws-eu-west-1-{account}", account_id=id_, region="eu-west-1"
    ),
    words(16) | st.just("root"),
    words(32),
    st.from_regex(r"[0-9]{12}", fullmatch=True),
)
ISOLATIONS: list[vault.Isolation] = ["namespace", "prefix"]
PURPOSES: list[vault.CiPurpose] = ["plan", "apply"]


@pytest.mark.parametrize("isolation", ISOLATIONS)
@given(scope=SCOPES, purpose=words(40))
def test_names_keep_one_alphabet(isolation: vault.Isolation, scope: Scope, purpose: str) -> None:
    """However long its parts, a name is lower case, in one piece, and not reserved."""
    place = vault.cell(scope, isolation)
    assert re.fullmatch(LABEL, place.label)
    assert place.label not in RESERVED
    for name in (vault.role(scope, purpose), vault.policy(scope, purpose, place)):
        assert re.fullmatch(LABEL, name)
        assert len(name) <= 96
        assert name not in ("root", "default")
    for path in (vault.kv_mount(place), vault.transit_mount(place), vault.auth_mount(scope, place)):
        assert re.fullmatch(PATH, path)


@pytest.mark.parametrize("isolation", ISOLATIONS)
@given(one=SCOPES, other=SCOPES, purposes=st.tuples(words(40), words(40)))
def test_no_two_cells_or_runtimes_share_a_name(
    isolation: vault.Isolation, one: Scope, other: Scope, purposes: tuple[str, str]
) -> None:
    """Two cells have two places, roles, policies and audiences."""
    cells = {(scope.studio, scope.stack) for scope in (one, other)}
    places = [vault.cell(scope, isolation) for scope in (one, other)]
    assert len({place.label for place in places}) == len(cells)
    assert len({vault.audience(scope) for scope in (one, other)}) == len(cells)
    pairs = {
        (scope.studio, scope.stack, purpose)
        for scope, purpose in zip((one, other), purposes, strict=True)
    }
    assert len(
        {vault.role(scope, purpose) for scope, purpose in zip((one, other), purposes, strict=True)}
    ) == len(pairs)


@given(scope=SCOPES, purpose=words(40))
def test_a_policy_of_the_shared_place_is_another(scope: Scope, purpose: str) -> None:
    """Where places are prefixes, a runtime's two policies lie side by side."""
    own = vault.cell(scope, "prefix")
    shared = vault.shared(scope.studio, "EU", "prefix")
    assert vault.policy(scope, purpose, own) != vault.policy(scope, purpose, shared)


def test_names_are_pinned() -> None:
    """A name that changes would make cells lose their secrets, so these never do."""
    scope = Scope(
        studio="acme",
        stack="cell-aws-eu-west-1-payments-eu",
        account_id="222222222222",
        region="eu-west-1",
    )
    place, prefixed = vault.cell(scope, "namespace"), vault.cell(scope, "prefix")
    label = "acme-cell-aws-eu-west-1-payments-eu-2d78630e"
    assert (place.namespace, place.prefix) == (label, "")
    assert (prefixed.namespace, prefixed.prefix) == ("", f"{label}/")
    assert vault.kv_mount(place) == "kv"
    assert vault.kv_mount(prefixed) == f"{label}/kv"
    assert vault.transit_mount(prefixed) == f"{label}/transit"
    login = "jwt-cell-aws-eu-west-1-payments-eu-4a80bdd7"
    assert vault.auth_mount(scope, place) == login
    assert vault.auth_mount(scope, prefixed) == f"{label}/{login}"
    assert vault.role(scope, "analyst") == "acme-analyst-cell-aws-eu-west-1-payments-eu-176959d8"
    assert vault.secrets("analyst") == "runtimes/analyst"
    assert vault.class_key("personal") == "class-personal"
    assert vault.audience(scope) == f"vault://{label}"
    assert vault.audience(scope, tenant="t") == f"api://t/{label}"
    assert vault.shared("acme", "EU", "namespace").label == "acme-pseudonyms-eu-eccb1cbd"
    assert vault.ci_mount("acme") == "acme-ci"
    assert [vault.ci_role("acme", purpose) for purpose in PURPOSES] == ["plan", "apply"]
    assert [vault.ci_policy("acme", purpose) for purpose in PURPOSES] == [
        "acme-ci-plan",
        "acme-ci-apply",
    ]
    assert vault.ci_audience("acme") == "vault://acme"
    assert vault.kill_policy("acme") == "acme-kill"
    assert vault.drift_policy("acme") == "acme-drift"


@given(scope=SCOPES, purpose=words(40))
def test_no_name_of_a_place_is_one_of_the_estates_own(scope: Scope, purpose: str) -> None:
    """Whatever a runtime is called, its policy and place are not those of CI or of a kill."""
    studio = scope.studio
    kept = {
        vault.ci_mount(studio),
        vault.ci_audience(studio),
        vault.kill_policy(studio),
        vault.drift_policy(studio),
        *(vault.ci_policy(studio, each) for each in PURPOSES),
    }
    for isolation in ISOLATIONS:
        place = vault.cell(scope, isolation)
        found = {place.label, vault.policy(scope, purpose, place), vault.audience(scope)}
        assert not found & kept
