"""Adding and removing cells in the file itself."""

from ipaddress import IPv4Network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_studio.estate.edit import add_cell, next_network, remove_cell
from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_text
from agent_studio.estate.problems import EstateInvalid

NETWORK = IPv4Network("10.20.0.0/20")


def test_a_new_region_is_an_entry_of_two_lines_at_the_end(example: str) -> None:
    """Every line of the file stays, and two are added below the last region."""
    change = add_cell(
        "f",
        example,
        region="aws/eu-west-3",
        account="platform",
        network=NETWORK,
        runtimes=["keeper"],
    )
    assert change.text == example + (
        "  aws/eu-west-3:\n    platform: {network: 10.20.0.0/20, runtimes: [keeper]}\n"
    )
    assert change.estate.cells[-1].id == "aws-eu-west-3-platform"


def test_an_account_joins_a_region_below_its_last_account(example: str) -> None:
    """An account under a region that is there gets one line, behind a trailing comment too."""
    change = add_cell(
        "f", example, region="aws/eu-central-1", account="platform", network=NETWORK, runtimes=[]
    )
    before, line, after = change.text.partition("    platform: {network: 10.20.0.0/20}\n")
    assert line
    assert before + after == example
    assert before.endswith("# after the move\n")


def test_removing_the_last_account_removes_its_region(example: str) -> None:
    """The region's own line goes with its last account, and nothing else does."""
    change = remove_cell("f", example, region="gcp/europe-west3", account="research-de")
    gone = "  gcp/europe-west3:\n    research-de: {network: 10.16.16.0/20, runtimes: [analyst]}\n"
    assert change.text == example.replace(gone, "")


def test_a_comment_on_its_own_line_stays(example: str) -> None:
    """A comment above an entry belongs to its writer and outlives the entry."""
    text = example.replace(", replicate: {personal: aws/eu-central-1}", "")
    change = remove_cell("f", text, region="aws/eu-west-1", account="payments-eu")
    assert "    # The oldest cell.\n" in change.text
    assert "aws/eu-west-1:" not in change.text


def test_an_emptied_file_can_be_filled_again(example: str) -> None:
    """The last cell leaves `regions: {}`, and a first cell turns it into a block."""
    head = example[: example.index("regions:\n")]
    text = f"{head}regions: {{}}   # none yet\n# the end\n"
    added = add_cell(
        "f", text, region="aws/eu-west-3", account="platform", network=NETWORK, runtimes=[]
    )
    assert added.text == (
        f"{head}regions:   # none yet\n"
        "  aws/eu-west-3:\n    platform: {network: 10.20.0.0/20}\n# the end\n"
    )
    removed = remove_cell("f", added.text, region="aws/eu-west-3", account="platform")
    assert removed.text == text


LAYOUTS = {
    "as it is": lambda text: text,
    "without a last line end": lambda text: text.rstrip("\n"),
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "Windows, without a last line end": lambda text: text.replace("\n", "\r\n").rstrip("\r\n"),
    "comments below": lambda text: f"{text}  # below\n\n# the end\n\n",
    "another key below": lambda text: (
        text[: text.index("runtimes:\n")]
        + text[text.index("accounts:\n") :]
        + "\n# at last\n"
        + text[text.index("runtimes:\n") : text.index("accounts:\n")]
    ),
    "wide indentation": lambda text: (
        text.replace("  aws/", "      aws/")
        .replace("  gcp/", "      gcp/")
        .replace("  azure/", "      azure/")
        .replace("    payments-eu: {n", "          payments-eu: {n")
        .replace("    research-de: {n", "          research-de: {n")
        .replace("    retail-us:   {n", "          retail-us:   {n")
    ),
    "a region in braces": lambda text: text.replace(
        "  gcp/europe-west3:\n    research-de: {network: 10.16.16.0/20, runtimes: [analyst]}",
        "  gcp/europe-west3: { research-de: {network: 10.16.16.0/20, runtimes: [analyst]} }  # x",
    ),
    "a cell over several lines": lambda text: text.replace(
        "{network: 10.16.32.0/20, runtimes: [collector, keeper]}",
        "\n      network: 10.16.32.0/20\n      runtimes:   # two\n"
        "        - collector\n        - keeper  # x",
    ),
    "all regions in braces": lambda text: (
        text[: text.index("regions:\n")]
        + "regions: {aws/eu-west-1: {payments-eu: {network: 10.16.0.0/20}}} # z\n"
    ),
}
PLACES = [
    ("aws/eu-west-3", "platform"),
    ("aws/eu-west-1", "platform"),
    ("gcp/europe-west4", "research-de"),
    ("azure/eastus2", "retail-us"),
    ("azure/centralus", "retail-us"),
    ("aws/eu-central-1", "platform"),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    places=st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True),
    runtimes=st.sampled_from([[], ["collector"]]),
)
def test_add_then_remove_gives_the_original_bytes(
    example: str, layout: str, places: list[tuple[str, str]], runtimes: list[str]
) -> None:
    """Cells that are added and removed again, in reverse, leave no trace, whatever the layout."""
    original = LAYOUTS[layout](_with_homes(example))
    here = {(c.region.key, c.account.name) for c in load_text("f", original).cells}
    places = [p for p in places if p not in here]
    texts = [original]
    for number, (region, account) in enumerate(places):
        network = IPv4Network(f"10.{40 + number}.0.0/20")
        change = add_cell(
            "f", texts[-1], region=region, account=account, network=network, runtimes=runtimes
        )
        assert _comments(change.text) == _comments(original)
        assert (
            set(texts[-1].splitlines()) <= set(change.text.splitlines())
            or "{" in layout
            or "braces" in layout
        )
        texts.append(change.text)
    for region, account in reversed(places):
        change = remove_cell("f", texts.pop(), region=region, account=account)
        assert change.text == texts[-1]
    assert texts == [original]


def _with_homes(text: str) -> str:
    """Each account that a place adds a region to has its home already."""
    homes = {"research": "gcp/europe-west3", "retail": "azure/eastus2"}
    for owner, home in homes.items():
        text = text.replace(f"owner: {owner}}}", f"owner: {owner}, home: {home}}}")
    return text


HOMELESS = [
    ("{cloud: gcp,   id: acme-research-de, owner: research}", "owner: research, home: gcp"),
    (
        "\n    cloud: gcp\n    id: acme-research-de\n    owner: research   # x",
        "   # x\n    home: gcp",
    ),
]


@pytest.mark.parametrize(("entry", "written"), HOMELESS, ids=["in braces", "a block"])
@pytest.mark.parametrize("above", [True, False])
def test_a_region_above_the_others_writes_down_the_home(
    example: str, entry: str, written: str, above: bool
) -> None:
    """The guardrails stay where they are, wherever in the file the second region stands."""
    text = example.replace(HOMELESS[0][0], entry)
    if above:
        text = text.replace("regions:\n", "regions:\n  gcp/europe-west4: {}\n")
    change = add_cell(
        "f", text, region="gcp/europe-west4", account="research-de", network=NETWORK, runtimes=[]
    )
    assert change.home == ("gcp/europe-west3" if above else None)
    assert (f"{written}/europe-west3" in change.text) is above
    before = {stack.name: stack.scope for stack in load_text("f", text).stacks}
    after = {stack.name: stack.scope for stack in change.estate.stacks}
    assert {name: after[name] for name in before} == before
    third = add_cell(
        "f",
        change.text,
        region="gcp/europe-west1",
        account="research-de",
        network=IPv4Network("10.21.0.0/20"),
        runtimes=[],
    )
    assert third.home is None


def test_a_home_outlives_its_last_cell(example: str) -> None:
    """An account that leaves its home region keeps its guardrails there."""
    text = example.replace(", replicate: {personal: aws/eu-central-1}", "")
    change = remove_cell("f", text, region="aws/eu-west-1", account="payments-eu")
    homes = {account.name: account.home.key for account in change.estate.accounts}
    assert homes["payments-eu"] == "aws/eu-west-1"


def _comments(text: str) -> list[str]:
    return [line[line.index("#") :] for line in text.splitlines() if "#" in line]


def test_an_invalid_result_is_refused(example: str) -> None:
    """A cell that would break the estate is told as the check tells it."""
    with pytest.raises(EstateInvalid, match="overlaps") as caught:
        add_cell(
            "f",
            example,
            region="aws/eu-west-3",
            account="platform",
            network=IPv4Network("10.16.0.0/20"),
            runtimes=[],
        )
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("account", ["a: {b", "x\n  y", "'", "platform}, {", "#", "*a", "&a b", ""])
def test_a_hostile_name_never_yields_another_file(example: str, account: str) -> None:
    """Names that are YAML themselves end in an error, never in an edit of something else."""
    with pytest.raises(StudioError):
        add_cell(
            "f", example, region="aws/eu-west-3", account=account, network=NETWORK, runtimes=[]
        )


def test_a_cell_twice_and_a_cell_unknown_are_told(example: str) -> None:
    """Adding what is there, or removing what is not, names the cells that are there."""
    with pytest.raises(
        StudioError, match="`payments-eu` has a cell in aws/eu-west-1 already; found line 47 of f"
    ):
        add_cell(
            "f",
            example,
            region="aws/eu-west-1",
            account="payments-eu",
            network=NETWORK,
            runtimes=[],
        )
    with pytest.raises(StudioError, match="there is no such cell; found aws/eu-west-9 x"):
        remove_cell("f", example, region="aws/eu-west-9", account="x")


def test_a_cell_that_is_an_alias_goes_and_its_anchor_stays(example: str) -> None:
    """Of a cell that is written as an alias, the alias alone is deleted."""
    text = example.replace(
        "payments-eu: {network: 10.16.48", "payments-eu: &cell {network: 10.16.48"
    )
    text = text.replace(
        "research-de: {network: 10.16.16.0/20, runtimes: [analyst]}", "research-de: *cell"
    )
    change = remove_cell("f", text, region="gcp/europe-west3", account="research-de")
    assert change.text == text.replace("  gcp/europe-west3:\n    research-de: *cell\n", "")


def test_an_anchor_in_use_is_not_deleted(example: str) -> None:
    """Removing the cell that an alias names would break the alias: it is refused."""
    text = example.replace("[analyst, keeper]}   #", "&two [analyst, keeper]}   #")
    text = text.replace("runtimes: [analyst]", "runtimes: *two")
    with pytest.raises(EstateInvalid, match="an alias of an anchor that is not declared above"):
        remove_cell("f", text, region="aws/eu-central-1", account="payments-eu")


def test_a_region_that_is_an_alias_is_left_to_its_writer(example: str) -> None:
    """Accounts can't join a region that is written as an alias."""
    text = example.replace("  gcp/europe-west3:", "  gcp/europe-west3: &here")
    text += "  gcp/europe-west4: *here\n"
    with pytest.raises(StudioError, match="`gcp/europe-west4` is written as an alias"):
        add_cell(
            "f",
            text,
            region="gcp/europe-west4",
            account="other",
            network=NETWORK,
            runtimes=[],
        )


@pytest.mark.parametrize(
    ("cells", "taken", "expected"),
    [
        ([], [], "10.16.0.0/20"),
        ([], ["10.16.0.0/20"], "10.16.16.0/20"),
        (["10.16.0.0/20"], [], "10.16.16.0/20"),
        (["10.16.0.0/20", "10.16.32.0/20"], [], "10.16.16.0/20"),
        (["10.16.0.0/20", "10.16.16.0/24", "10.16.32.0/20"], [], "10.16.48.0/20"),
        (["172.31.224.0/20"], [], "172.31.240.0/20"),
        (["172.31.240.0/20"], [], "172.16.0.0/20"),
        (["192.168.0.0/24", "192.168.1.0/24"], [], "192.168.2.0/24"),
    ],
)
def test_the_next_free_network(cells: list[str], taken: list[str], expected: str) -> None:
    """The first gap above the lowest cell, of the usual size, apart from what is taken."""
    found = next_network(map(IPv4Network, cells), map(IPv4Network, taken))
    assert found == IPv4Network(expected)


def test_no_free_network_is_told() -> None:
    """A full private range asks for a network by name."""
    with pytest.raises(StudioError, match="no free network is left") as caught:
        next_network([IPv4Network("192.168.0.0/16")], [])
    assert caught.value.fix == "name one with --network, as /16"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4095), st.integers(16, 24)), max_size=30))
def test_the_next_free_network_overlaps_none(blocks: list[tuple[int, int]]) -> None:
    """Whatever ranges are in use, the one that is picked is private and free."""
    cells = [IPv4Network((0x0A100000 + block * 4096, size), strict=False) for block, size in blocks]
    found = next_network(cells, [IPv4Network("10.0.0.0/20")])
    assert not any(found.overlaps(cell) for cell in cells)
    assert found.subnet_of(IPv4Network("10.0.0.0/8"))
