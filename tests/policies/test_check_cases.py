"""Checks on resources and rules on plans against their tables, and the tests of those tables."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from agent_studio.estate.errors import StudioError
from agent_studio.policies import builtin
from agent_studio.policies.controls import load_controls
from agent_studio.policies.testing import CheckCase, CheckSuite, Report, load_suite

POLICIES = Path(__file__).resolve().parents[2] / "policies"


def suite(root: Path = POLICIES) -> CheckSuite:
    """The cases of checks beside the policies."""
    found = load_suite(root=root).checks
    assert found is not None
    return found


SUITE = suite()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A copy of the policies with their tests."""
    for name in ("cedar", "tests"):
        shutil.copytree(POLICIES / name, tmp_path / name)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    """Change one text of a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def failed(rules: Path) -> dict[str, str]:
    """Case -> what went wrong, of those that failed."""
    checks = suite(rules)
    return {case.id: why for case in checks.cases if (why := checks.failure(case)) is not None}


@pytest.mark.parametrize("case", SUITE.cases, ids=lambda case: case.id)
def test_a_case_holds(case: CheckCase) -> None:
    """Each case is allowed, or denied by exactly the controls and in the words that it names."""
    assert SUITE.failure(case) is None


def test_every_control_is_decided_by_a_policy_or_has_cases_of_both_kinds() -> None:
    """A new control or check fails here until something shows what passes it and what does not."""
    decided = {
        policy["annotations"].get("control", "")
        for group in load_suite(root=POLICIES).sets.values()
        for policy in group.policies.values()
    }
    reports = SUITE.reports()
    assert [one.control for one in reports if not one.covered] == []
    assert {one.control for one in reports} == load_controls().by_id.keys() - decided
    assert {check.id for check in builtin.load().custom} <= {one.control for one in reports}
    assert SUITE.misplaced() == []


@pytest.mark.parametrize(
    ("cut", "passing", "failing"),
    [("allowed: true", 0, 1), ("denied: [", 1, 0)],
)
def test_a_check_without_both_kinds_of_cases_is_named(
    rules: Path, cut: str, passing: int, failing: int
) -> None:
    """Half of its cases do not cover a check."""
    table = rules / "tests" / "checks" / "containers.yaml"
    before, own, after = re.split(
        r"(?m)(?<=^  CKV_STUDIO_6:\n)|(?=^  CKV_STUDIO_7:)", table.read_text()
    )
    kept = [item for item in re.split(r"(?m)^(?=    - )", own) if cut not in item]
    table.write_text("".join([before, *kept, after]))
    (one,) = [one for one in suite(rules).reports() if not one.covered]
    assert (one.control, one.passing, one.failing) == ("CKV_STUDIO_6", passing, failing)


def test_a_check_that_is_not_covered_makes_the_whole_bad() -> None:
    """Coverage counts checks beside policies, and a report with a gap is not good."""
    report = SUITE.reports()
    whole = Report(cases=1, failed=(), policies=(), checks=report)
    assert (whole.good, whole.coverage) == (True, 1)
    bare = CheckSuite(controls=SUITE.controls, cases=())
    gap = Report(cases=1, failed=(), policies=(), checks=bare.reports())
    assert (gap.good, gap.coverage) == (False, 0)
    assert "CKV_STUDIO_1 has no case that must be allowed" in gap.gaps
    assert "CKV_STUDIO_1 has no case that it must deny" in gap.gaps


def test_a_case_that_does_not_hold_is_named(rules: Path) -> None:
    """What was expected and what was found stand in the report, with the stage."""
    table = rules / "tests" / "checks" / "logs.yaml"
    edit(table, "edit: {set: {retention_in_days: 90}}", "edit: {set: {retention_in_days: 900}}")
    edit(table, "9999 days, more than 3653", "9999 days, more than 4000")
    assert failed(rules) == {
        "checks/CKV_STUDIO_11: three months": (
            "static: expected denied by CKV_STUDIO_11, found allowed (nothing)"
        ),
        "checks/CKV_STUDIO_11: 27 years": (
            "static: expected the message 'logs are kept for 9999 days, more than 4000', "
            "found 'logs are kept for 9999 days, more than 3653'"
        ),
    }


def test_another_control_that_objects_too_is_a_failure(rules: Path) -> None:
    """A case breaks one thing; what else objects must be named in it."""
    table = rules / "tests" / "checks" / "logs.yaml"
    edit(
        table,
        "edit: {set: {kms_key_id: null}}",
        "edit: {set: {kms_key_id: null, retention_in_days: 1}}",
    )
    (told,) = failed(rules).values()
    assert told.startswith(
        "static: expected denied by CKV_STUDIO_12, found denied by CKV_STUDIO_11, CKV_STUDIO_12 ("
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "edit: {container: {user: root}}",
            "an edit does not fit its fixture; found KeyError: 'container_definitions'; fix: look "
            "at aws_cloudwatch_log_group.logs_group-analyst",
        ),
        (
            "keep: [aws_cloudwatch_log_group.]",
            "a case does not name one resource of its fixture; found aws_cloudwatch_log_group., "
            "with which 6 addresses begin",
        ),
    ],
)
def test_an_edit_that_does_not_fit_fails_its_case(rules: Path, change: str, told: str) -> None:
    """What the fixture does not have is told, and nothing else fails."""
    edit(rules / "tests" / "checks" / "logs.yaml", "edit: {set: {retention_in_days: 3653}}", change)
    ((name, why),) = failed(rules).items()
    assert name == "checks/CKV_STUDIO_11: ten years"
    assert why.startswith(told)


def test_a_case_of_no_control_is_told(rules: Path) -> None:
    """A control of another name proves nothing about one that there is."""
    edit(rules / "tests" / "checks" / "logs.yaml", "  CKV_STUDIO_12:", "  CKV_STUDIO_99:")
    told = suite(rules).misplaced()
    assert (
        told[0]
        == "checks/CKV_STUDIO_99: what the block makes: there is no check or rule CKV_STUDIO_99"
    )


@pytest.mark.parametrize(
    ("cases", "found"),
    [
        ("1", "t.yaml lacks `stack`, `keep` or `cases`, a mapping of controls"),
        ("{}\nmore: 1", "t.yaml has more"),
        ("{C: x}", "t.yaml, C: the cases are not a list of mappings"),
        ("{C: [{}]}", "t.yaml, C: a case does not say what it `is`"),
        ("{C: [{is: x}]}", "t.yaml, C: x: wants either `allowed: true` or `denied: [...]`"),
        ("{C: [{is: x, allowed: true, denied: [C]}]}", "t.yaml, C: x: wants either"),
        ("{C: [{is: x, allowed: true, message: m}]}", "x: what is allowed has no message"),
        ("{C: [{is: x, denied: [C], message: 1}]}", "x: `message` is no text"),
        ("{C: [{is: x, denied: C}]}", "x: `denied` is no list of texts"),
        ("{C: [{is: x, allowed: true, maybe: 1}]}", "x: a case has no maybe"),
        ("{C: [{is: x, allowed: true, edit: {put: {}}}]}", "x: an edit has only change, "),
        ("{C: [{is: x, allowed: true, stages: [later]}]}", "x: the stages are static and plan"),
        ("{C: [{is: x, allowed: true, exception: {}}]}", "an exception has `control` and"),
        ("{C: [&a {is: x, allowed: true}, *a]}", "two cases are checks/C: x"),
    ],
)
def test_a_table_that_is_none_is_refused(rules: Path, cases: str, found: str) -> None:
    """Each error says where it is."""
    table = rules / "tests" / "checks" / "t.yaml"
    table.write_text(f"stack: s\nkeep: [a]\ncases: {cases}\n")
    with pytest.raises(StudioError) as error:
        load_suite(root=rules)
    assert found in str(error.value)


def test_a_team_has_cases_over_its_own_stacks(tmp_path: Path) -> None:
    """A folder with `checks/` and `fixtures/` of its own runs beside the kit's cases."""
    shutil.copytree(POLICIES / "tests" / "fixtures", tmp_path / "fixtures")
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "queues.yaml").write_text(
        "stack: cell-aws-eu-west-1-payments-eu\n"
        "keep: [aws_sqs_queue.runtime-analyst_work_queue]\n"
        "cases:\n  studio/data-bearing-unprotected:\n    - {is: our queue, allowed: true}\n"
    )
    checks = load_suite([tmp_path], root=POLICIES).checks
    assert checks is not None
    (own,) = [case for case in checks.cases if case.name == "our queue"]
    assert own.fixtures == tmp_path / "fixtures"
    assert checks.failure(own) is None
    assert len(checks.cases) == len(SUITE.cases) + 1


def test_policies_without_cases_beside_them_ask_for_none(tmp_path: Path, rules: Path) -> None:
    """Where a bundle is in force, a team's tables run without cases of the kit's checks."""
    shutil.move(rules / "tests" / "checks", tmp_path / "away")
    shutil.move(rules / "tests", tmp_path / "ours")
    assert load_suite([tmp_path / "ours"], root=rules).checks is None


def test_a_wheel_has_the_cases_with_their_fixtures() -> None:
    """`studio policy test` runs where no checkout is; links are shipped as what they lead to."""
    project = tomllib.loads((POLICIES.parent / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["policies/tests"] == "agent_studio/policies/data/tests"
    kept = POLICIES.parent / "tests" / "policies" / "fixtures" / "estate-example"
    for path in (POLICIES / "tests" / "fixtures").iterdir():
        assert path.resolve(strict=True) in {kept / path.name, POLICIES.parent / path.name}
    assert {case.stack for case in SUITE.cases} == {
        path.name.split(".")[0] for path in SUITE.cases[0].fixtures.glob("*.plan.json.gz")
    }
