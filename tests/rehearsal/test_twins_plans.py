"""The example estate's AWS stacks, planned on a twin of AWS and on the real provider."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from support.packed import packed, stacks
from support.terraform import run_alone, settings

from agent_studio.rehearsal.twins.mirror import lay_out
from agent_studio.rehearsal.twins.plans import PlanDifference, PlanFound, plan_differences

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "twins.md"
ROW = re.compile(r"^\| (?P<kind>[^|]+) \| `(?P<path>[^`]+)` \| (?P<why>[^|]+) \|$", re.M)


def twin_plan(stack: str, folder: Path) -> dict[str, object]:
    """Plan a stack with a twin in the provider's place; its state is a file, and empty."""
    document = json.loads(packed(stack, "stack"))
    document["terraform"]["backend"] = {"local": {"path": str(folder / "terraform.tfstate")}}
    work = folder / "work"
    work.mkdir()
    (work / "cdk.tf.json").write_text(json.dumps(document))
    mirror = lay_out(folder / "mirror", folder / "cloud", ["aws"])
    said = ""
    for words in (
        ("init", "-input=false"),
        ("plan", "-input=false", "-out=plan", "-var=studio_role=plan"),
        ("show", "-json", "plan"),
    ):
        status, said = run_alone(words, work=work, settings=settings(folder, mirror))
        assert status == 0, said[-3000:]
    found: dict[str, object] = json.loads(said)
    return found


@cache
def found() -> frozenset[PlanFound]:
    """Every difference between the twin's plans and the real provider's, which are kept packed."""
    differences: set[PlanFound] = set()
    for stack in stacks("aws"):
        real = json.loads(packed(stack, "plan"))
        with TemporaryDirectory() as folder:
            differences |= set(plan_differences(twin_plan(stack, Path(folder)), real))
    return frozenset(differences)


def explained() -> Iterator[tuple[PlanDifference, str]]:
    """Every difference that the page explains."""
    for row in ROW.finditer(PAGE.read_text("utf-8")):
        if row["kind"] in set(PlanDifference):
            yield PlanDifference(row["kind"]), row["path"]


def test_both_plan_the_same_changes() -> None:
    """The same resources, by the same actions, and no argument that was set has another value."""
    assert not [each for each in found() if each.kind is PlanDifference.CHANGE]
    assert {each.path for each in found() if each.kind is PlanDifference.VALUE} == {
        "aws_subnet.availability_zone_id"
    }


def test_every_difference_of_plans_is_explained() -> None:
    """What a twin plans in another way than the real provider stands on the page."""
    known = list(explained())
    unexplained = sorted(
        f"| {each.kind} | `{each.path}` | | (twin: {each.twin}; real: {each.real})"
        for each in found()
        if not any(each.kind is kind and fnmatchcase(each.path, path) for kind, path in known)
    )
    assert not unexplained, "\n".join([f"explain in {PAGE}:", *unexplained])


def test_no_explanation_of_plans_is_left_over() -> None:
    """A difference that is gone is no longer on the page."""
    stale = [
        (kind, path)
        for kind, path in explained()
        if not any(each.kind is kind and fnmatchcase(each.path, path) for each in found())
    ]
    assert not stale
