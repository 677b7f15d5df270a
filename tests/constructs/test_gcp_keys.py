"""Who may use a Google Cloud cell's keys, read off the synthesized policies."""

from dataclasses import replace

import pytest
from support.aws_cells import PERSONAL
from support.gcp_cells import bindings, cell, runtime, stack, synthesize

from agent_studio.estate.errors import StudioError

USE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


def test_every_class_of_data_has_its_own_key() -> None:
    """A cell has one key for each class of data that it holds, and one for operations."""
    assert set(stack().of("google_kms_crypto_key")) == {
        "keys/class-internal",
        "keys/class-personal",
        "keys/class-public",
        "keys/operations",
    }


def test_keys_rotate_lie_in_the_region_and_outlive_a_plan() -> None:
    """No key can be destroyed by a plan, lies elsewhere, or is left unrotated."""
    ring = stack().at("google_kms_key_ring", "keys/ring")
    assert ring["location"] == "europe-west3"
    assert ring["lifecycle"] == {"prevent_destroy": True}
    for key in stack().of("google_kms_crypto_key").values():
        assert key["key_ring"].startswith("${google_kms_key_ring.keys_ring_")
        assert key["rotation_period"] == "7776000s"
        assert key["destroy_scheduled_duration"] == "2592000s"
        assert key["lifecycle"] == {"prevent_destroy": True}


@pytest.mark.parametrize("name", ["internal", "personal", "public"])
def test_a_data_key_is_for_cloud_storage_alone(name: str) -> None:
    """The key of a data class names Cloud Storage's agent, and nobody else."""
    policy = stack().at("google_kms_crypto_key_iam_policy", f"keys/class-{name}-access")
    assert bindings(policy["policy_data"]) == {
        USE: {
            "serviceAccount:${data.google_storage_project_service_account.storage-agent"
            ".email_address}"
        }
    }


def test_nobody_but_service_agents_uses_the_operations_key() -> None:
    """Each member is the agent of a service in the cell's own project; none is a person."""
    policy = stack().at("google_kms_crypto_key_iam_policy", "keys/operations-access")
    found = bindings(policy["policy_data"])
    assert set(found) == {USE}
    assert {each.partition("@")[2] for each in found[USE] if "@" in each} == {
        "gcp-sa-artifactregistry.iam.gserviceaccount.com",
        "gcp-sa-pubsub.iam.gserviceaccount.com",
        "gcp-sa-secretmanager.iam.gserviceaccount.com",
        "serverless-robot-prod.iam.gserviceaccount.com",
    }
    for each in found[USE]:
        assert each.startswith(("serviceAccount:service-${data.", "serviceAccount:${data.")), each


def test_what_is_encrypted_waits_for_the_grant() -> None:
    """Whatever names a key does so through its access policy, so that the agent may use it."""
    found = 0
    for kind in ("google_pubsub_topic", "google_artifact_registry_repository"):
        for each in stack().of(kind).values():
            found += 1
            assert each["kms_key_name"].startswith(
                "${google_kms_crypto_key_iam_policy.keys_operations-access_"
            )
    assert found > 10


def test_a_data_class_cannot_take_the_place_of_operations() -> None:
    """A data class named as the cell's own key is refused with the name to change."""
    clash = runtime(data_classes=(replace(PERSONAL, name="operations"),))
    with pytest.raises(StudioError, match="found operations; fix: give the data class operations"):
        synthesize(cell(clash))
