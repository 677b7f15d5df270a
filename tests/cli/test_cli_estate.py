"""`studio estate` and `studio region`, as people and machines see them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from support.schemas import published

from agent_studio.cli.main import main, studio
from agent_studio.estate.problems import EstateInvalid

EXAMPLE = Path(__file__).parents[1] / "estate" / "example.yaml"


@pytest.fixture
def estate_file(tmp_path: Path) -> Path:
    """A valid estate file that may be changed."""
    file = tmp_path / "regions.yaml"
    file.write_bytes(EXAMPLE.read_bytes())
    return file


def run(file: Path, *arguments: str) -> Result:
    """Run a command that ends well or with its own exit code."""
    return CliRunner().invoke(studio, ["--estate", str(file), *arguments])


def ended(
    file: Path, *arguments: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str, str]:
    """Run `studio` as the shell does; give exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["studio", "--estate", str(file), *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    out, err = capsys.readouterr()
    return int(caught.value.code or 0), out, err


def test_a_valid_estate_is_told_in_one_line(estate_file: Path) -> None:
    """A valid file gives one line with its size."""
    result = run(estate_file, "estate", "check")
    assert result.exit_code == 0
    assert result.stdout == (
        f"{estate_file}: valid; 4 cells in 2 jurisdictions, 4 accounts, 9 stacks\n"
    )


def test_a_valid_estate_has_no_errors_in_json(estate_file: Path) -> None:
    """Machines read an empty list."""
    result = run(estate_file, "--format", "json", "estate", "check")
    assert published("estate-check", result.stdout) == {"errors": []}


def test_each_problem_is_a_line_on_stderr_and_the_exit_code_is_5(
    estate_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """People read a line for each problem, in order, and nothing else."""
    text = estate_file.read_text().replace("egress:", "egres:").replace("[analyst]", "[analist]")
    estate_file.write_text(text)
    code, out, err = ended(estate_file, "estate", "check", capsys=capsys, monkeypatch=monkeypatch)
    assert (code, out) == (5, "")
    lines = err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{estate_file}:25:5: runtimes.collector.egres: unknown key; ")
    assert lines[1].endswith("fix: did you mean `analyst`?")


def test_problems_in_json_have_their_published_keys(
    estate_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Machines read line, path, value, what is allowed, fix and message of each problem."""
    estate_file.write_text(estate_file.read_text().replace("10.16.16.0/20", "8.8.0.0/20"))
    code, out, _ = ended(
        estate_file, "--format", "json", "estate", "check", capsys=capsys, monkeypatch=monkeypatch
    )
    assert code == 5
    assert published("estate-check", out) == {
        "errors": [
            {
                "line": 51,
                "column": 28,
                "path": "regions.gcp/europe-west3.research-de.network",
                "found": "`8.8.0.0/20`",
                "allowed": "a range within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
                "fix": "pick a free private range; `studio region add` picks one",
                "message": "the network is not private",
            }
        ]
    }


def test_a_missing_file_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an estate file, every command says where it looked."""
    file = tmp_path / "none.yaml"
    code, _, err = ended(file, "estate", "show", capsys=capsys, monkeypatch=monkeypatch)
    assert code == 5
    assert err.startswith(f"{file}:1:1: there is no such file; ")
    assert err.count("\n") == 1


def test_show_lists_cells_and_stacks(estate_file: Path) -> None:
    """Machines read cells and stacks with their published keys; people read the same as tables."""
    shown = published("estate-show", run(estate_file, "--format", "json", "estate", "show").stdout)
    assert shown["cells"][2] == {
        "id": "gcp-europe-west3-research-de",
        "cloud": "gcp",
        "region": "europe-west3",
        "account": "research-de",
        "jurisdiction": "EU",
        "network": "10.16.16.0/20",
        "runtimes": ["analyst"],
        "data_classes": ["internal", "personal"],
        "stack": "cell-gcp-europe-west3-research-de",
    }
    assert shown["stacks"][0] == {"name": "core", "layer": "core"}
    assert len(shown["stacks"]) == 9
    table = run(estate_file, "estate", "show").stdout
    assert "gcp-europe-west3-research-de" in table
    assert "guardrails-retail-us" in table


def test_the_schema_is_printed(estate_file: Path) -> None:
    """The schema goes to stdout, whatever the estate."""
    assert json.loads(run(estate_file, "estate", "schema").stdout)["title"] == "regions.yaml"


def test_the_picture_goes_to_a_file_or_to_stdout(estate_file: Path, tmp_path: Path) -> None:
    """With --out the picture is a file, in folders made for it; without, it is the output."""
    out = tmp_path / "pictures" / "estate.svg"
    result = run(estate_file, "estate", "graph", "--out", str(out))
    assert result.exit_code == 0
    assert ElementTree.fromstring(out.read_text()).tag.endswith("svg")  # noqa: S314 - our own
    assert run(estate_file, "estate", "graph").stdout == out.read_text()


def test_add_edits_the_file_and_names_the_new_stacks(estate_file: Path) -> None:
    """One line says what was added, the network that was picked, and what will be planned."""
    before = estate_file.read_text()
    result = run(estate_file, "region", "add", "eu-west-3", "platform", "--runtime", "keeper")
    assert result.stdout == (
        f"{estate_file}: added platform in aws/eu-west-3 with 10.16.64.0/20; "
        "new: cell-aws-eu-west-3-platform; next: studio plan\n"
    )
    assert estate_file.read_text() == before + (
        "  aws/eu-west-3:\n    platform: {network: 10.16.64.0/20, runtimes: [keeper]}\n"
    )
    result = run(estate_file, "region", "remove", "aws/eu-west-3", "platform")
    assert "no longer declared: cell-aws-eu-west-3-platform" in result.stdout
    assert estate_file.read_text() == before


def test_add_in_json_names_the_stacks(estate_file: Path) -> None:
    """Machines read which stacks appear."""
    result = run(
        estate_file, "--format", "json", "region", "add", "aws/eu-west-3", "platform",
        "--network", "10.99.0.0/24",
    )  # fmt: skip
    assert published("region", result.stdout) == {
        "estate": str(estate_file),
        "stacks": {"added": ["cell-aws-eu-west-3-platform"], "removed": []},
        "home": None,
    }
    result = run(estate_file, "--format", "json", "region", "remove", "aws/eu-west-3", "platform")
    assert published("region", result.stdout)["stacks"] == {
        "added": [],
        "removed": ["cell-aws-eu-west-3-platform"],
    }


def test_nothing_is_written_unless_the_result_is_valid(estate_file: Path) -> None:
    """A change that would break the estate leaves the file byte for byte."""
    before = estate_file.read_bytes()
    for arguments in (
        ("add", "ap-south-1", "platform"),
        ("add", "eu-west-3", "platform", "--network", "10.16.0.0/20"),
        ("add", "eu-west-3", "nobody"),
        ("add", "eu-west-33", "platform"),
        ("add", "eu-west-3", "platform", "--runtime", "none"),
        ("remove", "aws/eu-central-1", "payments-eu"),
    ):
        result = run(estate_file, "region", *arguments)
        assert isinstance(result.exception, EstateInvalid), arguments
        assert estate_file.read_bytes() == before
    assert list(estate_file.parent.iterdir()) == [estate_file]


def test_a_malformed_network_is_a_usage_error(estate_file: Path) -> None:
    """What is no network ends with exit code 2."""
    result = run(estate_file, "region", "add", "eu-west-3", "platform", "--network", "10.1.2.3/20")
    assert result.exit_code == 2
    assert "10.1.2.3/20 has host bits set" in result.stderr


def test_a_cell_that_breaks_the_estate_can_be_removed(estate_file: Path) -> None:
    """Removing the one wrong cell mends the file."""
    text = estate_file.read_text()
    estate_file.write_text(f"{text}  aws/eu-west-3:\n    platform: {{network: 10.16.0.0/20}}\n")
    assert run(estate_file, "region", "remove", "aws/eu-west-3", "platform").exit_code == 0
    assert estate_file.read_text() == text


def test_a_second_region_above_the_first_moves_no_guardrails(estate_file: Path) -> None:
    """The first region is written down as the account's home, so the order decides nothing."""
    text = estate_file.read_text().replace(", home: aws/eu-west-1", "")
    head, _, _ = text.partition("regions:\n")
    estate_file.write_text(
        f"{head}regions:\n"
        "  aws/eu-west-1:\n    platform: {network: 10.16.0.0/20}\n"
        "  aws/eu-central-1:\n    payments-eu: {network: 10.16.16.0/20}\n"
    )
    result = run(estate_file, "--format", "json", "region", "add", "eu-west-1", "payments-eu")
    assert published("region", result.stdout)["home"] == "aws/eu-central-1"
    assert result.stderr == (
        f"{estate_file}: added payments-eu in aws/eu-west-1 with 10.16.32.0/20; its account's "
        "guardrails stay in their home, aws/eu-central-1; new: cell-aws-eu-west-1-payments-eu; "
        "next: studio plan\n"
    )
    assert "enabled_regions: [eu-south-1], home: aws/eu-central-1}" in estate_file.read_text()


def test_permissions_links_and_byte_order_mark_are_kept(estate_file: Path, tmp_path: Path) -> None:
    """The file keeps its mode and mark, and a link to it stays a link."""
    estate_file.write_bytes(b"\xef\xbb\xbf" + estate_file.read_bytes())
    estate_file.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(estate_file)
    assert run(link, "region", "add", "eu-west-3", "platform").exit_code == 0
    assert link.is_symlink()
    assert estate_file.stat().st_mode & 0o777 == 0o640
    assert estate_file.read_bytes().startswith(b"\xef\xbb\xbf# An estate")
    assert b"aws/eu-west-3" in estate_file.read_bytes()


def test_the_check_imports_neither_cdktf_nor_a_cloud_library(estate_file: Path) -> None:
    """The check starts fast: it needs no library of a cloud and no construct."""
    code = (
        "import sys; from agent_studio.cli.main import studio; "
        f"studio(['--estate', {str(estate_file)!r}, 'estate', 'check'], standalone_mode=False); "
        "heavy = {'cdktf', 'jsii', 'boto3', 'botocore', 'checkov', 'rich', 'jinja2', 'networkx'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "[]"
