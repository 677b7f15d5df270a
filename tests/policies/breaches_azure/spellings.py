"""The same breaches, spelled so that a careless reader takes them for nothing."""

from typing import Any

from policies.breaches_azure.cell import OWN, STRANGER
from policies.breaches_azure.edits import FOREIGN_ACCOUNT, FOREIGN_KEY, Edit, known, spell

_OPEN = {
    "access": "Allow",
    "destination_address_prefix": "*",
    "destination_port_range": "*",
    "direction": "Inbound",
    "name": "added",
    "priority": 300,
    "protocol": "*",
    "source_address_prefix": "*",
    "source_port_range": "*",
}


def _dynamic(what: str, name: str, content: dict[str, Any], *, instead: bool = False) -> Edit:
    """A block that Terraform makes at the plan."""

    def edit(cell: Any) -> None:
        where = cell.part(what)
        if instead:
            cell.set(where, **{name: None})
        cell.body(where)["dynamic"] = {name: [{"for_each": ["x"], "content": content}]}
        cell.known(where, **{name: content})

    return edit


def _key(cell: Any) -> None:
    own = cell.ref("key", "versionless_id").strip("${}")
    text = f'${{replace({own}, "acme-keys", "theirs")}}'
    cell.at("account", "customer_managed_key.key_vault_key_id", text)


def _either_key(cell: Any) -> None:
    own = cell.ref("key", "versionless_id").strip("${}")
    text = f'${{true ? "{FOREIGN_KEY}" : {own}}}'
    cell.at("account", "customer_managed_key.key_vault_key_id", text)


def _scope(cell: Any) -> None:
    own = cell.ref("container", "id").strip("${}")
    text = f'${{join("/", slice(split("/", {own}), 0, 3))}}'
    cell.spell("reach", "scope", text, f"/subscriptions/{OWN}")


def _principal(cell: Any) -> None:
    own = cell.ref("identity", "principal_id").strip("${}")
    cell.spell("reach", "principal_id", f'${{coalesce("{STRANGER}", {own})}}', STRANGER)


def _destination(cell: Any) -> None:
    own = cell.ref("archive", "id").strip("${}")
    text = f'${{format("%s", "{FOREIGN_ACCOUNT}", {own})}}'
    cell.spell("export", "destination_resource_id", text, FOREIGN_ACCOUNT)


def _listed(type_: str, what: str) -> Edit:
    """A resource whose body stands in a list, as Terraform takes it too."""

    def edit(cell: Any) -> None:
        name = cell.part(what).split(".", 1)[1]
        body = cell.body(cell.part(what))
        cell.at(what, "location", "eastus")
        cell.stack["resource"][type_][name] = [body]

    return edit


def _elsewhere(cell: Any) -> None:
    """Resources in a list of blocks, of which the second holds the breach."""
    cell.add("azurerm_storage_account", "added", name="theirs", location="eastus")
    added = cell.stack["resource"]["azurerm_storage_account"].pop("added")
    more = {"azurerm_storage_account": {"added": added}}
    cell.stack["resource"] = [cell.stack["resource"], more]


def _planned_alone(cell: Any) -> None:
    """A role that the plan gives, of which the stack says nothing."""
    cell.add(
        "azurerm_role_assignment",
        "added",
        scope=f"/subscriptions/{OWN}",
        role_definition_name="Owner",
        principal_id=STRANGER,
        principal_type="ServicePrincipal",
    )
    del cell.stack["resource"]["azurerm_role_assignment"]["added"]


def _another_provider(cell: Any) -> None:
    """The plan was made by another provider of the same name."""
    cell.plan["configuration"]["provider_config"]["azurerm"]["full_name"] = "evil.example/x/azurerm"
    for change in cell.plan["resource_changes"]:
        change["provider_name"] = "evil.example/x/azurerm"


def _multiplied(cell: Any) -> None:
    cell.multiply(cell.part("account"), {}, {"location": "eastus"})


SPELLINGS: dict[str, Edit] = {
    "copies by an expression": spell(
        "account", "account_replication_type", '${upper("grs")}', "GRS"
    ),
    "copies by a choice": spell(
        "account", "account_replication_type", '${true ? "GRS" : "ZRS"}', "GRS"
    ),
    "region by an expression": spell(
        "account", "location", '${join("", ["east", "us"])}', "eastus"
    ),
    "region by a directive": spell(
        "account", "location", "%{ if true }eastus%{ else }uksouth%{ endif }", "eastus"
    ),
    "region by a local value": lambda cell: (
        cell.stack.update(locals={"where": "eastus"}),
        cell.spell("account", "location", "${local.where}", "eastus"),
    ),
    "region by a variable": lambda cell: (
        cell.stack.update(variable={"where": {"default": "eastus"}}),
        cell.spell("account", "location", "${var.where}", "eastus"),
    ),
    "region with spaces around it": lambda cell: cell.at("account", "location", " eastus "),
    "internet by an expression": spell(
        "account", "public_network_access_enabled", "${!false}", True
    ),
    "shared key by an expression": spell(
        "account", "shared_access_key_enabled", '${tobool("true")}', True
    ),
    "role by an expression": spell("reach", "role_definition_name", '${title("owner")}', "Owner"),
    "access by an expression": spell(
        "container", "container_access_type", '${trimspace(" blob ")}', "blob"
    ),
    "subscription by an expression": _scope,
    "principal by an expression": _principal,
    "destination by an expression": _destination,
    "own key with another host": _key,
    "own key or another": _either_key,
    "rule without brackets": lambda cell: cell.set(
        cell.part("runtimes group"), security_rule=_OPEN
    ),
    "rule by a dynamic block": _dynamic("runtimes group", "security_rule", _OPEN, instead=True),
    "doors by a dynamic block": _dynamic(
        "account", "network_rules", {"default_action": "Allow"}, instead=True
    ),
    "ingress by a dynamic block": _dynamic(
        "app", "ingress", {"external_enabled": True, "target_port": 8080}
    ),
    "body in a list": _listed("azurerm_storage_account", "account"),
    "resources in a list": _elsewhere,
}

TOLD: dict[str, Edit] = {
    "role of the plan alone": _planned_alone,
    "another provider's plan": _another_provider,
    "second instance elsewhere": _multiplied,
    "region in the plan alone": known("account", location="eastus"),
    "copies in the plan alone": known("account", account_replication_type="GRS"),
    "internet in the plan alone": known("account", public_network_access_enabled=True),
    "shared key in the plan alone": known("account", shared_access_key_enabled=True),
    "role in the plan alone": known("reach", role_definition_name="Owner"),
    "scope in the plan alone": known("reach", scope=f"/subscriptions/{OWN}"),
    "destination in the plan alone": known("export", destination_resource_id=FOREIGN_ACCOUNT),
    "access in the plan alone": known("container", container_access_type="blob"),
    "issuer in the plan alone": known("mailbox issuer", issuer="https://evil.example"),
    "names in the plan alone": known(
        "names",
        application_rule_collection=[
            {
                "action": "Allow",
                "name": "x",
                "priority": 100,
                "rule": [
                    {
                        "name": "x",
                        "destination_fqdns": ["*"],
                        "source_addresses": ["*"],
                        "protocols": [{"port": 443, "type": "Https"}],
                    }
                ],
            }
        ],
    ),
    "rule in the plan alone": known("runtimes group", security_rule=[_OPEN]),
    "route in the plan alone": known(
        "routes",
        route=[
            {
                "name": "out",
                "address_prefix": "0.0.0.0/0",
                "next_hop_type": "Internet",
                "next_hop_in_ip_address": "",
            }
        ],
    ),
    "key in the plan alone": known(
        "account",
        customer_managed_key=[{"key_vault_key_id": FOREIGN_KEY, "managed_hsm_key_id": None}],
    ),
    "issued to a stranger in the plan alone": known("reach", principal_id=STRANGER),
}
"""What a plan says beside what the stack says: the plan is what is applied."""
