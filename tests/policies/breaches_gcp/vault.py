"""Ways to another host or port than those of the jurisdiction's Vault."""

from collections.abc import Callable

from policies.breaches_gcp.cell import GcpCell

_CONFIGS = "match.layer4_configs"


def _at(what: str, path: str, value: object) -> Callable[[GcpCell], object]:
    return lambda cell: cell.at(what, path, value)


def _moved(cell: GcpCell) -> None:
    assert "vault.jp.acme.example:8200" in cell.estate
    cell.estate = cell.estate.replace("vault.jp.acme.example:8200", "vault.jp.acme.example:8300")


VAULT: dict[str, Callable[[GcpCell], object]] = {
    "vault of another jurisdiction": _at(
        "vault rule", "match.dest_fqdns", ["vault.eu.acme.example"]
    ),
    "vault and a stranger": _at(
        "vault rule", "match.dest_fqdns", ["vault.jp.acme.example", "vault.evil.example"]
    ),
    "vault by any name": _at("vault rule", "match.dest_fqdns", None),
    "vault by addresses": _at("vault rule", "match.dest_ip_ranges", ["203.0.113.0/24"]),
    "vault on another port": _at(
        "vault rule", _CONFIGS, [{"ip_protocol": "tcp", "ports": ["8201"]}]
    ),
    "vault on 443": _at("vault rule", _CONFIGS, [{"ip_protocol": "tcp", "ports": ["443"]}]),
    "vault on one more port": _at(
        "vault rule", _CONFIGS, [{"ip_protocol": "tcp", "ports": ["8200", "22"]}]
    ),
    "vault on a range of ports": _at(
        "vault rule", _CONFIGS, [{"ip_protocol": "tcp", "ports": ["8200-8300"]}]
    ),
    "vault on any port": _at("vault rule", _CONFIGS, [{"ip_protocol": "tcp"}]),
    "vault by any protocol": _at("vault rule", _CONFIGS, [{"ip_protocol": "all"}]),
    "vault by another protocol": _at(
        "vault rule", _CONFIGS, [{"ip_protocol": "udp", "ports": ["8200"]}]
    ),
    "declared name on vault's port": _at("vault rule", "match.dest_fqdns", ["api.github.com"]),
    "declared rule on vault's port": _at(
        "declared rule", _CONFIGS, [{"ip_protocol": "tcp", "ports": ["8200"]}]
    ),
    "declared rule on both ports": _at(
        "declared rule", _CONFIGS, [{"ip_protocol": "tcp", "ports": ["443", "8200"]}]
    ),
    "look-up of another jurisdiction's vault": _at(
        "vault zone", "dns_name", "vault.us.acme.example."
    ),
    "look-up of all that is below": _at("vault zone", "dns_name", "acme.example."),
    "vault that moved to another port": _moved,
}
