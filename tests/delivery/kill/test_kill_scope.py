"""What a kill is aimed at, and what is said where there is no such thing."""

from pathlib import Path

import pytest
from delivery.kill.world import ESTATE
from hypothesis import given
from hypothesis import strategies as st

from agent_studio.delivery.kill.scope import Aim, Kind, targets
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.loader import load_estate

ESTATE_READ = load_estate(ESTATE)
WEST, CENTRAL = "aws-eu-west-1-payments-eu", "aws-eu-central-1-payments-eu"
GOOGLE, AZURE = "gcp-europe-west3-research-de", "azure-eastus2-retail-us"


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("cell", WEST, {WEST: ["collector", "analyst"]}),
        ("account", "payments-eu", {WEST: ["collector", "analyst"], CENTRAL: ["analyst"]}),
        ("runtime", "collector", {WEST: ["collector"]}),
        (
            "runtime",
            "analyst",
            {WEST: ["analyst"], CENTRAL: ["analyst"], GOOGLE: ["analyst"], AZURE: ["analyst"]},
        ),
        (
            "all",
            "",
            {
                WEST: ["collector", "analyst"],
                CENTRAL: ["analyst"],
                GOOGLE: ["analyst"],
                AZURE: ["analyst"],
            },
        ),
    ],
)
def test_what_is_meant(kind: Kind, name: str, expected: dict[str, list[str]]) -> None:
    """The cells with those of their runtimes that are meant; all but a runtime's are whole."""
    found = targets(ESTATE_READ, Aim(kind=kind, name=name))
    assert {each.cell.id: [one.name for one in each.runtimes] for each in found} == expected
    assert all(each.whole is (kind != "runtime") for each in found)


@pytest.mark.parametrize(
    ("kind", "name", "line"),
    [
        (
            "runtime",
            "analist",
            "the estate has no cell with such a runtime; found analist; "
            "allowed: analyst, collector; fix: did you mean `analyst`?",
        ),
        (
            "account",
            "platform",
            "the estate has no cell in such an account; found platform; "
            "allowed: payments-eu, research-de, retail-us; fix: name one of these",
        ),
        (
            "cell",
            "",
            "the estate has no such cell; found an empty name; "
            f"allowed: {', '.join(sorted((WEST, CENTRAL, GOOGLE, AZURE)))}; fix: name one of these",
        ),
    ],
)
def test_an_unknown_scope_is_one_line_with_what_is_allowed(
    kind: Kind, name: str, line: str
) -> None:
    """An account without a cell is none to kill, either."""
    with pytest.raises(StudioError) as raised:
        targets(ESTATE_READ, Aim(kind=kind, name=name))
    assert raised.value.line == line
    assert raised.value.exit_code is ExitCode.USAGE


@given(st.sampled_from(["runtime", "cell", "account"]), st.text())
def test_no_name_reaches_beyond_the_estate(kind: Kind, name: str) -> None:
    """Whatever is named, only cells that bear the name are found; a path or pattern is none."""
    known = {
        "runtime": {each.name for cell in ESTATE_READ.cells for each in cell.runtimes},
        "cell": {cell.id for cell in ESTATE_READ.cells},
        "account": {cell.account.name for cell in ESTATE_READ.cells},
    }[kind]
    if name in known:
        return
    with pytest.raises(StudioError) as raised:
        targets(ESTATE_READ, Aim(kind=kind, name=name))
    assert "\n" not in raised.value.line


def test_an_estate_without_cells_has_nothing_to_kill(tmp_path: Path) -> None:
    """Nothing killed is never told as killed."""
    text = ESTATE.read_text()
    path = tmp_path / "regions.yaml"
    path.write_text(text[: text.index("regions:")] + "regions: {}\n")
    with pytest.raises(StudioError, match="the estate has no cell"):
        targets(load_estate(path), Aim(kind="all"))
