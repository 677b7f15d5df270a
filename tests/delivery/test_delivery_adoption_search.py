"""Which planned creations an interrupted apply may have made already."""

from collections.abc import Mapping
from typing import Any

from agent_studio.delivery.adoption.candidates import Search, search
from agent_studio.delivery.adoption.rules import Find, load_rules

PLACE = {"account": "222222222222", "region": "eu-west-1", "partition": "aws"}


class Answers:
    """A finder that gives prepared ids for a service."""

    def __init__(self, **ids: tuple[str, ...]) -> None:
        self._ids = ids

    def ids(self, find: Find, _known: Mapping[str, str]) -> tuple[str, ...] | None:
        """The ids prepared for the call's service."""
        return self._ids.get(find.service, ())


def _plan(type_: str, after: Mapping[str, Any], *actions: str) -> dict[str, Any]:
    change = {"actions": list(actions or ("create",)), "after": after}
    entry = {"address": f"{type_}.x", "type": type_, "mode": "managed", "change": change}
    return {"resource_changes": [entry]}


def _search(plan: dict[str, Any], finder: Answers | None = None, **more: Any) -> Search:
    address = plan["resource_changes"][0]["address"]
    defaults: dict[str, Any] = {"started": [address], "created": {}}
    return search(
        plan,
        rules=load_rules(),
        place=PLACE,
        finder=finder or Answers(),
        **{**defaults, **more},
    )


def test_a_named_resource_is_imported_by_its_computed_name() -> None:
    """A role's import id is the name that the plan gives it."""
    found = _search(_plan("aws_iam_role", {"name": "acme-analyst"}))
    assert found.imports == {"aws_iam_role.x": "acme-analyst"}


def test_an_arn_is_computed_from_the_place() -> None:
    """A topic's import id is its ARN, which account, region and name give."""
    found = _search(_plan("aws_sns_topic", {"name": "alarms"}))
    assert found.imports == {"aws_sns_topic.x": "arn:aws:sns:eu-west-1:222222222222:alarms"}


def test_what_was_never_begun_is_not_looked_for() -> None:
    """A planned creation that no interrupted apply began is simply created."""
    assert _search(_plan("aws_iam_role", {"name": "r"}), started=[]).imports == {}


def test_the_id_that_the_engine_printed_is_taken() -> None:
    """A VPC whose creation was finished is imported by the id in the log, without a lookup."""
    found = _search(_plan("aws_vpc", {}), created={"aws_vpc.x": "vpc-1"})
    assert found.imports == {"aws_vpc.x": "vpc-1"}


def test_a_creation_cut_short_is_found_by_its_tags() -> None:
    """A VPC whose creation was begun and not finished is looked up by name and stack."""
    after = {"tags": {"Name": "v"}, "tags_all": {"Name": "v", "studio:stack": "s"}}
    found = _search(_plan("aws_vpc", after), Answers(ec2=("vpc-2",)))
    assert found.imports == {"aws_vpc.x": "vpc-2"}


def test_an_association_that_was_not_made_is_created() -> None:
    """An import id that the plan gives in full is no proof that the resource exists."""
    plan = _plan("aws_route_table_association", {"subnet_id": "s-1", "route_table_id": "rtb-1"})
    assert not _search(plan).imports
    found = _search(plan, Answers(ec2=("rtb-1",)))
    assert found.imports == {"aws_route_table_association.x": "s-1/rtb-1"}


def test_nothing_found_means_that_it_is_created() -> None:
    """A creation that was begun and left nothing is planned as before."""
    found = _search(_plan("aws_vpc", {"tags": {"Name": "v"}}))
    assert not found.imports
    assert not found.unadoptable


def test_two_matches_are_left_to_a_person() -> None:
    """Two VPCs of the same name are named, and none is adopted."""
    found = _search(_plan("aws_vpc", {}), Answers(ec2=("vpc-1", "vpc-2")))
    assert not found.imports
    assert found.unadoptable[0].import_id == "<one of vpc-1, vpc-2>"
    assert found.unadoptable[0].why == "several match"


def test_an_unknown_type_is_named_with_what_to_look_up() -> None:
    """A type without a rule, begun and not finished, is left to a person."""
    found = _search(_plan("aws_unheard_of", {}))
    assert [(one.address, one.import_id) for one in found.unadoptable] == [
        ("aws_unheard_of.x", "<id>")
    ]


def test_an_idempotent_type_is_created_again() -> None:
    """A bucket policy is put again: a second put makes nothing twice."""
    found = _search(_plan("aws_s3_bucket_policy", {}))
    assert not found.imports
    assert not found.unadoptable


def test_a_replacement_that_had_made_its_new_object_is_left_to_a_person() -> None:
    """An import has no place at an address whose old object is in the state."""
    plan = _plan("aws_vpc", {}, "create", "delete")
    found = _search(plan, created={"aws_vpc.x": "vpc-9"})
    assert [(one.import_id, one.why) for one in found.unadoptable] == [
        ("vpc-9", "it was being replaced")
    ]


def test_what_was_made_and_is_declared_no_more_is_named() -> None:
    """A resource that an interrupted apply made, and that the estate has dropped since, is told."""
    plan = _plan("aws_iam_role", {"name": "r"})
    found = _search(plan, started=["aws_vpc.gone"], created={"aws_vpc.gone": "vpc-7"})
    assert [(one.address, one.import_id) for one in found.unadoptable] == [
        ("aws_vpc.gone", "vpc-7")
    ]
