"""What holds data, and under whose key."""

from collections.abc import Iterator

from agent_studio.policies.facts.builders import store
from agent_studio.policies.facts.gcp.owned import is_own_key
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources

# Arguments as the Google provider's documentation of each resource has them.
_HOLDERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "google_artifact_registry_repository": ("images", ("kms_key_name",)),
    "google_cloud_run_v2_service": ("a service", ("template", "encryption_key")),
    "google_logging_project_bucket_config": ("logs", ("cmek_settings", "kms_key_name")),
    "google_pubsub_topic": ("messages", ("kms_key_name",)),
    "google_secret_manager_secret": (
        "a secret",
        (
            "replication",
            "user_managed",
            "replicas",
            "customer_managed_encryption",
            "kms_key_name",
        ),
    ),
    "google_sql_database_instance": ("a database", ("encryption_key_name",)),
    "google_storage_bucket": ("a bucket", ("encryption", "default_kms_key_name")),
}


def stores(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every store, with where it lies and whose key it is under."""
    for type_, (what, path) in _HOLDERS.items():
        for resource in resources.of_type(type_):
            yield _store(resources, place, resource, what, path)


def _store(
    resources: Resources, place: Place, resource: Resource, what: str, path: tuple[str, ...]
) -> Fact:
    key = resource.get(*path)
    if not key:
        # Google encrypts whatever it stores, under keys of its own.
        kind = "service"
    elif is_own_key(resources, place, key):
        kind = "customer"
    else:
        kind = "foreign"
    return store(
        resource.address,
        what=what,
        region=str(resources.region(resource)),
        encrypted=True,
        key=kind,
    )
