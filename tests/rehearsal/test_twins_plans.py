"""The example estate's AWS stacks, planned on a twin of AWS and on the real provider."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from support.packed import packed, stacks
from support.terraform import run_alone, settings
from support.twins_page import PAGE, stale, unexplained

from agent_studio.rehearsal.twins.comparison import Found
from agent_studio.rehearsal.twins.mirror import VAULT, lay_out
from agent_studio.rehearsal.twins.plans import PlanDifference, plan_differences


def twin_plan(stack: str, folder: Path) -> dict[str, object]:
    """Plan a stack with a twin in the provider's place; its state is a file, and empty."""
    document = json.loads(packed(stack, "stack"))
    document["terraform"]["backend"] = {"local": {"path": str(folder / "terraform.tfstate")}}
    work = folder / "work"
    work.mkdir()
    (work / "cdk.tf.json").write_text(json.dumps(document))
    mirror = lay_out(folder / "mirror", folder / "cloud", ["aws", VAULT])
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
def found() -> frozenset[Found]:
    """Every difference between the twin's plans and the real provider's, which are kept packed."""
    differences: set[Found] = set()
    for stack in stacks("aws"):
        real = json.loads(packed(stack, "plan"))
        with TemporaryDirectory() as folder:
            differences |= set(plan_differences(twin_plan(stack, Path(folder)), real))
    return frozenset(differences)


def test_both_plan_the_same_changes() -> None:
    """The same resources, by the same actions, and no argument that was set has another value."""
    assert not [each for each in found() if each.kind is PlanDifference.CHANGE]
    assert {each.path for each in found() if each.kind is PlanDifference.VALUE} == {
        "aws_subnet.availability_zone_id"
    }


def test_every_difference_of_plans_is_explained() -> None:
    """What a twin plans in another way than the real provider stands on the page."""
    rows = unexplained(found(), PlanDifference)
    assert not rows, "\n".join([f"explain in {PAGE}:", *rows])


def test_no_explanation_of_plans_is_left_over() -> None:
    """A difference that is gone is no longer on the page."""
    assert not stale(found(), PlanDifference)
