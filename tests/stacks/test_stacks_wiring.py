"""What holds in every stack of the example estate."""

import json
import re

import pytest
from support.aws_cells import Stack
from support.estates import EXAMPLE, estate_text, synthesized_estate

from agent_studio.estate import Cell, Cloud, Estate, Scope, StackRef
from agent_studio.estate.catalogue.data import regions
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import aws as names
from agent_studio.policies.data_bearing import data_bearing_types
from agent_studio.stacks.base import PROVIDER_VERSIONS

GUARDED = "guardrails-team-000"


@pytest.fixture(scope="module")
def estate() -> Estate:
    """The example estate."""
    return load_estate(EXAMPLE)


@pytest.fixture(scope="module")
def stacks() -> dict[str, Stack]:
    """Its stacks."""
    return synthesized_estate()


def _on_aws(estate: Estate) -> list[StackRef]:
    """The stacks on AWS; those of other clouds have tests of their own."""
    return [ref for ref in estate.stacks if ref.cloud is Cloud.AWS]


def test_every_stack_of_the_estate_is_made(estate: Estate, stacks: dict[str, Stack]) -> None:
    """The app makes exactly the stacks that the estate lists, each with resources."""
    assert list(stacks) == [ref.name for ref in estate.stacks]
    assert all(stack.document["resource"] for stack in stacks.values())


def test_every_provider_is_pinned(estate: Estate, stacks: dict[str, Stack]) -> None:
    """A provider reaches the stack's own account and region alone, through a role, and tags."""
    for ref in _on_aws(estate):
        (provider,) = stacks[ref.name].document["provider"]["aws"]
        assert provider["allowed_account_ids"] == [ref.scope.account_id]
        assert provider["region"] == ref.scope.region
        (role,) = provider["assume_role"]
        assert role["role_arn"] == (
            f"arn:aws:iam::{ref.scope.account_id}:role/acme-studio-${{var.studio_role}}"
        )
        (tags,) = provider["default_tags"]
        assert tags["tags"]["studio:stack"] == ref.name
        assert set(tags["tags"]) >= {"studio:studio", "studio:jurisdiction", "studio:owner"}
        assert not {"access_key", "secret_key", "token", "profile"} & set(provider)


def test_cells_are_tagged_with_their_id(estate: Estate, stacks: dict[str, Stack]) -> None:
    """The provider of a cell's stack tags everything with the cell and its jurisdiction."""
    for cell in estate.cells:
        if cell.cloud is not Cloud.AWS:
            continue
        (provider,) = stacks[cell.stack].document["provider"]["aws"]
        tags = provider["default_tags"][0]["tags"]
        assert tags["studio:cell"] == cell.id
        assert tags["studio:jurisdiction"] == cell.jurisdiction


def test_the_role_is_ephemeral(estate: Estate, stacks: dict[str, Stack]) -> None:
    """The role is no part of a plan file: a plan made to read is applied under the apply role.

    On Azure the environment of each job says who it is, and Vault alone is told of a role: a stack
    that has nothing there has no variable.
    """
    for ref in estate.stacks:
        stack = stacks[ref.name]
        if ref.cloud is Cloud.AZURE and "vault" not in stack.document["provider"]:
            assert "variable" not in stack.document
            continue
        variable = stack.document["variable"]["studio_role"]
        assert variable["ephemeral"] is True
        assert variable["default"] == "apply"


def test_state_lies_in_the_own_region(estate: Estate, stacks: dict[str, Stack]) -> None:
    """State is encrypted and locked in the account's own bucket of the stack's region."""
    for ref in _on_aws(estate):
        terraform = stacks[ref.name].document["terraform"]
        backend = terraform["backend"]["s3"]
        assert backend["bucket"] == names.state_bucket(ref.scope)
        assert backend["region"] == ref.scope.region
        assert backend["key"] == f"{ref.name}.tfstate"
        assert backend["use_lockfile"] is True
        assert backend["encrypt"] is True
        assert backend["assume_role"]["role_arn"].endswith(":role/acme-studio-state")
        assert terraform["required_providers"]["aws"]["version"] == PROVIDER_VERSIONS


def test_no_stack_reads_the_state_of_another(stacks: dict[str, Stack]) -> None:
    """What crosses a stack is a computed name; no data source reads state."""
    for name, stack in stacks.items():
        assert "terraform_remote_state" not in stack.document.get("data", {}), name
        assert "terraform_remote_state" not in json.dumps(stack.document), name


def test_data_is_never_destroyed_by_a_plan(stacks: dict[str, Stack]) -> None:
    """Every resource of a type that holds data carries prevent_destroy."""
    protected = {name for name, kind in data_bearing_types().items() if kind.protect}
    seen = set()
    for name, stack in stacks.items():
        for kind in protected & set(stack.document["resource"]):
            for path, resource in stack.of(kind).items():
                seen.add(kind)
                lifecycle = resource.get("lifecycle") or {}
                assert lifecycle.get("prevent_destroy") is True, f"{name}: {kind} at {path}"
    assert {"aws_s3_bucket", "aws_kms_key", "aws_db_instance"} <= seen


def test_everything_taggable_has_a_unique_name(estate: Estate, stacks: dict[str, Stack]) -> None:
    """A Name tag occurs once for its type in a stack, so that it finds the resource again."""
    for ref in _on_aws(estate):
        name, stack = ref.name, stacks[ref.name]
        for kind in stack.document["resource"]:
            found = [
                (each["tags"]["Name"], each.get("provider"))
                for each in stack.of(kind).values()
                if each.get("tags")
            ]
            assert len(found) == len(set(found)), f"{name}: {kind}: {sorted(found, key=str)}"


def test_no_place_outside_the_jurisdiction(estate: Estate, stacks: dict[str, Stack]) -> None:
    """A cell's stack names no region outside its jurisdiction, but in the names of core's roles."""
    for cell in estate.cells:
        foreign = _foreign_places(cell, stacks[cell.stack], estate.core_scope)
        assert foreign == set(), f"{cell.id}: {foreign}"


def test_a_place_outside_the_jurisdiction_would_be_seen(
    estate: Estate, stacks: dict[str, Stack]
) -> None:
    """The search for foreign places finds one in a cell's stack that has one."""
    cell = estate.cells[0]
    planted = json.loads(json.dumps(stacks[cell.stack].document))
    planted["resource"]["aws_s3_bucket"]["planted"] = {"region": "ap-south-1"}
    assert _foreign_places(cell, Stack(planted), estate.core_scope) == {"ap-south-1"}


def test_what_aws_keeps_by_region_is_set_once_in_each_region_of_an_account() -> None:
    """The guardrails set it in the account's home region, each further cell in its own."""
    stacks = synthesized_estate(estate_text(3))
    guarded = {
        name: path
        for name, stack in stacks.items()
        for path in stack.of("aws_ebs_encryption_by_default")
        if name != "core" and not name.endswith("platform")
    }
    assert guarded == {
        GUARDED: "region-eu-west-1/volume-encryption",
        **{
            name: "region/volume-encryption"
            for name in stacks
            if name.startswith("cell-") and "-eu-west-1-" not in name
        },
    }
    assert len(guarded) == 3


def test_a_region_added_to_an_account_changes_its_own_stack_alone() -> None:
    """Within the jurisdictions that stand, no other stack learns of a new cell."""
    before = synthesized_estate(estate_text(2))
    after = synthesized_estate(estate_text(3))
    new = set(after) - set(before)
    assert len(new) == 1
    for name, stack in before.items():
        assert _body(stack) == _body(after[name]), name


def _body(stack: Stack) -> object:
    return {key: value for key, value in stack.document.items() if key != "//"}


def _foreign_places(cell: Cell, stack: Stack, core: Scope) -> set[str]:
    text = json.dumps(stack.document)
    for purpose in ("mailbox", "release"):
        arn = names.role_arn(core, purpose)
        # Other clouds know the role by its name within the session's ARN.
        text = text.replace(arn, "").replace(arn.rsplit("/", 1)[-1], "")
    return {
        name
        for name, region in regions("aws").items()
        if region.jurisdiction != cell.jurisdiction
        and re.search(rf"(?<![a-z]){re.escape(name)}(?!\d)", text)
    }
