"""The example cell, to be broken: its synthesized stack and its plan, edited together."""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from policies.breaches.planned import META, body_planned, expression, planned
from support.packed import packed

ESTATE = Path(__file__).resolve().parents[3] / "regions.yaml"
STACK = "cell-aws-eu-west-1-payments-eu"

OWN = "222222222222"
RETAIL = "333333333333"
"""An account of the estate that is not this cell's."""
STRANGER = "999999999999"

_PARTS = {
    "access logs encryption": ("aws_s3_bucket_server_side_encryption_configuration", "access-logs"),
    "alarm": ("aws_cloudwatch_metric_alarm", "logs_alarms_kills"),
    "analyst group": ("aws_security_group", "network_runtimes_analyst"),
    "boundary": ("aws_iam_policy", "identity-analyst_boundary"),
    "bucket": ("aws_s3_bucket", "store-personal_store_bucket"),
    "bucket encryption": (
        "aws_s3_bucket_server_side_encryption_configuration",
        "store-personal_store_encryption",
    ),
    "bucket logging": ("aws_s3_bucket_logging", "store-personal_store_access-logging"),
    "bucket policy": ("aws_s3_bucket_policy", "store-personal_store_policy"),
    "budget": ("aws_budgets_budget", "runtime-collector_budget"),
    "cluster": ("aws_ecs_cluster", "runtime-cluster"),
    "collector group": ("aws_security_group", "network_runtimes_collector"),
    "dns names": ("aws_route53_resolver_firewall_domain_list", "network_dns-firewall_admitted"),
    "dns refusal": ("aws_route53_resolver_firewall_rule", "network_dns-firewall_refuse"),
    "dns switch": ("aws_route53_resolver_firewall_config", "network_dns-firewall_fail-closed"),
    "door": ("aws_iam_role", "mailbox_door"),
    "endpoint group": ("aws_security_group", "network_endpoints_group"),
    "execution policy": ("aws_iam_role_policy", "identity-analyst_execution-policy"),
    "firewall log": ("aws_networkfirewall_logging_configuration", "network_internet"),
    "firewall names": ("aws_networkfirewall_rule_group", "network_internet_firewall_names"),
    "firewall policy": ("aws_networkfirewall_firewall_policy", "network_internet_firewall_policy"),
    "firewall vault": ("aws_networkfirewall_rule_group", "network_internet_firewall_vault"),
    "flow log": ("aws_flow_log", "network_flow-logs"),
    "gateway": ("aws_internet_gateway", "network_internet_gateway"),
    "key": ("aws_kms_key", "keys_class-personal"),
    "log group": ("aws_cloudwatch_log_group", "logs_group-analyst"),
    "model endpoint": ("aws_vpc_endpoint", "network_endpoints_bedrock"),
    "operations key": ("aws_kms_key", "keys_operations"),
    "parameter": ("aws_ssm_parameter", "mailbox_mailbox-bundle"),
    "private routes": ("aws_route_table", "network_private_private-0"),
    "public access block": (
        "aws_s3_bucket_public_access_block",
        "store-personal_store_public-access",
    ),
    "public subnet": ("aws_subnet", "network_internet_public-0"),
    "queue": ("aws_sqs_queue", "runtime-analyst_work_queue"),
    "registry policy": ("aws_ecr_repository_policy", "registry_analyst-policy"),
    "repository": ("aws_ecr_repository", "registry_analyst"),
    "s3 endpoint": ("aws_vpc_endpoint", "network_endpoints_s3"),
    "service": ("aws_ecs_service", "runtime-analyst_service"),
    "sqs endpoint": ("aws_vpc_endpoint", "network_endpoints_sqs"),
    "stream": ("aws_kinesis_firehose_delivery_stream", "logs_archive_stream"),
    "subnet": ("aws_subnet", "network_private_private-0"),
    "subscription": ("aws_cloudwatch_log_subscription_filter", "logs_feed-analyst"),
    "task": ("aws_ecs_task_definition", "runtime-analyst_task"),
    "task policy": ("aws_iam_role_policy", "identity-analyst_task-policy"),
    "task role": ("aws_iam_role", "identity-analyst_task"),
    "topic": ("aws_sns_topic", "logs_alarms_topic"),
    "topic policy": ("aws_sns_topic_policy", "logs_alarms_topic-policy"),
    "versioning": ("aws_s3_bucket_versioning", "store-personal_store_versioning"),
    "vpc": ("aws_vpc", "network_private_vpc"),
}
"""What breaches break -> its type and how its name begins; the rest of a name is a hash."""


@dataclass
class Cell:
    """The example cell; what edits the stack edits its plan as Terraform would plan it.

    Attributes:
        stack: the parsed `cdk.tf.json`.
        plan: the parsed plan JSON.
        estate: the text of `regions.yaml`.
    """

    stack: dict[str, Any]
    plan: dict[str, Any]
    estate: str

    NAME: ClassVar[str] = STACK
    PARTS: ClassVar[Mapping[str, tuple[str, str]]] = _PARTS
    PROVIDER: ClassVar[str] = "aws"
    BACKEND: ClassVar[str] = "s3"

    @classmethod
    def example(cls) -> Self:
        """A copy of the unbroken cell."""
        return cls(
            stack=json.loads(packed(cls.NAME, "stack")),
            plan=json.loads(packed(cls.NAME, "plan")),
            estate=ESTATE.read_text(encoding="utf-8"),
        )

    def part(self, what: str) -> str:
        """The address of a part of the cell, e.g. of the analyst's `task policy`."""
        type_, start = self.PARTS[what]
        (name,) = [name for name in self.stack["resource"][type_] if name.startswith(start)]
        return f"{type_}.{name}"

    def ref(self, what: str, attribute: str = "arn") -> str:
        """An expression that refers to a part of the cell."""
        return f"${{{self.part(what)}.{attribute}}}"

    def body(self, address: str) -> dict[str, Any]:
        """The synthesized resource at an address."""
        type_, name = address.split(".", 1)
        found: dict[str, Any] = self.stack["resource"][type_][name]
        return found

    def edit(self, address: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change a resource in place; its plan follows."""
        body = self.body(address)
        was = copy.deepcopy(body)
        change(body)
        for name in sorted((was.keys() | body.keys()) - META):
            if was.get(name) != body.get(name):
                self._replan(address, name, body)
        if body.get("provider") != was.get("provider"):
            self._configured(address)["provider_config_key"] = body.get("provider", self.PROVIDER)

    def set(self, address: str, **values: Any) -> None:
        """Set arguments of a resource; None drops one."""

        def change(body: dict[str, Any]) -> None:
            for name, value in values.items():
                body.pop(name, None)
                if value is not None:
                    body[name] = value

        self.edit(address, change)

    def rewrite(
        self, address: str, change: Callable[[Any], object], attribute: str = "policy"
    ) -> None:
        """Change the JSON document in an argument in place."""
        document = json.loads(self.body(address)[attribute])
        change(document)
        self.set(address, **{attribute: json.dumps(document)})

    def state(self, address: str, attribute: str = "policy", /, **statement: Any) -> None:
        """Add a statement to a policy document; an Allow unless it says otherwise."""
        body = {"Effect": "Allow", **statement}
        self.rewrite(address, lambda document: document["Statement"].append(body), attribute)

    def container(self, address: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the first container of a task definition in place."""
        self.rewrite(address, lambda found: change(found[0]), "container_definitions")

    def environment(self, address: str, name: str, value: str) -> None:
        """Set a variable of the first container's environment."""

        def change(container: dict[str, Any]) -> None:
            kept = [one for one in container.get("environment", []) if one["name"] != name]
            container["environment"] = [*kept, {"name": name, "value": value}]

        self.container(address, change)

    def add(self, type_: str, name: str = "added", /, **body: Any) -> str:
        """Add a resource; returns its address."""
        address = f"{type_}.{name}"
        self.stack["resource"].setdefault(type_, {})[name] = body
        after, marks = body_planned(body)
        self._plan_new(address, type_, name, after, {**marks, "id": True})
        provider = body.get("provider", type_.split("_", 1)[0])
        self._root().append(
            {
                "address": address,
                "mode": "managed",
                "type": type_,
                "name": name,
                "provider_config_key": provider,
                "expressions": {k: expression(v) for k, v in body.items() if k not in META},
                "schema_version": 0,
            }
        )
        return address

    def data(self, type_: str, name: str = "added", /, **body: Any) -> str:
        """Add a data source that is read at the apply; returns its address."""
        address = f"data.{type_}.{name}"
        self.stack.setdefault("data", {}).setdefault(type_, {})[name] = body
        common = {"address": address, "mode": "data", "type": type_, "name": name}
        provider = type_.split("_", 1)[0]
        expressions = {k: expression(v) for k, v in body.items() if k not in META}
        self._root().append({**common, "provider_config_key": provider, "expressions": expressions})
        change = {"actions": ["read"], "before": None, "after": {}, "after_unknown": {"id": True}}
        self.plan["resource_changes"].append({**common, "change": change})
        return address

    def remove(self, address: str) -> None:
        """Take a resource out of the stack and out of the plan."""
        type_, name = address.split(".", 1)
        del self.stack["resource"][type_][name]
        for items in (self._root(), self._values(), self.plan["resource_changes"]):
            items[:] = [item for item in items if item["address"] != address]

    def provide(self, alias: str, **values: Any) -> str:
        """Add an aliased provider like the cell's own but for some arguments; returns its name."""
        own = self.stack["provider"][self.PROVIDER][0]
        body = {**copy.deepcopy(own), "alias": alias, **values}
        body = {name: value for name, value in body.items() if value is not None}
        self.stack["provider"][self.PROVIDER].append(body)
        self.plan["configuration"]["provider_config"][f"{self.PROVIDER}.{alias}"] = {
            "name": self.PROVIDER,
            "full_name": f"registry.terraform.io/hashicorp/{self.PROVIDER}",
            "alias": alias,
            "expressions": {k: expression(v) for k, v in body.items() if k != "alias"},
        }
        return f"{self.PROVIDER}.{alias}"

    def reprovide(self, **values: Any) -> None:
        """Set arguments of the cell's own provider; None drops one."""
        body = self.stack["provider"][self.PROVIDER][0]
        told = self.plan["configuration"]["provider_config"][self.PROVIDER]["expressions"]
        for name, value in values.items():
            body.pop(name, None)
            told.pop(name, None)
            if value is not None:
                body[name] = value
                told[name] = expression(value)

    def backend(self, **values: Any) -> None:
        """Set arguments of the state's backend; None drops one."""
        body = self.stack["terraform"]["backend"][self.BACKEND]
        for name, value in values.items():
            body.pop(name, None)
            if value is not None:
                body[name] = value

    def known(self, address: str, **values: Any) -> None:
        """What the plan makes of expressions that it can resolve, as of variables and data."""
        change = self._change(address)
        for name, value in values.items():
            after, mark = planned(name, value)
            change["after"][name] = after
            change["after_unknown"].pop(name, None)
            if mark:
                change["after_unknown"][name] = mark
        self._tell(address)

    def multiply(self, address: str, *instances: dict[str, Any]) -> None:
        """Give a resource a `count`, with what the plan makes of each instance."""
        self.body(address)["count"] = len(instances)
        (old,) = [c for c in self.plan["resource_changes"] if c["address"] == address]
        (told,) = [v for v in self._values() if v["address"] == address]
        self.plan["resource_changes"].remove(old)
        self._values().remove(told)
        for index, values in enumerate(instances):
            item = {**copy.deepcopy(old), "address": f"{address}[{index}]", "index": index}
            item["change"]["after"].update(values)
            for name in values:
                item["change"]["after_unknown"].pop(name, None)
            self.plan["resource_changes"].append(item)
            value = {**told, "address": item["address"], "index": index}
            self._values().append({**value, "values": copy.deepcopy(item["change"]["after"])})

    def act(self, address: str, *actions: str) -> None:
        """Have the plan do this to what stands already at an address."""
        change = self._change(address)
        change["actions"] = list(actions)
        change["before"] = copy.deepcopy(change["after"])
        if "create" not in actions:
            change["after"] = None
            self._values()[:] = [item for item in self._values() if item["address"] != address]

    def was(self, address: str, **values: Any) -> None:
        """Have the plan update what stands at an address, with other values before."""
        change = self._change(address)
        change["actions"] = ["update"]
        change["before"] = {**copy.deepcopy(change["after"]), **values}

    def _replan(self, address: str, name: str, body: dict[str, Any]) -> None:
        change = self._change(address)
        after, marks = planned(name, body.get(name))
        change["after"].pop(name, None)
        change["after_unknown"].pop(name, None)
        if marks is not True:
            change["after"][name] = after
        if marks:
            change["after_unknown"][name] = marks
        expressions = self._configured(address).setdefault("expressions", {})
        expressions.pop(name, None)
        if name in body:
            expressions[name] = expression(body[name])
        self._tell(address)

    def _plan_new(
        self, address: str, type_: str, name: str, after: dict[str, Any], marks: dict[str, Any]
    ) -> None:
        common = {
            "address": address,
            "mode": "managed",
            "type": type_,
            "name": name,
            "provider_name": f"registry.terraform.io/hashicorp/{type_.split('_', 1)[0]}",
        }
        change = {"actions": ["create"], "before": None, "after": after, "after_unknown": marks}
        self.plan["resource_changes"].append({**common, "change": change})
        self._values().append({**common, "schema_version": 0, "values": copy.deepcopy(after)})

    def _tell(self, address: str) -> None:
        (told,) = [item for item in self._values() if item["address"] == address]
        told["values"] = copy.deepcopy(self._change(address)["after"])

    def _change(self, address: str) -> dict[str, Any]:
        (item,) = [one for one in self.plan["resource_changes"] if one["address"] == address]
        found: dict[str, Any] = item["change"]
        return found

    def _configured(self, address: str) -> dict[str, Any]:
        (item,) = [one for one in self._root() if one["address"] == address]
        return item

    def _root(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.plan["configuration"]["root_module"]["resources"]
        return found

    def _values(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.plan["planned_values"]["root_module"]["resources"]
        return found
