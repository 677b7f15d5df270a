"""Twins: the real Terraform plans, applies and destroys on a stand-in for a cloud."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.terraform import run_alone, settings

from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names
from agent_studio.rehearsal.twins.bindings import load_schemas
from agent_studio.rehearsal.twins.clouds import rendered, table
from agent_studio.rehearsal.twins.mirror import MARK, lay_out
from agent_studio.rehearsal.twins.store import Store

PROJECT, REGION = "acme-research-de", "europe-west3"
RING = {"name": "cell", "location": REGION}
KEY = {"name": "internal", "key_ring": "${google_kms_key_ring.ring.id}"}
BUCKET = {
    "name": "acme-internal",
    "location": REGION,
    "encryption": {"default_kms_key_name": "${google_kms_crypto_key.key.id}"},
    "versioning": {"enabled": True},
    "labels": {"owner": "research"},
}
TOPIC = {
    "name": "mail",
    "kms_key_name": "${google_kms_crypto_key.key.id}",
    "message_storage_policy": {"allowed_persistence_regions": [REGION]},
}
CELL: dict[str, dict[str, Any]] = {
    "google_kms_key_ring": {"ring": RING},
    "google_kms_crypto_key": {"key": KEY},
    "google_storage_bucket": {"store": BUCKET},
    "google_pubsub_topic": {"mail": TOPIC},
    "google_pubsub_subscription": {
        "mail": {"name": "mail", "topic": "${google_pubsub_topic.mail.id}"}
    },
}


@dataclass
class Bench:
    """A working directory with a state of its own, on the one store that all share."""

    folder: Path
    store: Path
    configuration: Path

    def write(self, resources: dict[str, dict[str, Any]]) -> None:
        """Declare resources."""
        stack = {
            "terraform": {"required_providers": {"google": {"source": "hashicorp/google"}}},
            "provider": {"google": {"project": PROJECT, "region": REGION}},
            **({"resource": resources} if resources else {}),
        }
        (self.folder / "main.tf.json").write_text(json.dumps(stack))

    def run(self, *words: str) -> tuple[int, str]:
        """Run Terraform; its exit status and all that it says, on one line."""
        code, text = run_alone(words, work=self.folder, settings=self.configuration)
        return code, " ".join(text.replace("│", "").split())

    def apply(self, resources: dict[str, dict[str, Any]]) -> str:
        """Declare resources and apply them."""
        self.write(resources)
        code, text = self.run("apply", "-auto-approve", "-no-color")
        assert code == 0, text
        return text

    def refused(self, resources: dict[str, dict[str, Any]], *words: str) -> str:
        """What is said of resources that are refused."""
        self.write(resources)
        code, text = self.run(*(words or ("plan", "-no-color")))
        assert code == 1, text
        return text


@pytest.fixture
def bench(tmp_path: Path) -> Callable[[], Bench]:
    """Make working directories that are initialized with the twin."""
    mirror = lay_out(tmp_path / "mirror", tmp_path / "cloud", ["google"])
    configuration = settings(tmp_path, mirror)

    def made() -> Bench:
        folder = tmp_path / f"work-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        found = Bench(folder, tmp_path / "cloud" / "google", configuration)
        found.write({})
        code, text = found.run("init", "-input=false", "-no-color")
        assert code == 0, text
        # Whoever reads the output sees that no cloud is at work.
        assert f"v{load_schemas('google')['provider_version']}{MARK}" in text
        return found

    return made


def test_a_stack_is_planned_applied_found_unchanged_and_destroyed(
    bench: Callable[[], Bench],
) -> None:
    """Create, read, plan again and delete, with ids in the cloud's own form."""
    one = bench()
    assert "5 added" in one.apply(CELL)
    assert one.run("plan", "-detailed-exitcode", "-no-color")[0] == 0
    held = {(type_, id_) for type_, id_, _ in Store(one.store).all()}
    ring = f"projects/{PROJECT}/locations/{REGION}/keyRings/cell"
    assert held == {
        ("google_kms_key_ring", ring),
        ("google_kms_crypto_key", f"{ring}/cryptoKeys/internal"),
        ("google_storage_bucket", "acme-internal"),
        ("google_pubsub_topic", f"projects/{PROJECT}/topics/mail"),
        ("google_pubsub_subscription", f"projects/{PROJECT}/subscriptions/mail"),
    }
    code, text = one.run("destroy", "-auto-approve", "-no-color")
    assert (code, "5 destroyed" in text) == (0, True)
    assert not list(Store(one.store).all())


def test_a_change_is_made_in_place_or_by_another_resource(bench: Callable[[], Bench]) -> None:
    """A label changes where the bucket stands; another region is another bucket."""
    one = bench()
    ring = {"google_kms_key_ring": {"ring": RING}}
    bucket = {key: value for key, value in BUCKET.items() if key != "encryption"}
    one.apply({**ring, "google_storage_bucket": {"store": bucket}})
    relabelled = {**bucket, "labels": {"owner": "another"}}
    assert "0 added, 1 changed" in one.apply(
        {**ring, "google_storage_bucket": {"store": relabelled}}
    )
    one.write({**ring, "google_storage_bucket": {"store": {**bucket, "location": "europe-west4"}}})
    code, text = one.run("plan", "-no-color")
    assert code == 0
    assert "google_storage_bucket.store must be replaced" in text
    assert '"europe-west3" -> "europe-west4" # forces replacement' in text


def test_what_changes_behind_terraform_shows_as_drift(bench: Callable[[], Bench]) -> None:
    """A value edited in the store, and a resource removed from it, are both found."""
    one = bench()
    one.apply(CELL)
    store = Store(one.store)
    bucket = store.read("google_storage_bucket", "acme-internal")
    assert bucket is not None
    store.update("google_storage_bucket", "acme-internal", {**bucket, "storage_class": "ARCHIVE"})
    store.delete("google_pubsub_subscription", f"projects/{PROJECT}/subscriptions/mail")
    code, text = one.run("plan", "-refresh-only", "-detailed-exitcode", "-no-color")
    assert code == 2
    assert "google_storage_bucket.store has changed" in text
    assert '+ storage_class = "ARCHIVE"' in text
    assert "google_pubsub_subscription.mail has been deleted" in text


REFUSED: dict[str, tuple[dict[str, dict[str, Any]], str]] = {
    "an unknown argument": (
        {"google_kms_key_ring": {"ring": {**RING, "lokation": REGION}}},
        'No argument or block type is named "lokation".',
    ),
    "a missing argument": (
        {"google_kms_key_ring": {"ring": {"name": "cell"}}},
        'The argument "location" is required',
    ),
    "a wrong type": (
        {"google_kms_key_ring": {"ring": {**RING, "name": ["cell"]}}},
        'Inappropriate value for attribute "name": string required',
    ),
    "a block that stands once, twice": (
        {"google_storage_bucket": {"b": {**BUCKET, "encryption": [], "versioning": [{}, {}]}}},
        'No more than 1 "versioning" blocks are allowed',
    ),
    "a block without what it needs": (
        {"google_storage_bucket": {"b": {**BUCKET, "encryption": {}}}},
        'The argument "default_kms_key_name" is required',
    ),
    "a location that there is not": (
        {"google_kms_key_ring": {"ring": {**RING, "location": "europe-west99"}}},
        "there is no location europe-west99",
    ),
    "a type that nothing of ours uses": (
        {"google_not_a_type": {"x": {}}},
        'does not support resource type "google_not_a_type"',
    ),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_the_schema_does_not_have_is_refused(bench: Callable[[], Bench], case: str) -> None:
    """Terraform itself refuses it, by the real provider's schema."""
    resources, told = REFUSED[case]
    assert told in bench().refused(resources)


def test_what_the_cloud_would_refuse_is_refused_at_the_apply(bench: Callable[[], Bench]) -> None:
    """A name that is taken, and a parent that is not there."""
    one, other = bench(), bench()
    ring = {"google_kms_key_ring": {"ring": RING}}
    one.apply(ring)
    apply = ("apply", "-auto-approve", "-no-color")
    text = other.refused(ring, *apply)
    assert f"projects/{PROJECT}/locations/{REGION}/keyRings/cell exists already" in text
    assert "Import it, or choose another name" in text
    orphan = {"name": "k", "key_ring": f"projects/{PROJECT}/locations/{REGION}/keyRings/none"}
    text = other.refused({"google_kms_crypto_key": {"key": orphan}}, *apply)
    assert "keyRings/none does not exist" in text


def test_what_exists_can_be_adopted(bench: Callable[[], Bench]) -> None:
    """An import takes a resource into another state; the next plan is empty."""
    one, other = bench(), bench()
    ring = {"google_kms_key_ring": {"ring": RING}}
    one.apply(ring)
    other.write(ring)
    id_ = f"projects/{PROJECT}/locations/{REGION}/keyRings/cell"
    code, text = other.run("import", "-no-color", "google_kms_key_ring.ring", id_)
    assert code == 0, text
    assert other.run("plan", "-detailed-exitcode", "-no-color")[0] == 0


@pytest.mark.parametrize("provider", ["google"])
def test_every_table_is_of_types_that_exist(provider: str) -> None:
    """Templates and parents name attributes and types of the provider's own schema."""
    known = table(provider)
    schemas = load_schemas(provider)["resource_schemas"]
    for type_, about in known.types.items():
        if type_ not in schemas:
            continue
        attributes = schemas[type_]["block"]["attributes"]
        named = {*about.sets, *about.replace, *about.parents}
        assert named <= attributes.keys(), type_


def test_ids_are_those_that_the_names_of_the_estate_predict() -> None:
    """A name that crosses stacks is computed; the twin's cloud gives the same one."""
    place = Scope(studio="acme", stack="cell-x", account_id=PROJECT, region=REGION)
    known = table("google")

    def id_of(type_: str, **values: str) -> str | None:
        template = known.of(type_).id
        assert template
        return rendered(template, {"project": PROJECT, "location": REGION, **values})

    ring = id_of("google_kms_key_ring", name=names.key_ring(place))
    assert ring is not None
    key = id_of("google_kms_crypto_key", key_ring=ring, name=names.key("internal"))
    assert key == names.key_id(place, "internal")
    topic = id_of("google_pubsub_topic", name=names.topic(place, "events"))
    assert topic == names.topic_id(place, "events")
    logs = id_of("google_logging_project_bucket_config", bucket_id=names.log_bucket(place, "x"))
    assert logs == names.log_bucket_id(place, "x")
    account = known.of("google_service_account").sets["email"]
    short = names.service_account(place, "run")
    email = rendered(account, {"project": PROJECT, "account_id": short})
    assert email == names.service_account_email(place, "run")
