"""The tables and the page that a rehearsal ends with."""

import io
from pathlib import Path

from rich.console import Console

from agent_studio.rehearsal.outcome import Drifted, Outcome, StackRow, Step
from agent_studio.rehearsal.report import render, write_report
from agent_studio.rehearsal.tables import show


def _outcome(*, status: str = "passed") -> Outcome:
    outcome = Outcome(estate="<b>regions.yaml</b>", seconds=200.0)
    outcome.steps = [
        Step("apply", "passed", 61.5, "2 stacks applied"),
        Step("second plan", status, 9.0, "empty everywhere", Path("logs/second-plan.log")),  # type: ignore[arg-type]
    ]
    outcome.stacks["core"] = StackRow(
        name="core", layer="core", resources=170, applied="applied", apply_seconds=61.0, drift="0"
    )
    outcome.tampered = {"core: aws_s3_bucket_versioning.x": "relabelled"}
    outcome.drifted = [
        Drifted("core", "aws_s3_bucket_versioning.x", "changed", "high", ["status"], True),
        Drifted("core", "aws_sqs_queue.y", "changed", "low", ["tags"], False),
    ]
    return outcome


def test_the_page_escapes_what_it_shows() -> None:
    """Names from the estate cannot become markup of the page."""
    page = render(_outcome())
    assert "&lt;b&gt;regions.yaml&lt;/b&gt;" in page
    assert "<b>regions.yaml" not in page


def test_the_page_needs_no_network() -> None:
    """The page loads nothing from anywhere: no script, no link, no image."""
    page = render(_outcome())
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    assert "<link" not in page


def test_a_failed_step_is_marked_and_names_its_log(tmp_path: Path) -> None:
    """One failed step makes the whole rehearsal failed, on the page too."""
    outcome = _outcome(status="failed")
    write_report(outcome, tmp_path / "new" / "report.html")
    page = (tmp_path / "new" / "report.html").read_text()
    assert not outcome.passed
    assert "logs/second-plan.log" in page
    assert '<span class="badge bad">failed</span>' in page


def test_the_tables_say_what_was_expected() -> None:
    """Drift that nobody caused stands out beside the drift that was expected."""
    buffer = io.StringIO()
    show(_outcome(), Console(file=buffer, width=160))
    text = buffer.getvalue()
    assert "rehearsal passed in 200 s" in text
    lines = [line for line in text.splitlines() if "aws_sqs_queue.y" in line]
    assert "NO" in lines[0]


def test_the_json_says_everything() -> None:
    """`--format json` carries steps, stacks, drift and the verdict."""
    data = _outcome().as_json()
    assert data["passed"] is True
    assert [step["name"] for step in data["steps"]] == ["apply", "second plan"]
    assert data["stacks"][0]["resources"] == 170
    assert [one["expected"] for one in data["drift"]] == [True, False]
