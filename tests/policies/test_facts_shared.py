"""What holds on every cloud: where addresses lead, whose providers run, what can be read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from policies.breaches.cell import Cell
from policies.breaches.judging import judged
from policies.breaches_gcp import GcpCell

from agent_studio.policies import Stage, builtin
from agent_studio.policies.facts.addresses import addresses
from agent_studio.policies.skips import load_skips

ELSEWHERE = (
    "https://api.github.com@evil.example",
    "https://api.github.com:443@evil.example/x",
    "https://api.github.com\\@evil.example",
    "https://vault.eu.acme.example:8200.evil.example",
    "https://vault.jp.acme.example:8200@evil.example",
    "https://vault.jp.acme.example:82001",
    "HTTPS://EVIL.EXAMPLE",
    "amqps://evil.example",
    '{"description": "https://evil.example"}',
    "[" * 70 + '"https://evil.example"' + "]" * 70,
)


def told_on_aws(text: str) -> Cell:
    """The example cell on AWS, whose agent is told a text."""
    cell = Cell.example()
    cell.environment(cell.part("task"), "EXTRA", text)
    return cell


def told_on_google(text: str) -> Cell:
    """The example cell on Google Cloud, whose agent is told a text."""
    cell = GcpCell.example()
    cell.environ("EXTRA", text)
    return cell


TOLD = pytest.mark.parametrize("told", [told_on_aws, told_on_google], ids=["aws", "gcp"])


@TOLD
@pytest.mark.parametrize("text", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_an_address_leads_where_its_host_is(
    told: Callable[[str], Cell], text: str, tmp_path: Path
) -> None:
    """A host that only begins, or is only dressed up, like a known one is denied."""
    assert judged(told(text), Stage.STATIC, tmp_path).verdict == "deny"


@TOLD
def test_a_declared_host_is_known_in_any_spelling(
    told: Callable[[str], Cell], tmp_path: Path
) -> None:
    """Upper case, the scheme's own port and a path change nothing."""
    verdict = judged(told("https://API.github.com:443/repos"), Stage.STATIC, tmp_path)
    assert verdict.findings == ()


@pytest.mark.parametrize(
    "text", ["https://a@b.example", "https://a%2eb.example", "https://a.example:1,b.example:2"]
)
def test_an_address_that_parsers_may_read_differently_has_no_origin(text: str) -> None:
    """Users, escapes and lists leave the host unclear."""
    assert [one.origin for one in addresses(text)] == [""]


@pytest.mark.parametrize(
    "source", ["evil/aws", "registry.evil.example/hashicorp/aws", "hashicorp/azurerm"]
)
def test_a_provider_from_elsewhere_is_denied(source: str, tmp_path: Path) -> None:
    """Whose code would run as the provider is said by its source."""
    cell = Cell.example()
    cell.stack["terraform"]["required_providers"]["aws"]["source"] = source
    found = {one.control for one in judged(cell, Stage.STATIC, tmp_path).findings}
    assert found == {"studio/undecided"}


@pytest.mark.parametrize("kind", ["action", "check", "ephemeral"])
def test_blocks_that_run_code_beside_resources_are_denied(kind: str, tmp_path: Path) -> None:
    """A check may hold a data source, which is read at the plan."""
    cell = Cell.example()
    cell.stack[kind] = {"x": {"data": {"http": {"y": {"url": "https://evil.example"}}}}}
    found = {one.control for one in judged(cell, Stage.STATIC, tmp_path).findings}
    assert "studio/undecided" in found


def test_a_check_that_does_not_apply_need_not_come_to_a_result() -> None:
    """Where a skip covers it, a check that raises is skipped as one that fails."""
    found = builtin.load().of_stack(
        {
            "resource": {
                "azurerm_container_registry": {
                    "registry": {"zone_redundancy_enabled": True, "georeplications": ["x"]}
                }
            }
        }
    )
    assert "studio/check-crashed" not in {one.control for one in found}
    (raised,) = [one for one in found if one.control == "CKV_AZURE_233"]
    assert any(skip.covers(raised) for skip in load_skips())
