"""How an Azure runtime runs, read off the synthesized stack."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aws_cells import PERSONAL, PUBLIC
from support.azure_cells import expression, grants, runtime, stack, synthesized

from agent_studio.constructs.azure.runtime.sizing import COLLECTOR, container_size
from agent_studio.estate.errors import StudioError

NAMES = ("analyst", "collector", "talker")


def app(name: str = "analyst") -> dict[str, Any]:
    """The container app of one runtime."""
    return stack().at("azurerm_container_app", f"runtime-{name}/app")


def containers(name: str = "analyst") -> dict[str, dict[str, Any]]:
    """The containers of one runtime's replicas, by name."""
    return {each["name"]: each for each in app(name)["template"]["container"]}


def environment() -> dict[str, Any]:
    """The environment that the runtimes of the cell share."""
    return stack().at("azurerm_container_app_environment", "environment/environment")


def test_each_replica_is_a_machine_of_its_own_beside_its_collector() -> None:
    """Every app is on the profile that gives each replica its own virtual machine."""
    assert environment()["workload_profile"] == [
        {"name": "Consumption", "workload_profile_type": "Consumption"}
    ]
    for name in NAMES:
        assert app(name)["workload_profile_name"] == "Consumption"
        assert set(containers(name)) == {"agent", "otel-collector"}


def test_the_environment_is_private_and_has_the_cells_way_out_alone() -> None:
    """It lies in the cell's network, without a public address, once its route is there."""
    found = environment()
    assert found["location"] == "eastus2"
    assert found["internal_load_balancer_enabled"] is True
    assert found["public_network_access"] == "Disabled"
    assert found["mutual_tls_enabled"] is True
    assert found["infrastructure_subnet_id"] == expression(
        stack(), "azurerm_subnet", "network/runtimes"
    )
    (route,) = found["depends_on"]
    assert route.startswith("azurerm_subnet_route_table_association.network_runtimes-routes_")


@pytest.mark.parametrize(("region", "spread"), [("eastus2", True), ("westus", False)])
def test_the_environment_is_spread_over_the_zones_that_there_are(region: str, spread: bool) -> None:
    """A region without zones runs everything in its one place."""
    (found,) = (
        synthesized(runtime(), region=region).of("azurerm_container_app_environment").values()
    )
    assert found["zone_redundancy_enabled"] is spread


def test_what_containers_write_goes_into_the_cells_workspace() -> None:
    """The environment hands its logs to Azure Monitor, which sends all of them there."""
    assert environment()["logs_destination"] == "azure-monitor"
    assert "log_analytics_workspace_id" not in environment()
    logged = stack().at("azurerm_monitor_diagnostic_setting", "environment/logging")
    assert logged["target_resource_id"] == expression(
        stack(), "azurerm_container_app_environment", "environment/environment"
    )
    assert logged["enabled_log"] == [{"category_group": "allLogs"}]


def test_nothing_calls_a_runtime() -> None:
    """No app has an ingress, not even an internal one, and none speaks Dapr."""
    for name in NAMES:
        assert not {"ingress", "dapr", "secret"} & set(app(name)), name


def test_a_runtime_takes_work_out_of_its_own_queue() -> None:
    """Its identity alone takes from the queue that it is told of; nobody may send yet."""
    for name in NAMES:
        queue = expression(stack(), "azurerm_servicebus_queue", f"runtime-{name}/work/queue")
        assert {path: each.role for path, each in grants(stack()).items() if each.on == queue} == {
            f"identity-{name}/takes-work": "Azure Service Bus Data Receiver"
        }
        address = variables(name)["STUDIO_WORK_QUEUE_URL"]
        assert address.endswith(queue.replace(".id}", ".name}"))
        assert address.startswith("https://${azurerm_servicebus_namespace.bus_namespace_")


def test_a_replica_finishes_its_work_before_it_ends() -> None:
    """An agent that is told to stop has ten minutes, the longest there is."""
    assert app()["template"]["termination_grace_period_seconds"] == 600


def test_images_come_from_the_cells_registry_alone_as_the_runtime_itself() -> None:
    """One registry, without a password, once it is in reach and the runtime's identity may pull."""
    host = "${azurerm_container_registry.registry_"
    for name in NAMES:
        (registry,) = app(name)["registry"]
        own = expression(stack(), "azurerm_user_assigned_identity", f"identity-{name}/identity")
        assert registry == {"server": registry["server"], "identity": own}
        assert registry["server"].startswith(host)
        pulls, endpoint = app(name)["depends_on"]
        assert pulls.startswith(f"azurerm_role_assignment.identity-{name}_pulls_")
        assert endpoint.startswith("azurerm_private_endpoint.registry_endpoint_")
        repositories = {"agent": name, "otel-collector": "otel-collector"}
        for container, each in containers(name).items():
            assert each["image"] == f"{registry['server']}/{repositories[container]}:unreleased"


def test_releases_set_the_images() -> None:
    """Terraform leaves the images of both containers alone."""
    assert app()["lifecycle"]["ignore_changes"] == [
        "template[0].container[0].image",
        "template[0].container[1].image",
    ]
    assert [each["name"] for each in app()["template"]["container"]] == ["agent", "otel-collector"]


def test_a_runtime_scales_from_one_that_waits_to_its_ceiling() -> None:
    """One replica waits for work; load decides how many do it, up to the profile's ceiling."""
    template = app()["template"]
    assert (template["min_replicas"], template["max_replicas"]) == (1, 10)
    assert template["custom_scale_rule"] == [
        {
            "name": "busy",
            "custom_rule_type": "cpu",
            "metadata": {"type": "Utilization", "value": "60"},
        }
    ]


def test_an_agent_gets_what_its_profile_asks_for() -> None:
    """The agent has the profile's CPU and memory; the collector has its own beside them."""
    found = containers()
    assert (found["agent"]["cpu"], found["agent"]["memory"]) == (2, "4Gi")
    assert (found["otel-collector"]["cpu"], found["otel-collector"]["memory"]) == (0.25, "0.5Gi")


def test_both_containers_are_watched() -> None:
    """Agent and collector are asked for their health at start and while they run."""
    ports = {"agent": ("/healthcheck", 8080), "otel-collector": ("/", 13133)}
    for name, each in containers().items():
        for probe in ("startup_probe", "liveness_probe"):
            (found,) = each[probe]
            assert (found["path"], found["port"]) == ports[name]
            assert found["transport"] == "HTTP"


def test_telemetry_stays_in_the_region() -> None:
    """The collector writes lines to its standard output, and calls no service of its own."""
    (config,) = (
        each["value"]
        for each in containers()["otel-collector"]["env"]
        if each["name"] == "STUDIO_COLLECTOR_CONFIG"
    )
    exporters = json.loads(config)["exporters"]
    assert exporters == {"file": {"path": "/dev/stdout", "format": "json"}}


def variables(name: str = "analyst") -> dict[str, str]:
    """The environment of one runtime's agent."""
    found = containers(name)["agent"]["env"]
    assert all(set(each) == {"name", "value"} for each in found), "a secret"
    return {each["name"]: each["value"] for each in found}


def test_the_environment_holds_no_secret() -> None:
    """Every variable is a plain value, and those of the contract are all there."""
    values = variables()
    assert values["STUDIO_CELL"] == "azure-eastus2-retail-us"
    assert set(json.loads(values["STUDIO_STORES"])) == {"internal", "personal"}
    assert json.loads(values["STUDIO_MAILBOX_PARAMETERS"]) == {
        "bundle": "inbox/bundle",
        "kill-epoch": "inbox/kill-epoch",
        **{f"releases/{each}": f"inbox/releases/{each}" for each in NAMES},
    }
    assert values["STUDIO_EVENTS_QUEUE_URL"].startswith("https://${azurerm_servicebus_namespace.")
    assert values["VAULT_ADDR"] == "https://vault.eu.acme.example:8200"
    assert values["STUDIO_TOKENS_PER_DAY"] == "1000"
    assert values["AZURE_CLIENT_ID"] == expression(
        stack(), "azurerm_user_assigned_identity", "identity-analyst/identity", "client_id"
    )


def test_a_runtime_is_labelled_with_the_strictest_class() -> None:
    """A message may hold data of any class of its runtime, so the narrowest counts."""
    assert app()["tags"]["studio-data-class"] == PERSONAL.name
    public = synthesized(runtime(data_classes=(PUBLIC,)))
    found = public.at("azurerm_container_app", "runtime-analyst/app")
    assert found["tags"]["studio-data-class"] == PUBLIC.name


def test_work_that_fails_for_good_raises_an_alarm() -> None:
    """A message among the dead letters of the runtime's own queue tells the cell's group."""
    alarm = stack().at("azurerm_monitor_metric_alert", "runtime-analyst/failures")
    (criteria,) = alarm["criteria"]
    assert criteria["metric_name"] == "DeadletteredMessages"
    assert (criteria["operator"], criteria["threshold"]) == ("GreaterThan", 0)
    (dimension,) = criteria["dimension"]
    queue = expression(stack(), "azurerm_servicebus_queue", "runtime-analyst/work/queue", "name")
    assert dimension == {"name": "EntityName", "operator": "Include", "values": [queue]}
    assert alarm["action"] == [
        {
            "action_group_id": expression(
                stack(), "azurerm_monitor_action_group", "logs/alarms/group"
            )
        }
    ]


@given(cpu=st.floats(0.1, 3.75), memory=st.integers(512, 7680))
def test_a_container_has_at_least_what_is_asked_for(cpu: float, memory: int) -> None:
    """Any profile up to the largest size gets one that holds it, in a combination that there is."""
    size = container_size(cpu, memory)
    assert size.cpu >= cpu
    assert float(size.memory.removesuffix("Gi")) * 1024 >= memory
    assert float(size.memory.removesuffix("Gi")) == 2 * size.cpu
    assert (size.cpu * 4).is_integer()
    assert size.cpu + COLLECTOR.cpu <= 4


@pytest.mark.parametrize(("cpu", "memory"), [(3.8, 1024), (1, 7681)])
def test_a_runtime_larger_than_any_container_is_refused(cpu: float, memory: int) -> None:
    """A profile that no size holds is refused, with the largest there is."""
    with pytest.raises(StudioError) as raised:
        container_size(cpu, memory)
    assert str(raised.value) == (
        "a runtime is larger than any container on Container Apps beside its collector; found "
        f"cpu {cpu:g}, memory {memory} MiB; allowed: at most cpu 3.75 and memory 7680 MiB; fix: "
        "ask for less"
    )
