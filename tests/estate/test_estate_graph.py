"""The picture of an estate."""

import re
from dataclasses import replace
from xml.etree import ElementTree

from agent_studio.estate.graph import draw
from agent_studio.estate.graph.flows import areas, beyond_cell, beyond_jurisdiction, crossing
from agent_studio.estate.loader import load_text
from agent_studio.estate.model import Estate

SVG = "{http://www.w3.org/2000/svg}"


def _texts(picture: str) -> list[str]:
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own text
    return ["".join(t for t in e.itertext()) for e in root.iter(f"{SVG}text")]


def test_the_picture_names_jurisdictions_cells_and_the_core(estate: Estate) -> None:
    """Every cell, jurisdiction, network and runtime can be read in it."""
    texts = _texts(draw(estate))
    for word in (
        "Estate acme",
        "4 cells, 2 jurisdictions, 4 accounts",
        "Core",
        "EU",
        "US",
        "eu-west-1 \u00b7 Dublin",
        "10.16.16.0/20",
        "research-de",
        "keeper",
        "asks bedrock/eu.anthropic.claude-sonnet-4-5",
        "reaches api.github.com",
        "keeps a copy of personal in eu-central-1",
    ):
        assert word in texts


def test_a_cell_shows_the_models_of_its_own_cloud_alone(estate: Estate) -> None:
    """The model of Google Cloud is asked in its one cell, not in the cells of AWS."""
    assert _texts(draw(estate)).count("asks vertex/europe-west3/gemini-2.5-pro") == 1


def test_flows_follow_residency(estate: Estate) -> None:
    """Strict classes stay, others cross as their rule says."""
    rules = {c.name: (beyond_cell(c), beyond_jurisdiction(c)) for c in estate.data_classes}
    assert rules == {
        "public": ("free", "free"),
        "internal": ("free", "never"),
        "personal": ("free", "deidentified"),
        "restricted": ("never", "never"),
    }
    assert [c.name for c in crossing(estate)] == ["public", "personal"]
    assert {a.name: [c.name for c in a.shared] for a in areas(estate)} == {
        "EU": ["public", "internal", "personal"],
        "US": ["public", "internal"],
    }


def test_what_may_cross_a_border_is_written_on_the_lane(estate: Estate) -> None:
    """The data lane carries the classes that may leave a jurisdiction."""
    assert "personal, de-identified" in _texts(draw(estate))


def test_one_jurisdiction_has_no_border(estate: Estate) -> None:
    """Where there is one jurisdiction, no data lane is drawn between any."""
    alone = replace(estate, cells=estate.cells[:1])
    assert "personal, de-identified" not in _texts(draw(alone))
    assert "1 cell, 1 jurisdiction, 4 accounts" in _texts(draw(alone))


def test_an_estate_without_cells_is_drawn(estate: Estate) -> None:
    """The core alone makes a picture too."""
    assert "Core" in _texts(draw(replace(estate, cells=())))


def test_text_is_escaped(estate: Estate) -> None:
    """Nothing in the estate can become markup."""
    hostile = '</text><script>alert("1")</script>&'
    spec = estate.spec.model_copy(
        update={"core": estate.spec.core.model_copy(update={"domain": hostile})}
    )
    picture = draw(replace(estate, spec=spec, studio=hostile))
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own text
    assert not list(root.iter(f"{SVG}script"))
    assert f"Estate {hostile}" in _texts(picture)


def test_boxes_stay_on_the_page_and_cards_apart(example: str) -> None:
    """Cards of a large estate overlap neither each other nor the edge of the page."""
    head, _, _ = example.partition("regions:\n")
    accounts = "".join(
        f"  team-{i:02}: {{cloud: aws, id: '{600000000000 + i}', owner: t}}\n" for i in range(30)
    )
    places = [
        "aws/eu-west-1",
        "aws/us-east-1",
        "aws/eu-central-1",
        "aws/us-west-2",
        "aws/eu-north-1",
    ]
    regions = "".join(
        f"  {place}:\n"
        + "".join(
            f"    team-{i:02}: {{network: 10.{100 + i}.0.0/16, runtimes: [collector]}}\n"
            for i in range(30)
            if i % len(places) == number
        )
        for number, place in enumerate(places)
    )
    text = head.replace("accounts:\n", f"accounts:\n{accounts}") + f"regions:\n{regions}"
    picture = draw(load_text("f", text))
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own text
    page = (float(root.attrib["width"]), float(root.attrib["height"]))
    boxes = [
        tuple(float(r.attrib[k]) for k in ("x", "y", "width", "height"))
        for r in root.iter(f"{SVG}rect")
    ]
    assert all(x >= 0 and y >= 0 and x + w <= page[0] and y + h <= page[1] for x, y, w, h in boxes)
    cards = [b for b in boxes if b[2] == 344.0]
    assert len(cards) == 30
    for i, (x, y, w, h) in enumerate(cards):
        for other_x, other_y, other_w, other_h in cards[i + 1 :]:
            assert (
                x + w <= other_x
                or other_x + other_w <= x
                or y + h <= other_y
                or other_y + other_h <= y
            )


def test_long_names_are_cut_and_kept_in_a_tooltip(example: str) -> None:
    """A name that has no room is cut on the picture and whole in its tooltip."""
    name = "a-very-long-account-name-here-xx"
    picture = draw(load_text("f", re.sub(r"\bpayments-eu\b", name, example)))
    assert f"<title>{name}</title>" in picture
