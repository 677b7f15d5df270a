"""What holds for every resource of a Google Cloud cell's stack."""

import json
import re

import pytest
from support.fields import PLACES, WIDE, fields
from support.gcp_cells import COLLECTOR, TALKER, runtime, stack, synthesized

from agent_studio.estate.catalogue import regions


@pytest.mark.parametrize("region", ["europe-west3", "us-central1", "asia-south1"])
def test_no_place_outside_of_the_cells_region_is_named(region: str) -> None:
    """Nothing in the whole stack names another region, a multi-region, or `global` as a place."""
    shaped = synthesized(runtime(models=()), COLLECTOR, TALKER, region=region).document
    others = sorted((set(regions("gcp")) - {region}), key=len, reverse=True)
    other = re.compile(rf"(?<![a-z0-9-])({'|'.join(others)})(?![a-z0-9])")
    places = set()
    for name, text in fields(shaped):
        found = other.search(text.replace(region, "here"))
        assert found is None, f"{name}: {text}"
        if name in PLACES:
            assert not WIDE.match(text), f"{name}: {text}"
            assert text.lower() != "global", f"{name}: {text}"
            places.add(text)
    assert places == {region}


def test_the_stack_is_pinned_to_its_project_and_region() -> None:
    """The provider names project and region, and acts as plan or apply account without a key."""
    (provider,) = stack().document["provider"]["google"]
    assert provider["project"] == "acme-research-de"
    assert provider["region"] == "europe-west3"
    assert "credentials" not in provider
    assert "access_token" not in provider
    acting = provider["impersonate_service_account"]
    assert re.fullmatch(
        r'\$\{var\.studio_role == "plan"'
        r' \? "acme-studio-plan-\w{8}@acme-research-de\.iam\.gserviceaccount\.com"'
        r' : "acme-studio-apply-\w{8}@acme-research-de\.iam\.gserviceaccount\.com"\}',
        acting,
    )
    assert stack().document["variable"]["studio_role"]["ephemeral"] is True


def test_state_lies_in_the_cells_own_region() -> None:
    """The state's bucket is the project's own in the region, one prefix for a stack."""
    backend = stack().document["terraform"]["backend"]["gcs"]
    assert backend["bucket"].startswith("acme-state-acme-research-de-europe-west3-")
    assert backend["prefix"] == "cell-gcp-europe-west3-research-de"
    assert "credentials" not in backend


def test_no_stack_reads_another() -> None:
    """Data sources read the cell's own project, and no stack's state."""
    assert set(stack().document["data"]) == {
        "google_logging_project_cmek_settings",
        "google_project",
        "google_storage_project_service_account",
    }


def test_labels_are_ones_that_google_takes() -> None:
    """Every label, of the provider and of each resource, is in Google's alphabet and length."""
    (provider,) = stack().document["provider"]["google"]
    assert set(provider["default_labels"]) == {
        "cell",
        "jurisdiction",
        "layer",
        "owner",
        "stack",
        "studio",
    }
    assert provider["default_labels"]["owner"] == "research-development"
    found = [provider["default_labels"]]
    for kind in stack().document["resource"]:
        for each in stack().of(kind).values():
            if kind != "google_monitoring_notification_channel":
                found.append(each.get("labels", {}))
            found.append(each.get("user_labels", {}))
    for labels in found:
        for key, value in labels.items():
            assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key)
            assert re.fullmatch(r"[a-z0-9_-]{0,63}", value)


def test_no_name_is_given_twice() -> None:
    """No two resources of a type bear the same name, a runtime's beside the cell's own among them.

    Names that a runtime's could meet: of its caller, of its dead letters, of the archive's sink.
    """
    clashing = synthesized(
        runtime("analyst", models=()),
        runtime("analyst-caller", models=()),
        runtime("analyst-dead", models=()),
        runtime("log-archive", models=()),
    )
    for kind, each in clashing.document["resource"].items():
        names = [
            json.dumps([found.get(key) for key in ("name", "account_id", "bucket_id", "secret_id")])
            for found in each.values()
            if any(key in found for key in ("name", "account_id", "bucket_id", "secret_id"))
        ]
        if kind.endswith(("_iam_policy", "_record_set")):
            continue
        assert len(names) == len(set(names)), kind
