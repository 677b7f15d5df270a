"""The example cell on Azure and its subscription's guardrails, to be broken."""

import copy
import io
import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self

from policies.breaches.breach import BOTH
from policies.breaches.cell import ESTATE, Cell
from policies.breaches.planned import META, expression
from ruamel.yaml import YAML
from support.packed import packed
from support.planned_on_twins import as_azure_has_it, plans_of

from agent_studio.estate.loader import load_estate
from agent_studio.policies import Stage
from agent_studio.stacks.app import build

OWN = "00000000-0000-4000-8000-000000000001"
TENANT = "00000000-0000-4000-8000-00000000000a"
STRANGER = "99999999-9999-4999-8999-999999999999"
"""A subscription, a tenant or a principal that is not the estate's."""

NAMED = "20.0.0.0/28"
"""Where CI comes from, in an estate that says so."""

MODEL = "azure/Standard/gpt-4o"
"""A model that runtimes call, in an estate that declares it."""

_MAPS = ("bound_claims", "custom_properties", "metadata", "webhook_properties")
"""Arguments of the provider that are maps, beside those that `planned` knows."""

_REFERENCE = re.compile(r"\$\{(\w+\.[\w-]+)((?:\.\w+|\[0\])+)\}")


@dataclass
class AzureCell(Cell):
    """The cell of the example estate in London."""

    NAME: ClassVar[str] = "cell-azure-uksouth-clinics-uk"
    PARTS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "access logging": ("azurerm_monitor_diagnostic_setting", "store-internal_access-logging"),
        "access logs": ("azurerm_storage_account", "access-logs_account"),
        "account": ("azurerm_storage_account", "store-internal_account"),
        "action group": ("azurerm_monitor_action_group", "logs_alarms_group"),
        "address": ("azurerm_public_ip", "network_egress_address"),
        "app": ("azurerm_container_app", "runtime-collector_app"),
        "archive": ("azurerm_storage_account", "logs_archive_account"),
        "bus": ("azurerm_servicebus_namespace", "bus_namespace"),
        "bus endpoint": ("azurerm_private_endpoint", "bus_endpoint"),
        "bus logging": ("azurerm_monitor_diagnostic_setting", "bus_logging"),
        "cluster": ("azurerm_log_analytics_cluster", "workspace_cluster"),
        "cluster key": ("azurerm_log_analytics_cluster_customer_managed_key", "workspace_key"),
        "container": ("azurerm_storage_container", "store-internal_container"),
        "core writes": ("azurerm_role_assignment", "mailbox_core-writes"),
        "dead alert": ("azurerm_monitor_metric_alert", "runtime-collector_failures"),
        "endpoint": ("azurerm_private_endpoint", "store-internal_endpoint"),
        "endpoints group": ("azurerm_network_security_group", "network_endpoints-group"),
        "endpoints guard": (
            "azurerm_subnet_network_security_group_association",
            "network_endpoints-guard",
        ),
        "endpoints subnet": ("azurerm_subnet", "network_endpoints_"),
        "environment": ("azurerm_container_app_environment", "environment_"),
        "events queue": ("azurerm_servicebus_queue", "mailbox_events_queue"),
        "export": ("azurerm_log_analytics_data_export_rule", "logs_archive-feed"),
        "firewall": ("azurerm_firewall", "network_egress_firewall"),
        "firewall policy": ("azurerm_firewall_policy", "network_egress_policy"),
        "firewall subnet": ("azurerm_subnet", "network_egress_subnet"),
        "group": ("azurerm_resource_group", "group_"),
        "identity": ("azurerm_user_assigned_identity", "identity-collector_identity"),
        "inbox": ("azurerm_storage_container", "mailbox_inbox"),
        "key": ("azurerm_key_vault_key", "keys_class-internal_"),
        "key identity": ("azurerm_user_assigned_identity", "keys_class-internal-identity"),
        "key use": ("azurerm_role_assignment", "keys_class-internal-use"),
        "kills alert": ("azurerm_monitor_scheduled_query_rules_alert_v2", "logs_alarms_kills"),
        "lock": (
            "azurerm_storage_container_immutability_policy",
            "logs_archive_am-containerappconsolelogs-lock",
        ),
        "mailbox": ("azurerm_storage_account", "mailbox_account"),
        "mailbox identity": ("azurerm_user_assigned_identity", "core_mailbox"),
        "mailbox issuer": ("azurerm_federated_identity_credential", "core_mailbox-issuer"),
        "names": ("azurerm_firewall_policy_rule_collection_group", "network_egress_names"),
        "network": ("azurerm_virtual_network", "network_"),
        "operations identity": ("azurerm_user_assigned_identity", "keys_operations-identity"),
        "operations key": ("azurerm_key_vault_key", "keys_operations_"),
        "pull": ("azurerm_role_assignment", "identity-collector_pulls"),
        "queue": ("azurerm_servicebus_queue", "runtime-collector_work_queue"),
        "reach": ("azurerm_role_assignment", "identity-collector_reaches-internal"),
        "registry": ("azurerm_container_registry", "registry_"),
        "release identity": ("azurerm_user_assigned_identity", "core_release"),
        "release issuer": ("azurerm_federated_identity_credential", "core_release-issuer"),
        "routes": ("azurerm_route_table", "network_routes"),
        "routes guard": ("azurerm_subnet_route_table_association", "network_runtimes-routes"),
        "runtimes group": ("azurerm_network_security_group", "network_runtimes-group"),
        "runtimes guard": (
            "azurerm_subnet_network_security_group_association",
            "network_runtimes-guard",
        ),
        "runtimes subnet": ("azurerm_subnet", "network_runtimes_"),
        "vault": ("azurerm_key_vault", "keys_vault"),
        "vault logging": ("azurerm_monitor_diagnostic_setting", "logs_vault-logging"),
        "workbook": ("azurerm_application_insights_workbook", "logs_dashboard"),
        "workspace": ("azurerm_log_analytics_workspace", "workspace_"),
        "workspace link": ("azurerm_log_analytics_linked_service", "workspace_link"),
        "zone": ("azurerm_private_dns_zone", "network_zone-blob_"),
        "zone link": ("azurerm_private_dns_zone_virtual_network_link", "network_zone-blob-link"),
    }
    PROVIDER: ClassVar[str] = "azurerm"
    BACKEND: ClassVar[str] = "azurerm"

    @classmethod
    def example(cls) -> Self:
        """A copy of the unbroken cell, and the plan that makes it."""
        found = super().example()
        found.prepare()
        return found

    @classmethod
    def standing(cls) -> Self:
        """A copy of the unbroken cell that stands already, and its second plan, which is empty."""
        found = super().example()
        found.plan = json.loads(second_plan(cls.NAME))
        found.prepare()
        return found

    def prepare(self) -> None:
        """Make of the example what this kind of cell begins with."""

    def declare(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Edit the estate that the stack is held to."""
        yaml = YAML()
        document = yaml.load(self.estate)
        change(document)
        text = io.StringIO()
        yaml.dump(document, text)
        self.estate = text.getvalue()

    def at(self, what: str, path: str, value: Any) -> None:
        """Set one argument, through nested blocks and places in lists; None drops it."""
        *blocks, last = path.split(".")

        def change(body: dict[str, Any]) -> None:
            held: Any = body
            for name in blocks:
                if isinstance(held, list):
                    if name.isdigit():
                        held = held[int(name)]
                        continue
                    held = held[0]
                held = held.setdefault(name, {})
            held = held[0] if isinstance(held, list) else held
            held.pop(last, None)
            if value is not None:
                held[last] = value

        self.edit(self.part(what), change)

    def put(self, what: str, path: str, *items: Any) -> None:
        """Add to a list of blocks or values, e.g. to `security_rule`."""
        held: Any = self.body(self.part(what))
        for name in path.split("."):
            if isinstance(held, list):
                held = held[int(name)] if name.isdigit() else held[0].get(name, [])
            else:
                held = held.get(name, [])
        self.at(what, path, [*copy.deepcopy(held), *items])

    def environ(self, name: str, value: str) -> None:
        """Set a variable of the agent's container."""
        held = self.body(self.part("app"))["template"]["container"][0]["env"]
        kept = [each for each in held if each["name"] != name]
        self.at("app", "template.container.0.env", [*kept, {"name": name, "value": value}])

    def spell(self, what: str, name: str, text: str, value: Any) -> None:
        """Set an argument to an expression, of which the plan makes a value."""
        self.set(self.part(what), **{name: text})
        self.known(self.part(what), **{name: value})

    def none(self, what: str) -> None:
        """Leave a resource in the stack that is made no times."""
        where = self.part(what)
        body = copy.deepcopy(self.body(where))
        told = copy.deepcopy(self._configured(where))
        self.remove(where)
        type_, name = where.split(".", 1)
        self.stack["resource"][type_][name] = {**body, "count": 0}
        self._root().append({**told, "count_expression": {"constant_value": 0}})

    def take_declared(self) -> None:
        """Take the estate that declares more, and what its stack has beyond the example's."""
        self.estate, stacks = declared()
        wanted = json.loads(stacks[self.NAME])["resource"]
        had = self.stack["resource"]
        for type_, name in [(each, one) for each in had for one in had[each]]:
            if name not in wanted.get(type_, {}):
                self.remove(f"{type_}.{name}")
        for type_, named in wanted.items():
            for name, body in named.items():
                if name not in had.get(type_, {}):
                    self.add(type_, name, **body)
                    continue
                dropped = dict.fromkeys(had[type_][name].keys() - body.keys() - META)
                self.set(f"{type_}.{name}", **dropped, **body)

    def again(self) -> None:
        """Write every argument into the plan anew, as edits do; nothing changes by it."""
        for type_, named in self.stack["resource"].items():
            for name, body in named.items():
                for argument in body.keys() - {"//", "depends_on", "lifecycle"}:
                    self._replan(f"{type_}.{name}", argument, body)

    def add(self, type_: str, name: str = "added", /, **body: Any) -> str:
        """Add a resource; returns its address."""
        address = super().add(type_, name, **self._resolved(body))
        self.stack["resource"][type_][name] = body
        told = {key: expression(value) for key, value in body.items() if key not in META}
        self._configured(address)["expressions"] = told
        return address

    def remove(self, address: str) -> None:
        """Take a resource out of the stack; the plan destroys what stands."""
        (item,) = [one for one in self.plan["resource_changes"] if one["address"] == address]
        super().remove(address)
        if item["change"]["before"] is not None:
            change = {**item["change"], "actions": ["delete"], "after": None, "after_unknown": {}}
            self.plan["resource_changes"].append({**item, "change": change})

    def _replan(self, address: str, name: str, body: dict[str, Any]) -> None:
        super()._replan(address, name, self._resolved(body))
        change = self._change(address)
        if change["actions"] == ["no-op"]:
            change["actions"] = ["update"]
        for part in ("after", "after_unknown"):
            if name in change[part]:
                change[part][name] = _with_maps(change[part][name])
        self._tell(address)
        if name in body:
            self._configured(address)["expressions"][name] = expression(body[name])

    def _resolved(self, value: Any) -> Any:
        """A value with what the plan knows in the place of references, as Terraform plans it."""
        if isinstance(value, dict):
            return {name: self._resolved(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._resolved(each) for each in value]
        if not isinstance(value, str):
            return value
        return _REFERENCE.sub(self._looked_up, value)

    def _looked_up(self, found: re.Match[str]) -> str:
        values = [one["values"] for one in self._values() if one["address"] == found[1]]
        held: Any = values[0] if values else None
        for name in re.findall(r"\w+", found[2]):
            if isinstance(held, dict):
                held = held.get(name)
            elif isinstance(held, list) and name == "0" and held:
                held = held[0]
            else:
                return found[0]
        return held if isinstance(held, str) else found[0]


@dataclass
class DeclaredCell(AzureCell):
    """The same cell, where the estate names a model, and addresses that CI comes from."""

    PARTS: ClassVar[Mapping[str, tuple[str, str]]] = {
        **AzureCell.PARTS,
        "deployment": ("azurerm_cognitive_deployment", "models_"),
        "model use": ("azurerm_role_assignment", "identity-scribe_calls-models"),
        "models": ("azurerm_cognitive_account", "models_account"),
        "models endpoint": ("azurerm_private_endpoint", "models_endpoint"),
        "public container": ("azurerm_storage_container", "store-public_container"),
        "scribe": ("azurerm_user_assigned_identity", "identity-scribe_identity"),
        "scribe app": ("azurerm_container_app", "runtime-scribe_app"),
        "scribe queue": ("azurerm_servicebus_queue", "runtime-scribe_work_queue"),
        "models logging": ("azurerm_monitor_diagnostic_setting", "models_logging"),
    }

    def prepare(self) -> None:
        """Make of the cell what such an estate has."""
        self.take_declared()


@dataclass
class AzureGuardrails(AzureCell):
    """The guardrails of the cell's subscription."""

    NAME: ClassVar[str] = "guardrails-clinics-uk"
    PARTS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "account": ("azurerm_storage_account", "trail_account"),
        "container": ("azurerm_storage_container", "trail_container"),
        "group": ("azurerm_resource_group", "trail_group"),
        "group locations": ("azurerm_subscription_policy_assignment", "policies_group-locations"),
        "identity": ("azurerm_user_assigned_identity", "trail_key-identity"),
        "key": ("azurerm_key_vault_key", "trail_key_"),
        "key use": ("azurerm_role_assignment", "trail_key-use"),
        "locations": ("azurerm_subscription_policy_assignment", "policies_locations"),
        "lock": ("azurerm_storage_container_immutability_policy", "trail_lock"),
        "no admin": ("azurerm_subscription_policy_assignment", "policies_registry-no-admin"),
        "no public blobs": ("azurerm_subscription_policy_assignment", "policies_no-public-blobs"),
        "no shared keys": ("azurerm_subscription_policy_assignment", "policies_no-shared-keys"),
        "purge protection": ("azurerm_subscription_policy_assignment", "policies_purge-protection"),
        "trail": ("azurerm_monitor_diagnostic_setting", "trail_activity"),
        "vault": ("azurerm_key_vault", "trail_vault"),
    }


@dataclass
class DeclaredGuardrails(AzureGuardrails):
    """The same guardrails, where the estate names a budget, and addresses that CI comes from."""

    PARTS: ClassVar[Mapping[str, tuple[str, str]]] = {
        **AzureGuardrails.PARTS,
        "budget": ("azurerm_consumption_budget_subscription", "budget_"),
    }

    def prepare(self) -> None:
        """Make of the guardrails what such an estate has."""
        self.take_declared()


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One way to break a stack.

    Attributes:
        name: what is broken, in a few words.
        of: the stack that is broken.
        controls: the right controls; either will do.
        edit: the edit.
        stages: where it can be seen.
    """

    name: str
    of: type[AzureCell]
    controls: frozenset[str]
    edit: Callable[[Any], object]
    stages: tuple[Stage, ...] = BOTH


@cache
def declared() -> tuple[str, Mapping[str, str]]:
    """The example estate with addresses, a model and a budget: its text, and its stacks."""
    yaml, text = YAML(), io.StringIO()
    document = yaml.load(ESTATE.read_text(encoding="utf-8"))
    document["ci"]["addresses"] = [NAMED]
    profile = {"cpu": 1, "memory": "2GiB", "data_classes": ["internal"], "models": [MODEL]}
    document["runtimes"]["scribe"] = profile
    document["regions"]["azure/uksouth"]["clinics-uk"]["runtimes"].append("scribe")
    document["accounts"]["clinics-uk"]["budget_usd_per_month"] = 4000
    yaml.dump(document, text)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "regions.yaml").write_text(text.getvalue(), encoding="utf-8")
        estate = load_estate(folder / "regions.yaml")
        kinds = {AzureCell.NAME, AzureGuardrails.NAME}
        app, failed = build(
            estate, [ref for ref in estate.stacks if ref.name in kinds], out=str(folder)
        )
        if failed:
            raise RuntimeError(str(failed))
        app.synth()
        return text.getvalue(), {
            each: (folder / "stacks" / each / "cdk.tf.json").read_text(encoding="utf-8")
            for each in kinds
        }


@cache
def second_plan(stack: str) -> str:
    """What Terraform plans of a stack once it stands, on a twin, as JSON."""
    return as_azure_has_it(plans_of(json.loads(packed(stack, "stack")), "azurerm")[1])


def _with_maps(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_maps(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: each[0] if name in _MAPS and isinstance(each, list) and each else _with_maps(each)
        for name, each in value.items()
    }
