"""Reports of a verdict: what they tell, and that no text of the input gets out of its place."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, FormatChecker
from markdown_it import MarkdownIt

from agent_studio.estate.errors import printable
from agent_studio.policies import Finding, Severity, Stage, Verdict
from agent_studio.policies.controls import load_controls
from agent_studio.policies.model import ExceptionEntry, decided
from agent_studio.policies.reports import KINDS, Report, render
from agent_studio.policies.reports.markdown import LONGEST, MARK, cell

SCHEMA = json.loads(
    (Path(__file__).parent / "fixtures" / "sarif" / "sarif-schema-2.1.0.json").read_text()
)
ROOT = Path("/repository")
ENTRY = ExceptionEntry(
    id="EX-1",
    control="CKV_AWS_18",
    resource="cell-a/*",
    owner="payments",
    approver="security",
    reason="The log bucket moves next month",
    compensating="CloudTrail data events",
    expires=date(2026, 12, 31),
    source="policies/exceptions.yaml:12",
)


def finding(**fields: Any) -> Finding:
    """A finding that denies."""
    return Finding(
        **{
            "control": "studio/data-bearing-destroyed",
            "severity": Severity.CRITICAL,
            "stack": "cell-a",
            "address": 'aws_s3_bucket.store["a|b"]',
            "construct": "cell-a/store/bucket",
            "source": "/repository/constructs/aws/store.py:42",
            "message": "the plan destroys it",
            "fix": "keep it",
            "frameworks": {"NIST 800-53": ("CP-9", "SC-28")},
            **fields,
        }
    )


FINDINGS = (
    finding(),
    finding(
        control="CKV_AWS_18",
        severity=Severity.MEDIUM,
        message="Ensure the S3 bucket has access logging enabled",
        exception="EX-1",
        source=".studio/synth/stacks/cell-a/cdk.tf.json:7",
    ),
    finding(
        control="studio/exception-unused",
        severity=Severity.LOW,
        stack="",
        address="",
        construct=None,
        source="policies/exceptions.yaml:3",
        message="the exception EX-2 for CKV_AWS_7 on core/* matches no finding",
        frameworks={},
    ),
)


def report(*findings: Finding, used: tuple[ExceptionEntry, ...] = (ENTRY,)) -> Report:
    """A report about two stacks with findings."""
    return Report(
        verdict=Verdict(
            verdict=decided(findings),
            findings=findings,
            stages={"cell-a": Stage.PLAN, "core": Stage.STATIC},
            exceptions=tuple(
                entry for entry in used if any(f.exception == entry.id for f in findings)
            ),
        ),
        controls=load_controls(),
        version="0.1.0",
        root=ROOT,
        made=datetime(2026, 11, 23, 12, tzinfo=UTC),
    )


def sarif(*findings: Finding) -> dict[str, Any]:
    """The one run of a SARIF report, valid against the official schema."""
    log = json.loads(render("sarif", report(*findings)))
    Draft4Validator(SCHEMA, format_checker=FormatChecker()).validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def test_an_unknown_kind_is_refused() -> None:
    """Only the kinds of the table are made."""
    with pytest.raises(ValueError, match="pdf"):
        render("pdf", report())


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_verdict_gives_the_same_text(kind: str) -> None:
    """A report is a function of the verdict, with or without findings."""
    for findings in ((), FINDINGS):
        assert render(kind, report(*findings)) == render(kind, report(*findings))


# SARIF


def test_sarif_tells_of_rules_with_help() -> None:
    """Every control is a rule with its help, level and score; built-in checks found are too."""
    rules = {rule["id"]: rule for rule in sarif(*FINDINGS)["tool"]["driver"]["rules"]}
    assert set(load_controls().by_id) | {"CKV_AWS_18"} == set(rules)
    rule = rules["studio/data-bearing-destroyed"]
    assert rule["defaultConfiguration"]["level"] == "error"
    assert rule["properties"]["security-severity"] == "9.5"
    assert "Keep the resource" in rule["help"]["text"]
    assert "NIST 800-53: CP-9, SC-28, SI-12" in rule["help"]["text"]
    assert rules["CKV_AWS_18"]["shortDescription"]["text"] == FINDINGS[1].message
    assert rules["CKV_AWS_18"]["defaultConfiguration"]["level"] == "warning"


def test_sarif_results_name_their_rule_and_place() -> None:
    """A result points at its rule, at the source below the root, and at construct and address."""
    run = sarif(*FINDINGS)
    first = run["results"][0]
    rule = run["tool"]["driver"]["rules"][first["ruleIndex"]]
    assert first["ruleId"] == rule["id"] == "studio/data-bearing-destroyed"
    assert first["message"]["text"] == "the plan destroys it. Fix: keep it"
    (location,) = first["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "constructs/aws/store.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 42},
    }
    assert [one["fullyQualifiedName"] for one in location["logicalLocations"]] == [
        "cell-a/store/bucket",
        'cell-a/aws_s3_bucket.store["a|b"]',
    ]
    assert "%SRCROOT%" in run["originalUriBaseIds"]
    assert run["properties"]["verdict"] == "deny"


@pytest.mark.parametrize(
    ("source", "artifact", "line"),
    [
        ("a b/ü.py:3", {"uri": "a%20b/%C3%BC.py", "uriBaseId": "%SRCROOT%"}, 3),
        ("/elsewhere/x.py:3", {"uri": "file:///elsewhere/x.py"}, 3),
        ("../x.py:3", {"uri": "file:///x.py"}, 3),
        ("x.py", {"uri": "x.py", "uriBaseId": "%SRCROOT%"}, None),
        ("x.py:0", {"uri": "x.py%3A0", "uriBaseId": "%SRCROOT%"}, None),
        ("x.py:²", {"uri": "x.py%3A%C2%B2", "uriBaseId": "%SRCROOT%"}, None),
    ],
)
def test_sarif_places_are_uris(source: str, artifact: dict[str, str], line: int | None) -> None:
    """Paths below the root are relative, others are not, and each is a valid URI."""
    (result,) = sarif(finding(source=source))["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == artifact
    assert physical.get("region", {}).get("startLine") == line


def test_sarif_exceptions_are_suppressions() -> None:
    """A finding that passes is suppressed, with who, why and until when; no other is."""
    results = sarif(*FINDINGS)["results"]
    assert [bool(result["suppressions"]) for result in results] == [False, True, False]
    (suppression,) = results[1]["suppressions"]
    assert suppression == {
        "kind": "external",
        "status": "accepted",
        "justification": "EX-1: The log bucket moves next month. Compensating control: CloudTrail "
        "data events. Owner payments, approver security, expires 2026-12-31.",
    }


def test_sarif_fingerprints_hold_when_lines_move() -> None:
    """A fingerprint depends on control, stack and address; two alike findings still differ."""

    def prints(*findings: Finding) -> list[str]:
        return [
            value
            for result in sarif(*findings)["results"]
            for value in result["partialFingerprints"].values()
        ]

    (first,) = prints(finding())
    assert prints(finding(source="/repository/constructs/aws/store.py:99")) == [first]
    assert prints(finding(message="it expired")) == [first]
    assert prints(finding(stack="core")) != [first]
    assert len(set(prints(finding(), finding(message="another")))) == 2


# JUnit


def junit(*findings: Finding) -> Xml.Element:
    """The JUnit report as a tree."""
    return Xml.fromstring(render("junit", report(*findings)))  # noqa: S314 - our own text


def cases_of(suite: Xml.Element) -> dict[str, Xml.Element]:
    """The cases of a suite by the id of their control."""
    return {str(case.get("name")).split(":")[0]: case for case in suite}


def test_junit_has_a_suite_for_each_stack_and_a_case_for_each_control() -> None:
    """A control with findings is one failed case, one excepted is skipped, all others passed."""
    tree = junit(*FINDINGS, finding(address="aws_s3_bucket.other", message="it goes too"))
    suites = {suite.get("name"): suite for suite in tree}
    assert list(suites) == ["cell-a", "core", "exceptions"]
    cases = cases_of(suites["cell-a"])
    assert len(cases) == len(suites["cell-a"])
    told = {name for name, case in cases.items() if len(case)}
    assert told == {"studio/data-bearing-destroyed", "CKV_AWS_18"}
    failed, skipped = cases["studio/data-bearing-destroyed"], cases["CKV_AWS_18"]
    assert failed.get("name") == (
        "studio/data-bearing-destroyed: "
        "A plan destroys, replaces or forgets no resource that holds data"
    )
    assert (failed.get("file"), failed.get("line")) == ("constructs/aws/store.py", "42")
    failure = failed.find("failure")
    assert failure is not None
    assert (failure.get("message"), failure.get("type")) == (
        "the plan destroys it (and 1 more)",
        "critical",
    )
    text = str(failure.text)
    assert 'aws_s3_bucket.store["a|b"] the plan destroys it\n' in text
    assert "aws_s3_bucket.other it goes too\n" in text
    assert text.count("fix: keep it") == 2
    mark = skipped.find("skipped")
    assert mark is not None
    assert str(mark.get("message")).startswith("passes by exception EX-1: Ensure")
    (advice,) = suites["exceptions"]
    assert advice.find("skipped") is not None


def test_junit_counts_what_it_lists() -> None:
    """The totals are those of the cases, for each suite and for all."""
    tree = junit(*FINDINGS)
    for part in (tree, *tree):
        cases = list(part.iter("testcase"))
        assert {name: int(str(part.get(name))) for name in ("tests", "failures", "skipped")} == {
            "tests": len(cases),
            "failures": sum(case.find("failure") is not None for case in cases),
            "skipped": sum(case.find("skipped") is not None for case in cases),
        }
    assert (tree.get("failures"), tree.get("skipped"), tree.get("errors")) == ("1", "2", "0")


def test_junit_says_of_nothing_that_was_not_judged_that_it_passed() -> None:
    """What only a plan can fail has no case without one; nor has anything of an unread stack."""
    suites = {str(suite.get("name")): cases_of(suite) for suite in junit(*FINDINGS)}
    both = suites["cell-a"].keys() & suites["core"].keys()
    assert {"studio/residency-store", "CKV_STUDIO_3", "CKV_AWS_7"} <= both
    assert suites["core"].keys() - both == {"CKV_STUDIO_13"}
    assert suites["cell-a"].keys() - both == {
        "CKV_STUDIO_14",
        "studio/data-protection-weakened",
        "studio/plan-foreign",
        "studio/plan-unbound",
        "studio/plan-unfinished",
        "studio/plan-unreadable",
    }
    (unread, _) = junit(finding(control="studio/plan-unreadable"))
    assert set(cases_of(unread)) == {"studio/plan-unreadable"}


def test_a_control_that_fails_and_is_excepted_elsewhere_fails() -> None:
    """One case lists both findings, and says of the one by which exception it passes."""
    two = (
        finding(control="CKV_AWS_18", exception="EX-1", message="excepted"),
        finding(control="CKV_AWS_18", message="denies"),
    )
    (suite, _) = junit(*two)
    failure = cases_of(suite)["CKV_AWS_18"].find("failure")
    assert failure is not None
    assert failure.get("message") == "denies"
    assert "excepted\npasses by exception: EX-1\n" in str(failure.text)


# Markdown


def table_of(text: str, title: str) -> list[list[str]]:
    """The cells of one table of a Markdown page, as a reader of it shows them."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    part = html.split(f"<h3>{title}</h3>")[1].split("</table>")[0]
    rows = [row.split("</tr>")[0] for row in part.split("<tr>")[2:]]
    return [re.findall(r"<td>(.*?)</td>", row, re.S) for row in rows]


def test_markdown_starts_with_the_summary() -> None:
    """The first lines say what was decided; a mark lets a job find its comment again."""
    lines = render("markdown", report(*FINDINGS)).splitlines()
    assert lines[:4] == [
        MARK,
        "## Gate: denied",
        "",
        "2 stacks judged, 1 denied; 3 findings, 1 of them blocking, 1 passed by 1 exception.",
    ]
    assert render("markdown", report()).splitlines()[1:4] == [
        "## Gate: allowed",
        "",
        "2 stacks judged, 0 denied; 0 findings, 0 of them blocking.",
    ]


def test_markdown_has_tables_of_stacks_findings_and_exceptions() -> None:
    """Each table has its rows, those that deny first."""
    text = render("markdown", report(*reversed(FINDINGS)))
    assert [row[:2] for row in table_of(text, "Stacks")] == [
        ["cell-a", "<strong>denied</strong>"],
        ["core", "allowed"],
    ]
    found = table_of(text, "Findings")
    assert [row[0] for row in found] == [
        "<strong>critical</strong>",
        "low",
        "medium, passes by EX-1",
    ]
    assert found[0][2] == "cell-a/aws_s3_bucket.store[&quot;a|b&quot;]"
    assert found[0][5] == "constructs/aws/store.py:42"
    (used,) = table_of(text, "Exceptions used")
    assert used[3:6] == ["payments", "security", "2026-12-31"]


def test_markdown_stays_within_githubs_bound() -> None:
    """However much is found, the text is bounded and says how much it leaves out."""
    many = tuple(
        finding(address=f"aws_s3_bucket.b{number}", message="@" * 5000) for number in range(2000)
    )
    stacks = {f"cell-{number:05}": Stage.PLAN for number in range(5000)}
    used = tuple(replace(ENTRY, id=f"EX-{number}", reason="*" * 2000) for number in range(200))
    passing = tuple(finding(exception=entry.id) for entry in used)
    big = report(*many, *passing, used=used)
    big = replace(big, verdict=replace(big.verdict, stages=stacks))
    text = render("markdown", big)
    assert len(text) <= LONGEST
    left_out = re.findall(r"([\d,]+) more: they stand in the other reports", text)
    assert len(left_out) == 3


# HTML


class Page(HTMLParser):
    """Collects the tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.attributes += [f"{name}={value}" for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.words.append(data)


def page(*findings: Finding) -> Page:
    """The HTML report, parsed."""
    parser = Page()
    parser.feed(render("html", report(*findings)))
    parser.close()
    return parser


def test_the_page_tells_an_auditor_everything() -> None:
    """Verdict, stacks, exceptions with owner, approver and expiry, and frameworks are there."""
    text = " ".join(" ".join(page(*FINDINGS).words).split())
    for said in (
        "denied",
        "2026-11-23 12:00 UTC",
        "cell-a",
        "core",
        "its synthesized form",
        "EX-1",
        "payments",
        "security",
        "2026-12-31",
        "The log bucket moves next month",
        "CloudTrail data events",
        "NIST 800-53",
        "SC-28",
        "passes by EX-1",
        "denies nothing",
        "constructs/aws/store.py:42",
        "A plan destroys, replaces or forgets no resource that holds data",
    ):
        assert said in text, said


def test_the_page_stands_alone() -> None:
    """The page loads nothing and runs nothing."""
    parser = page(*FINDINGS)
    assert not {"script", "link", "img", "iframe", "object"} & set(parser.tags)
    assert not [one for one in parser.attributes if one.startswith(("src=", "href="))]


# Hostile text

HOSTILE = st.one_of(
    st.text(max_size=30),
    st.text(alphabet=st.characters(), max_size=12),
    st.sampled_from(
        [
            "]]>",
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "a | b | c\n| d |",
            "[x](https://evil.example)",
            "![x](https://evil.example/p.png)",
            "<!-- -->",
            "&lt;b&gt; &#124;",
            "`code` **bold** ~~gone~~ $x^2$ :tada:",
            "@octocat closes #1 www.evil.example a@b.example",
            "\x00\x08\x1b[31m\x7f\x85\u2028\ufffe\ud800\u202e",
            "{{ 7*7 }}{% raw %}",
            "\\|",
        ]
    ),
)


@st.composite
def hostile(draw: st.DrawFn) -> Finding:
    """A finding whose every text is hostile."""
    return finding(
        control=draw(HOSTILE),
        stack="cell-a",
        severity=draw(st.sampled_from(Severity)),
        address=draw(HOSTILE),
        construct=draw(st.none() | HOSTILE),
        source=draw(st.none() | HOSTILE.map(lambda text: f"{text}:3")),
        message=draw(HOSTILE),
        fix=draw(HOSTILE),
        frameworks={draw(HOSTILE): (draw(HOSTILE),)},
        exception=draw(st.sampled_from([None, "EX-1"])),
    )


@settings(deadline=None, max_examples=60)
@given(hostile())
def test_hostile_text_stays_in_sarif(one: Finding) -> None:
    """Whatever stands in a finding, the log is valid, and is text that any file takes."""
    (result,) = sarif(one)["results"]
    assert result["ruleId"] == printable(one.control)
    assert result["message"]["text"] == f"{printable(one.message)}. Fix: {printable(one.fix)}"
    render("sarif", report(one)).encode()


@settings(deadline=None)
@given(hostile())
def test_hostile_text_stays_in_junit(one: Finding) -> None:
    """Whatever stands in a finding, the XML is well formed and says it as one value."""
    tree = junit(one)
    (told,) = tree.iter("failure" if one.blocks else "skipped")
    assert str(told.get("message")).endswith(printable(one.message))
    assert len(tree) == 2
    render("junit", report(one)).encode()


@settings(deadline=None)
@given(hostile())
def test_hostile_text_stays_in_its_cell(one: Finding) -> None:
    """Whatever stands in a finding, its row has six cells that show it and mean nothing."""
    text = render("markdown", report(one))
    text.encode()
    (row,) = table_of(text, "Findings")
    assert len(row) == 6
    # `<!-- -->` is ours, everything else of HTML or Markdown would show as a tag.
    shown = [re.sub(r"&#\d+;|<!-- -->", "", part) for part in row[1:]]
    assert not [part for part in shown if "<" in part]
    # The shown message, with what the reader escapes for HTML turned back.
    from html import unescape

    assert unescape(row[3].replace("<!-- -->", "")) == printable(one.message)


@given(HOSTILE)
def test_a_cell_holds_no_character_of_markdown(text: str) -> None:
    """A cell is made of plain characters, entities and the mark that ends a text."""
    # An entity parts what stands beside it: no reader sees `www.` in `www&#43;.`.
    shown = re.sub(r"&#\d+;(?:<!-- -->)?", " ", cell(text))
    assert not set(shown) & set("\\`*_{}[]<>()#+!|~&@:$^=\"'\n\r")
    assert "www." not in shown.lower()


@settings(deadline=None, max_examples=60)
@given(hostile())
def test_hostile_text_stays_text_in_the_page(one: Finding) -> None:
    """Whatever stands in a finding, the page has the tags and attributes of any other."""
    plain = finding(
        construct=one.construct and "c",
        address=one.address and "a",
        source=one.source and "s:3",
        exception=one.exception,
        severity=one.severity,
        control="studio/hostile",
        frameworks={"F": ("R",)},
    )
    assert set(page(one).tags) == set(page(plain).tags)
    assert set(page(one).attributes) == set(page(plain).attributes)
    render("html", report(one)).encode()
