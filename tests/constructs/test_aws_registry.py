"""The cell's own images, read off the synthesized stack."""

import json

import pytest
from support.aws_cells import COLLECTOR, runtime, statements, synthesized

from agent_studio.estate.errors import StudioError

ANALYST = runtime()


def test_each_runtime_and_the_collector_has_a_repository() -> None:
    """One repository a runtime and one for the collector, named after the stack."""
    found = synthesized(ANALYST, COLLECTOR).of("aws_ecr_repository")
    prefix = "acme/cell-aws-eu-west-1-payments-eu"
    assert {each["name"] for each in found.values()} == {
        f"{prefix}/analyst",
        f"{prefix}/collector",
        f"{prefix}/otel-collector",
    }


def test_images_are_immutable_scanned_encrypted_and_kept() -> None:
    """A tag names one image for ever; Terraform never deletes a repository that holds any."""
    for each in synthesized(ANALYST, COLLECTOR).of("aws_ecr_repository").values():
        assert each["image_tag_mutability"] == "IMMUTABLE"
        assert each["image_scanning_configuration"] == {"scan_on_push": True}
        (encryption,) = each["encryption_configuration"]
        assert encryption["encryption_type"] == "KMS"
        assert encryption["kms_key"].startswith("${aws_kms_key.keys_operations_")
        assert each["force_delete"] is False


def roles(name: str, sid: str) -> list[str]:
    """Names of the roles in a statement's condition."""
    found = synthesized(ANALYST, COLLECTOR).at(
        "aws_ecr_repository_policy", f"registry/{name}-policy"
    )
    condition = statements(found["policy"])[sid]["Condition"]
    ((_, keys),) = condition.items()
    return [each.rpartition("/")[2] for each in keys["aws:PrincipalArn"]]


def test_a_runtime_pulls_its_own_images_alone() -> None:
    """The analyst's repository admits the analyst's execution role; the collector's admits both."""
    (puller,) = roles("analyst", "Pull")
    assert puller.startswith("acme-analyst-execution-cell-aws-eu-west-1")
    assert len(roles("otel-collector", "Pull")) == 2


def test_only_the_cores_release_role_pushes() -> None:
    """Pushing is admitted to one role of the core and denied to everyone else."""
    (pusher,) = roles("analyst", "Push")
    assert pusher.startswith("acme-release-core-eu-west-1-")
    assert roles("analyst", "DenyPushingToOthers") == [pusher]
    assert roles("analyst", "DenyPullingToOthers") == [*roles("analyst", "Pull"), pusher]


def test_interrupted_pushes_and_old_releases_end() -> None:
    """What has no tag ends after 14 days; a hundred images are kept."""
    found = synthesized(ANALYST, COLLECTOR).at(
        "aws_ecr_lifecycle_policy", "registry/analyst-lifecycle"
    )
    rules = json.loads(found["policy"])["rules"]
    assert [(r["selection"]["tagStatus"], r["selection"]["countNumber"]) for r in rules] == [
        ("untagged", 14),
        ("any", 100),
    ]


def test_no_runtime_bears_the_collectors_name() -> None:
    """A runtime that would share the collector's repository is refused."""
    with pytest.raises(StudioError, match=r"found otel-collector.*rename the runtime"):
        synthesized(runtime("otel-collector"))
