"""Where an Azure cell's logs go, read off the synthesized stack."""

import json
from dataclasses import replace

import pytest
from support.aws_cells import PERSONAL
from support.azure_cells import cell, expression, grants, runtime, stack, synthesized

from agent_studio.constructs.aws.logs.events import SIGNALS as AWS_SIGNALS
from agent_studio.constructs.azure.logs.events import SIGNALS

CLUSTER, WORKSPACE = "azurerm_log_analytics_cluster", "azurerm_log_analytics_workspace"
LINK = "azurerm_log_analytics_linked_service"
TABLES = ["ContainerAppConsoleLogs", "ContainerAppSystemLogs"]


def test_the_workspace_lies_in_the_region_closed_and_kept() -> None:
    """One workspace in the region takes no shared key and nothing over the public network."""
    (found,) = stack().of(WORKSPACE).values()
    assert found["location"] == "eastus2"
    assert found["local_authentication_enabled"] is False
    assert found["internet_ingestion_enabled"] is False
    assert found["lifecycle"] == {"prevent_destroy": True}
    assert "sku" not in found, "the provider makes no workspace of the kind LACluster"


@pytest.mark.parametrize(("days", "kept"), [(30, 365), (500, 500), (3653, 730)])
def test_logs_are_kept_for_the_longest_retention(days: int, kept: int) -> None:
    """A year at the least, and two at the longest: the archive keeps them longer."""
    found = synthesized(runtime(data_classes=(replace(PERSONAL, retention_days=days),)))
    assert found.at(WORKSPACE, "workspace/workspace")["retention_in_days"] == kept


def test_the_workspace_is_linked_to_a_cluster_under_the_cells_key() -> None:
    """The cluster has the operations key before the workspace is linked to it."""
    cluster = expression(stack(), CLUSTER, "workspace/cluster")
    assert stack().at(CLUSTER, "workspace/cluster")["location"] == "eastus2"
    assert stack().at(CLUSTER, "workspace/cluster")["lifecycle"] == {"prevent_destroy": True}
    key = stack().at("azurerm_log_analytics_cluster_customer_managed_key", "workspace/key")
    assert key["log_analytics_cluster_id"] == cluster
    assert key["key_vault_key_id"] == expression(
        stack(), "azurerm_key_vault_key", "keys/operations", "versionless_id"
    )
    (waits_for,) = key["depends_on"]
    assert waits_for.startswith("azurerm_role_assignment.workspace_key-use_")
    link = stack().at(LINK, "workspace/link")
    assert link["workspace_id"] == expression(stack(), WORKSPACE, "workspace/workspace")
    assert link["write_access_id"] == cluster
    (waits_for,) = link["depends_on"]
    assert waits_for.startswith("azurerm_log_analytics_cluster_customer_managed_key.")


def test_the_cluster_comes_to_the_vault_as_itself() -> None:
    """A vault with a private endpoint lets in no log cluster under an identity made before it."""
    assert stack().at(CLUSTER, "workspace/cluster")["identity"] == {"type": "SystemAssigned"}


def test_nothing_is_logged_before_the_workspace_is_under_the_cells_key() -> None:
    """Who writes or reads logs waits for the link: what came before would lie under Azure's key."""
    linked = expression(stack(), LINK, "workspace/link", "workspace_id")
    direct = expression(stack(), WORKSPACE, "workspace/workspace")
    for path, each in stack().of("azurerm_monitor_diagnostic_setting").items():
        assert each.get("log_analytics_workspace_id", linked) == linked, path
    export = stack().at("azurerm_log_analytics_data_export_rule", "logs/archive-feed")
    assert export["workspace_resource_id"] == linked
    assert json.dumps(stack().document).count(direct) == 1


def test_everything_that_logs_does_so_into_the_workspace() -> None:
    """Firewall, queues, registry, key vault and runtimes send every log that they know."""
    settings = {
        each["target_resource_id"]: each
        for each in stack().of("azurerm_monitor_diagnostic_setting").values()
        if "log_analytics_workspace_id" in each
    }
    assert set(settings) == {
        expression(stack(), kind, path)
        for kind, path in (
            ("azurerm_container_app_environment", "environment/environment"),
            ("azurerm_container_registry", "registry/registry"),
            ("azurerm_firewall", "network/egress/firewall"),
            ("azurerm_key_vault", "keys/vault"),
            ("azurerm_servicebus_namespace", "bus/namespace"),
        )
    }
    for each in settings.values():
        assert each["enabled_log"] == [{"category_group": "allLogs"}]
        assert each["log_analytics_destination_type"] == "Dedicated"
        assert each["lifecycle"] == {"ignore_changes": ["log_analytics_destination_type"]}


def test_every_line_of_a_runtime_goes_into_locked_containers() -> None:
    """The export takes both tables, into containers of its own names, once they are locked."""
    export = stack().at("azurerm_log_analytics_data_export_rule", "logs/archive-feed")
    assert export["enabled"] is True
    assert export["table_names"] == TABLES
    assert export["destination_resource_id"] == expression(
        stack(), "azurerm_storage_account", "logs/archive/account"
    )
    locks = stack().of("azurerm_storage_container_immutability_policy")
    assert sorted(export["depends_on"]) == sorted(
        f"azurerm_storage_container_immutability_policy.{each['//']['metadata']['uniqueId']}"
        for each in locks.values()
    )
    assert {
        stack().at("azurerm_storage_container", path.removesuffix("-lock"))["name"]
        for path in locks
    } == {f"am-{table.lower()}" for table in TABLES}


def test_the_same_events_raise_alarms_as_on_aws() -> None:
    """Every cloud's cells listen for the same events at the same thresholds."""
    assert [(each.id, each.event) for each in SIGNALS] == [
        (each.id, each.event) for each in AWS_SIGNALS
    ]
    for ours, theirs in zip(SIGNALS, AWS_SIGNALS, strict=True):
        assert ours.above < theirs.threshold <= ours.above + 1
        assert ours.period_seconds == theirs.period_seconds


def test_every_signal_raises_an_alarm() -> None:
    """A query reads each event over its period; its alarm tells the cell's group."""
    heard = expression(stack(), "azurerm_monitor_action_group", "logs/alarms/group")
    linked = expression(stack(), LINK, "workspace/link", "workspace_id")
    for signal in SIGNALS:
        alarm = stack().at(
            "azurerm_monitor_scheduled_query_rules_alert_v2", f"logs/alarms/{signal.id}"
        )
        assert alarm["location"] == "eastus2"
        assert alarm["scopes"] == [linked]
        assert alarm["enabled"] is True
        assert alarm["window_duration"] == alarm["evaluation_frequency"]
        assert alarm["window_duration"] == f"PT{signal.period_seconds // 60}M"
        assert alarm["action"] == {"action_groups": [heard]}
        (criteria,) = alarm["criteria"]
        assert f'line.event == "{signal.event}"' in criteria["query"]
        assert criteria["operator"] == "GreaterThan"
        assert criteria["threshold"] == signal.above
        if signal.field is None:
            assert criteria["time_aggregation_method"] == "Count"
            assert "metric_measure_column" not in criteria
        else:
            assert criteria["time_aggregation_method"] == "Maximum"
            assert criteria["metric_measure_column"] == "value"
            assert f"value = todouble(line.{signal.field})" in criteria["query"]


def test_the_monitoring_contributors_are_told() -> None:
    """The group tells those who hold the role on the subscription, and no address of anybody."""
    group = stack().at("azurerm_monitor_action_group", "logs/alarms/group")
    (receiver,) = group["arm_role_receiver"]
    assert receiver["role_id"] == "749f88d5-cbae-40b8-bcfc-e573ddc772fa"
    assert not {"email_receiver", "sms_receiver", "webhook_receiver"} & set(group)


def test_the_workbook_shows_every_signal() -> None:
    """The workbook draws each signal and what the runtimes log, out of the cell's workspace."""
    workbook = stack().at("azurerm_application_insights_workbook", "logs/dashboard")
    assert workbook["location"] == "eastus2"
    assert workbook["source_id"].startswith("${lower(azurerm_log_analytics_linked_service.")
    drawn = json.loads(workbook["data_json"])["items"]
    assert [each["content"]["title"] for each in drawn] == [
        *(signal.title for signal in SIGNALS),
        "Entries logged",
    ]
    for signal, each in zip(SIGNALS, drawn[:-1], strict=True):
        assert f'line.event == "{signal.event}"' in each["content"]["query"]
        assert f"bin(TimeGenerated, {signal.period_seconds}s)" in each["content"]["query"]


def test_nobody_has_a_role_on_the_logs() -> None:
    """No identity of the cell reads or writes the workspace."""
    assert not [each for each in grants(stack()).values() if "log_analytics" in each.on]


def test_a_runtime_that_the_cell_does_not_have_has_no_log() -> None:
    """The name of a log is given for the cell's own runtimes alone."""
    from cdktf import TerraformStack, Testing

    from agent_studio.constructs.azure.keys import CellKeys
    from agent_studio.constructs.azure.logs import LogPipeline
    from agent_studio.constructs.azure.network import CellNetwork
    from agent_studio.constructs.azure.store import AccessLogs
    from agent_studio.constructs.azure.workspace import CellWorkspace

    found, scope = cell(runtime()), TerraformStack(Testing.app(), "alone")
    keys = CellKeys(scope, "keys", cell=found)
    CellNetwork(scope, "network", cell=found, keys=keys)
    access_logs = AccessLogs(scope, "access-logs", cell=found, keys=keys)
    logs = LogPipeline(scope, "logs", cell=found, keys=keys, access_logs=access_logs)
    assert logs.log_name("analyst") == CellWorkspace.of(scope, cell=found, keys=keys).workspace_name
    with pytest.raises(KeyError, match="nobody"):
        logs.log_name("nobody")
