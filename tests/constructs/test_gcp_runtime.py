"""How a Google Cloud runtime runs, read off the synthesized stack."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aws_cells import PERSONAL, PUBLIC
from support.gcp_cells import bindings, runtime, stack, synthesized

from agent_studio.constructs.gcp.runtime.sizing import container_size
from agent_studio.estate.errors import StudioError


def service(name: str = "analyst") -> dict[str, Any]:
    """The service of one runtime."""
    return stack().at("google_cloud_run_v2_service", f"runtime-{name}/service")


def containers(name: str = "analyst") -> dict[str, dict[str, Any]]:
    """The containers of one runtime's instances, by name."""
    return {each["name"]: each for each in service(name)["template"]["containers"]}


def test_a_runtime_is_isolated_and_private() -> None:
    """Second generation, internal ingress, the cell's network for everything, and its key."""
    found = service()
    template = found["template"]
    assert found["location"] == "europe-west3"
    assert found["ingress"] == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    assert found["invoker_iam_disabled"] is False
    assert found["binary_authorization"] == {"use_default": True}
    assert template["execution_environment"] == "EXECUTION_ENVIRONMENT_GEN2"
    assert template["vpc_access"]["egress"] == "ALL_TRAFFIC"
    assert "keys_operations" in template["encryption_key"]
    assert template["max_instance_request_concurrency"] == 1


def test_a_runtime_has_its_own_account() -> None:
    """No two runtimes of a cell act as the same service account."""
    accounts = {
        service(name)["template"]["service_account"] for name in ("analyst", "collector", "talker")
    }
    assert len(accounts) == 3


def test_a_runtime_scales_from_none_to_its_ceiling() -> None:
    """No instance without work, and never more than the profile's ceiling."""
    assert service()["template"]["scaling"] == {"min_instance_count": 0, "max_instance_count": 10}


def test_an_agent_gets_what_its_profile_asks_for() -> None:
    """The agent's limits are the profile's; the collector has its own beside them."""
    found = containers()
    assert found["agent"]["resources"]["limits"] == {"cpu": "2", "memory": "4096Mi"}
    assert found["otel-collector"]["resources"]["limits"] == {"cpu": "1", "memory": "512Mi"}


def test_no_agent_starts_unobserved() -> None:
    """The agent waits for the collector; both are watched at start and while they run."""
    found = containers()
    assert found["agent"]["depends_on"] == ["otel-collector"]
    for each in found.values():
        for probe in ("startup_probe", "liveness_probe"):
            assert set(each[probe]["http_get"]) == {"path", "port"}


def test_telemetry_stays_in_the_region() -> None:
    """The collector writes lines into the runtime's log, and calls no service of its own."""
    (config,) = (
        each["value"]
        for each in containers()["otel-collector"]["env"]
        if each["name"] == "STUDIO_COLLECTOR_CONFIG"
    )
    assert set(json.loads(config)["exporters"]) == {"file"}


def test_releases_set_the_images() -> None:
    """Terraform leaves the images of both containers alone, and deploys none by digest."""
    ignored = service()["lifecycle"]["ignore_changes"]
    assert "template[0].containers[0].image" in ignored
    assert "template[0].containers[1].image" in ignored
    for each in containers().values():
        assert each["image"].endswith(":unreleased")
        assert each["image"].startswith("europe-west3-docker.pkg.dev/acme-research-de/")


def test_the_environment_holds_no_secret() -> None:
    """Every variable is a plain value, and those of the contract are all there."""
    found = containers()["agent"]["env"]
    assert all(set(each) == {"name", "value"} for each in found)
    values = {each["name"]: each["value"] for each in found}
    assert values["STUDIO_CELL"] == "gcp-europe-west3-research-de"
    assert set(json.loads(values["STUDIO_STORES"])) == {"internal", "personal"}
    assert values["STUDIO_EVENTS_QUEUE_URL"].startswith("https://europe-west3-pubsub.")
    assert values["VAULT_ADDR"] == "https://vault.eu.acme.example:8200"


def test_work_is_handed_over_by_the_queue_alone() -> None:
    """Only the queue's own identity calls the service, and it may call no other."""
    callers = stack().at("google_cloud_run_v2_service_iam_policy", "runtime-analyst/callers")
    found = bindings(callers["policy_data"])
    assert set(found) == {"roles/run.invoker"}
    (caller,) = found["roles/run.invoker"]
    assert caller.startswith("${google_service_account.runtime-analyst_caller_")
    push = stack().at("google_pubsub_subscription", "runtime-analyst/work/subscription")
    assert push["push_config"]["push_endpoint"].endswith(".uri}/work")
    assert "runtime-analyst_caller" in push["push_config"]["oidc_token"]["service_account_email"]
    assert push["ack_deadline_seconds"] == 600
    assert service()["template"]["timeout"] == "600s"


def test_a_queue_is_labelled_with_the_strictest_class() -> None:
    """A message may hold data of any class of its runtime, so the narrowest counts."""
    topic = stack().at("google_pubsub_topic", "runtime-analyst/work/live/topic")
    assert topic["labels"]["data-class"] == PERSONAL.name
    public = synthesized(runtime(data_classes=(PUBLIC,)))
    live = public.at("google_pubsub_topic", "runtime-analyst/work/live/topic")
    assert live["labels"]["data-class"] == PUBLIC.name


def test_work_that_fails_for_good_raises_an_alarm() -> None:
    """A message among the dead letters tells the cell's alarm channel."""
    alarm = stack().at("google_monitoring_alert_policy", "runtime-analyst/failures")
    (condition,) = alarm["conditions"]
    assert "runtime-analyst_work_dead-letters" in condition["condition_threshold"]["filter"]
    assert condition["condition_threshold"]["threshold_value"] == 0


@given(cpu=st.floats(0.1, 6), memory=st.integers(512, 24_576))
def test_a_container_has_at_least_what_is_asked_for(cpu: float, memory: int) -> None:
    """Any profile up to the largest size gets one that holds it."""
    size = container_size(cpu, memory)
    assert size.cpu >= cpu
    assert size.memory >= memory


@pytest.mark.parametrize(("cpu", "memory"), [(8, 1024), (1, 25_000)])
def test_a_runtime_larger_than_any_container_is_refused(cpu: float, memory: int) -> None:
    """A profile that no size holds is refused, with the largest there is."""
    with pytest.raises(StudioError, match="at most cpu 6 and memory 24576 MiB"):
        container_size(cpu, memory)
