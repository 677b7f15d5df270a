"""Who pushes and pulls a Google Cloud cell's images, read off the synthesized stack."""

import pytest
from support.gcp_cells import CORE, bindings, cell, runtime, stack, synthesize

from agent_studio.estate.errors import StudioError
from agent_studio.estate.names import aws


def test_every_runtime_and_the_collector_have_a_repository_in_the_region() -> None:
    """Repositories lie in the region under the cell's key, with tags that never move."""
    repositories = stack().of("google_artifact_registry_repository")
    assert set(repositories) == {
        "registry/analyst",
        "registry/collector",
        "registry/otel-collector",
        "registry/talker",
    }
    for each in repositories.values():
        assert each["location"] == "europe-west3"
        assert each["format"] == "DOCKER"
        assert each["docker_config"] == {"immutable_tags": True}
        assert "keys_operations" in each["kms_key_name"]
        assert each["lifecycle"] == {"prevent_destroy": True}
        assert {rule["id"]: rule["action"] for rule in each["cleanup_policies"]} == {
            "newest": "KEEP",
            "old": "DELETE",
            "untagged": "DELETE",
        }


def test_cloud_run_pulls_and_the_core_pushes() -> None:
    """The policy of each repository names Cloud Run's agent and the core's release identity."""
    for each in stack().of("google_artifact_registry_repository_iam_policy").values():
        found = bindings(each["policy_data"])
        assert set(found) == {"roles/artifactregistry.reader", "roles/artifactregistry.writer"}
        (puller,) = found["roles/artifactregistry.reader"]
        assert puller.endswith("@serverless-robot-prod.iam.gserviceaccount.com")
        (pusher,) = found["roles/artifactregistry.writer"]
        assert pusher.endswith(f"/attribute.aws_role/{aws.role(CORE, 'release')}")


def test_a_runtime_cannot_take_the_collectors_name() -> None:
    """A runtime named as the collector's repository is refused."""
    with pytest.raises(StudioError, match="any name but otel-collector"):
        synthesize(cell(runtime("otel-collector")))
