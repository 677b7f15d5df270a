"""`studio policy test`: do policies and checks do what their tests say, and would a fault show."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import note, print_json, print_table
from agent_studio.estate.errors import ExitCode

if TYPE_CHECKING:
    from agent_studio.policies.testing import Report


@click.command()
@click.option(
    "--from",
    "folders",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    multiple=True,
    help="Run the tables of this folder too, e.g. a team's for its own layer. Can be given again.",
)
@pass_settings
def test(settings: Settings, folders: tuple[Path, ...]) -> None:
    """Test the Cedar policies, the checks and the rules on plans by their tables of cases.

    The tables lie in `policies/tests/`. Each policy needs a case that must be allowed and one that
    must be denied. Then each policy is changed for the worse, one thing at a time, and some case
    must fail; a change that none finds is named. Changes that are no fault stand in
    `equivalent.yaml` beside the tables, with the reason.

    What is decided in Python has its tables in `policies/tests/checks/`: a real stack with its
    plan, one thing in it broken, and who must object. Each control needs a case of both kinds.

    Ends with exit code 1 when a case fails, a policy or a check is not covered, or a change is not
    found.
    """
    from agent_studio.policies.testing import load_suite

    report = load_suite(folders).run()
    if settings.format == "json":
        print_json(_document(report))
    else:
        _print(report)
    if not report.good:
        sys.exit(int(ExitCode.ERROR))


def _document(report: "Report") -> dict[str, object]:
    return {
        "passed": report.good,
        "cases": report.cases,
        "failed": [{"case": case, "message": why} for case, why in report.failed],
        "policies": [
            {
                "id": one.id,
                "set": one.group,
                "control": one.control,
                "cases": one.cases,
                "passing": one.passing,
                "failing": one.failing,
                "mutants": one.mutants,
                "survived": list(one.survived),
                "equivalent": one.equivalent,
            }
            for one in report.policies
        ],
        "checks": [
            {
                "control": one.control,
                "cases": one.cases,
                "passing": one.passing,
                "failing": one.failing,
            }
            for one in report.checks
        ],
        "coverage": report.coverage,
        "wrong": list(report.wrong),
    }


def _print(report: "Report") -> None:
    print_table(
        "Policies",
        ("set", "policy", "control", "must pass", "must be denied", "mutants", "not found"),
        [
            (
                one.group,
                one.id,
                one.control,
                str(one.passing),
                str(one.failing),
                str(one.mutants),
                "\n".join(one.survived),
            )
            for one in report.policies
        ],
    )
    if report.checks:
        print_table(
            "Checks and rules",
            ("control", "must pass", "must be denied"),
            [(one.control, str(one.passing), str(one.failing)) for one in report.checks],
        )
    for case, why in report.failed:
        note(f"failed: {case}: {why}")
    for gap in report.gaps:
        note(f"not covered: {gap}")
    for one in report.policies:
        for what in one.survived:
            note(f"not found: {one.group}/{one.id}: {what}: no case fails")
    for each in report.wrong:
        note(f"wrong: {each}")
    tried = sum(one.mutants for one in report.policies)
    survived = sum(len(one.survived) for one in report.policies)
    click.echo(
        f"{report.cases} cases, {len(report.failed)} failed; {len(report.policies)} policies "
        f"and {len(report.checks)} checks, {report.coverage:.0%} covered; "
        f"{tried} mutants, {survived} not found"
    )
