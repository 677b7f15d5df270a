"""Ways to another host or port than those of the jurisdiction's Vault."""

from typing import Any

from policies.breaches_azure.edits import Edit, at, changed, outward, put

_VAULT = "application_rule_collection.2.rule.0"
_NAMES = "application_rule_collection.0.rule.0"
_OWN = "vault.uk.acme.example"


def _moved(cell: Any) -> None:
    def move(estate: Any) -> None:
        estate["vault"]["clusters"]["UK"] = f"https://{_OWN}:8300"

    cell.declare(move)


VAULT: dict[str, Edit] = {
    "vault of another jurisdiction": at(
        "names", f"{_VAULT}.destination_fqdns", ["vault.eu.acme.example"]
    ),
    "vault and a stranger": put("names", f"{_VAULT}.destination_fqdns", "vault.evil.example"),
    "vault by a pattern": at("names", f"{_VAULT}.destination_fqdns", ["*.acme.example"]),
    "anybody on vault's port": at("names", f"{_VAULT}.destination_fqdns", ["*"]),
    "vault on another port": at("names", f"{_VAULT}.protocols", [{"type": "Https", "port": 8201}]),
    "vault on 443": at("names", f"{_VAULT}.protocols", [{"type": "Https", "port": 443}]),
    "vault on one more port": put("names", f"{_VAULT}.protocols", {"type": "Https", "port": 443}),
    "vault in clear text": at("names", f"{_VAULT}.protocols", [{"type": "Http", "port": 8200}]),
    "declared name on vault's port": at(
        "names", f"{_NAMES}.protocols", [{"type": "Https", "port": 8200}]
    ),
    "declared name on both ports": put(
        "names", f"{_NAMES}.protocols", {"type": "Https", "port": 8200}
    ),
    "platform's name on vault's port": at(
        "names",
        "application_rule_collection.1.rule.0.protocols",
        [{"type": "Https", "port": 8200}],
    ),
    "group open beside vault's port": outward(peer="Internet", destination_port_range="8201"),
    "group open from vault's port on": changed("vault-out", destination_port_ranges=["8200-8300"]),
    "group open on vault's port by every protocol": changed("vault-out", protocol="*"),
    "group open on every port": changed("vault-out", destination_port_ranges=["0-65535"]),
    "platform on vault's port": changed("platform-0-out", destination_port_ranges=["8200"]),
    "vault that moved to another port": _moved,
}
