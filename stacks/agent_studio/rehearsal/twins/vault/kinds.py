"""Each resource type of Vault over its HTTP API: what is sent, read back and deleted.

Source: Vault API, "/sys/namespaces", "/sys/mounts", "/sys/auth", "/sys/policies", "Transit" and
"JWT/OIDC auth method".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent_studio.rehearsal.twins.vault.played import Played

if TYPE_CHECKING:
    from agent_studio.rehearsal.vault.api import Api

Values = Mapping[str, Any]

_ROLE = (
    "role_type",
    "user_claim",
    "bound_audiences",
    "bound_subject",
    "bound_claims",
    "bound_claims_type",
    "clock_skew_leeway",
    "expiration_leeway",
    "not_before_leeway",
    "token_policies",
    "token_no_default_policy",
    "token_bound_cidrs",
    "token_explicit_max_ttl",
    "token_ttl",
    "token_max_ttl",
    "token_num_uses",
    "token_period",
    "token_type",
)
_KEY_SETTINGS = ("exportable", "allow_plaintext_backup", "deletion_allowed")
_METHOD = ("oidc_discovery_url", "bound_issuer", "jwt_supported_algs")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One resource type.

    Attributes:
        sent: what the API is told for a resource: its attributes, as the server shall hold them.
        create: makes it.
        update: changes it in place.
        read: what the server holds of those attributes; raises a 404 where there is none.
        path: deletes it.
        lingers: the server deletes it in the background, and holds it until it is cleared.
    """

    sent: Callable[[Played, Values], dict[str, Any]]
    create: Callable[[Api, Values, dict[str, Any]], None]
    update: Callable[[Api, Values, dict[str, Any]], None]
    read: Callable[[Api, Values], dict[str, Any]]
    path: Callable[[Values], str]
    lingers: bool = False


def _set(values: Values, *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if values.get(name) is not None}


def _make_namespace(api: Api, values: Values, _sent: dict[str, Any]) -> None:
    api.call("POST", f"sys/namespaces/{values['path']}", {})


def _read_namespace(api: Api, values: Values) -> dict[str, Any]:
    api.call("GET", f"sys/namespaces/{values['path']}")
    return {}


def _make_mount(api: Api, values: Values, sent: dict[str, Any]) -> None:
    api.call("POST", f"sys/mounts/{values['path']}", sent)


def _tune_mount(api: Api, values: Values, sent: dict[str, Any]) -> None:
    api.call("POST", f"sys/mounts/{values['path']}/tune", _set(sent, "description", "options"))


def _read_mount(api: Api, values: Values) -> dict[str, Any]:
    return _set(
        api.call("GET", f"sys/mounts/{values['path']}")["data"], "type", "description", "options"
    )


def _key_path(values: Values) -> str:
    return f"{values['backend']}/keys/{values['name']}"


def _make_key(api: Api, values: Values, sent: dict[str, Any]) -> None:
    wanted = _set(sent, "type", "exportable", "allow_plaintext_backup")
    api.call("POST", _key_path(values), wanted)
    _set_key(api, values, sent)


def _set_key(api: Api, values: Values, sent: dict[str, Any]) -> None:
    settings = _set(sent, "deletion_allowed")
    # These can be turned on, and never off again ("Update key configuration").
    settings |= {name: True for name in ("exportable", "allow_plaintext_backup") if sent.get(name)}
    if settings:
        api.call("POST", f"{_key_path(values)}/config", settings)


def _read_key(api: Api, values: Values) -> dict[str, Any]:
    return _set(api.call("GET", _key_path(values))["data"], "type", *_KEY_SETTINGS)


def _send_method(played: Played, values: Values) -> dict[str, Any]:
    found = _set(values, "type", "description", *_METHOD)
    for name in ("oidc_discovery_url", "bound_issuer"):
        if name in found:
            found[name] = played.issuer(found[name])
    return found


def _make_method(api: Api, values: Values, sent: dict[str, Any]) -> None:
    api.call("POST", f"sys/auth/{values['path']}", _set(sent, "type", "description"))
    _set_method(api, values, sent)


def _set_method(api: Api, values: Values, sent: dict[str, Any]) -> None:
    api.call("POST", f"sys/mounts/auth/{values['path']}/tune", _set(sent, "description"))
    authority = _set(sent, "oidc_discovery_ca_pem")
    api.call("POST", f"auth/{values['path']}/config", {**_set(sent, *_METHOD), **authority})


def _read_method(api: Api, values: Values) -> dict[str, Any]:
    # The provider, too, reads methods there: `sys/auth/<path>` takes the right `sudo`.
    found = api.call("GET", f"sys/mounts/auth/{values['path']}")["data"]
    mounted = _set(found, "type", "description")
    settings = api.call("GET", f"auth/{values['path']}/config")["data"]
    return {**mounted, **_set(settings, *_METHOD)}


def _role_path(values: Values) -> str:
    return f"auth/{values['backend']}/role/{values['role_name']}"


def _send_role(played: Played, values: Values) -> dict[str, Any]:
    found = _set(values, *_ROLE)
    if "token_bound_cidrs" in found:
        found["token_bound_cidrs"] = [played.network(each) for each in found["token_bound_cidrs"]]
    return found


def _write_role(api: Api, values: Values, sent: dict[str, Any]) -> None:
    api.call("POST", _role_path(values), sent)


def _read_role(api: Api, values: Values) -> dict[str, Any]:
    return _set(api.call("GET", _role_path(values))["data"], *_ROLE)


def _policy_path(values: Values) -> str:
    return f"sys/policies/acl/{values['name']}"


def _write_policy(api: Api, values: Values, sent: dict[str, Any]) -> None:
    api.call("PUT", _policy_path(values), sent)


def _read_policy(api: Api, values: Values) -> dict[str, Any]:
    return _set(api.call("GET", _policy_path(values))["data"], "policy")


KINDS: Mapping[str, Kind] = {
    "vault_namespace": Kind(
        sent=lambda _played, _values: {},
        create=_make_namespace,
        update=lambda _api, _values, _sent: None,
        read=_read_namespace,
        path=lambda values: f"sys/namespaces/{values['path']}",
        lingers=True,
    ),
    "vault_mount": Kind(
        sent=lambda _played, values: _set(values, "type", "description", "options"),
        create=_make_mount,
        update=_tune_mount,
        read=_read_mount,
        path=lambda values: f"sys/mounts/{values['path']}",
    ),
    "vault_transit_secret_backend_key": Kind(
        sent=lambda _played, values: _set(values, "type", *_KEY_SETTINGS),
        create=_make_key,
        update=_set_key,
        read=_read_key,
        path=_key_path,
    ),
    "vault_jwt_auth_backend": Kind(
        sent=_send_method,
        create=_make_method,
        update=_set_method,
        read=_read_method,
        path=lambda values: f"sys/auth/{values['path']}",
    ),
    "vault_jwt_auth_backend_role": Kind(
        sent=_send_role,
        create=_write_role,
        update=_write_role,
        read=_read_role,
        path=_role_path,
    ),
    "vault_policy": Kind(
        sent=lambda _played, values: _set(values, "policy"),
        create=_write_policy,
        update=_write_policy,
        read=_read_policy,
        path=_policy_path,
    ),
}
"""Resource type -> how it is written and read."""
