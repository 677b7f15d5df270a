"""What in a root namespace an estate answers for."""

import pytest

from agent_studio.delivery.drift.vault.ownership import Ours, other_estates
from agent_studio.estate.names import vault as names
from agent_studio.estate.scope import Scope


def label(studio: str, stack: str = "cell-aws-eu-west-1-payments-eu") -> str:
    """The name of a stack's place."""
    scope = Scope(studio=studio, stack=stack, account_id="", region="")
    return names.cell(scope, "namespace").label


@pytest.mark.parametrize("stack", ["core", "cell-aws-eu-west-1-payments-eu"])
@pytest.mark.parametrize("other", ["acme-eu", "acme-core", "acme-cell", "acme-cell-aws", "acme-ci"])
def test_an_estate_is_known_by_its_places(other: str, stack: str) -> None:
    """Even one that is called as our own names go on; ours stay ours beside it."""
    theirs, mine = label(other, stack), label("acme", stack)
    found = other_estates("acme", [theirs, mine, f"{mine}/kv", "acme-notes"], {"acme-ci": "jwt"})
    assert found == {other}
    ours = Ours(studio="acme", others=found)
    assert not ours.path(theirs)
    assert not ours.path(f"{theirs}/kv")
    assert not ours.policy(f"{other}-analyst-{theirs}")
    assert ours.path(mine)
    assert ours.path(f"{mine}/kv")
    assert ours.policy("acme-analyst")


def test_an_estate_is_known_by_the_login_of_its_ci() -> None:
    """Only where that is a login for tokens, and none of our own."""
    methods = {
        "acme-eu-ci": "jwt",
        "acme-us-ci": "userpass",
        "acme-ci": "jwt",
        "acme-ci-ci": "jwt",
        "acmes-ci": "jwt",
    }
    assert other_estates("acme", [], methods) == {"acme-eu"}
    assert other_estates("acme-eu", [], methods) == set()


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("acme-cell-x/kv", True),
        ("acme-core-x", True),
        ("acme-pseudonyms-eu-eccb1cbd/transit", True),
        ("acme-ci", True),
        ("acme-kill", True),
        ("acme-notes", False),
        ("acme-cells", False),
        ("acme", False),
        ("acmes-cell-x", False),
        ("kv", False),
    ],
)
def test_a_mount_is_ours_if_its_name_begins_as_computed_ones_do(name: str, is_ours: bool) -> None:
    """Others may begin their names with the estate's, too."""
    assert Ours(studio="acme").path(name) is is_ours
