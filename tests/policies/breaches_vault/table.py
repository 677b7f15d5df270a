"""Every way that is tried, by what it breaks."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.breaches.breach import BOTH
from policies.breaches.cell import Cell
from policies.breaches_azure.cell import AzureCell
from policies.breaches_gcp.cell import GcpCell
from policies.breaches_vault.edits import (
    KEY,
    METHOD,
    NAMESPACE,
    POLICY,
    ROLE,
    SECRETS,
    SHARED_POLICY,
    SHARED_ROLE,
    SIGNING,
    TRANSIT,
    Edit,
    adds,
    claims,
    may,
    no_claim,
    provides,
    sets,
    tells,
)

from agent_studio.policies import Stage

CELLS: Mapping[str, type[Cell]] = {"aws": Cell, "gcp": GcpCell, "azure": AzureCell}

_LOGIN = ("identity-privilege", "identity-principal")
_UNDECIDED = ("undecided",)
_KEYS = ("encryption-key", "encryption-customer-key", "encryption")
_OTHER = "acme-cell-aws-eu-west-1-somebody-else"

_EDITS: dict[str, tuple[tuple[str, ...], Edit]] = {
    # Who may log in.
    "a login for another subject": (_LOGIN, sets(ROLE, bound_subject="somebody-else")),
    "a login for any subject": (_LOGIN, sets(ROLE, bound_subject=None)),
    "a login for another audience": (_LOGIN, sets(ROLE, bound_audiences=["vault://anybody"])),
    "a login for one more audience": (
        _LOGIN,
        sets(ROLE, bound_audiences=["vault://anybody", "vault://acme"]),
    ),
    "a login for any audience": (_LOGIN, sets(ROLE, bound_audiences=None)),
    "a login without a claim": (_LOGIN, no_claim),
    "a login with a claim by pattern": (_LOGIN, sets(ROLE, bound_claims_type="glob")),
    "a login with another claim": (_LOGIN, claims(email="spy@evil.example")),
    "a login from any network": (_LOGIN, sets(ROLE, token_bound_cidrs=None)),
    "a login from the world": (_LOGIN, sets(ROLE, token_bound_cidrs=["0.0.0.0/0"])),
    "a login from a wider network": (_LOGIN, sets(ROLE, token_bound_cidrs=["10.16.0.0/12"])),
    "a login that lasts a day": (_LOGIN, sets(ROLE, token_ttl=86400)),
    "a login renewed for a day": (_LOGIN, sets(ROLE, token_max_ttl=86400)),
    "a login without end": (_UNDECIDED, sets(ROLE, token_period=900)),
    "a login by another claim": (_LOGIN, sets(ROLE, user_claim="email")),
    "a login by a browser": (_LOGIN, sets(ROLE, role_type="oidc")),
    "a login with the default policy": (_LOGIN, sets(ROLE, token_no_default_policy=False)),
    "a login with root's policy": (_LOGIN, sets(ROLE, token_policies=["root"])),
    "a login with one more policy": (_UNDECIDED, sets(ROLE, policies=["admin"])),
    "a login as a batch": (_LOGIN, sets(ROLE, token_type="batch")),
    "a login that logs its claims": (_UNDECIDED, sets(ROLE, verbose_oidc_logging=True)),
    "a login with a wide leeway": (_LOGIN, sets(ROLE, clock_skew_leeway=86400)),
    "a shared login from the world": (_LOGIN, sets(SHARED_ROLE, token_bound_cidrs=["0.0.0.0/0"])),
    "a login at another cell's place": (_LOGIN, sets(ROLE, namespace=_OTHER)),
    "one more login": (
        _LOGIN,
        adds(
            "vault_jwt_auth_backend_role",
            backend="jwt",
            role_name="back-door",
            user_claim="sub",
            token_policies=["root"],
        ),
    ),
    # Whom Vault believes.
    "tokens of another issuer": (_LOGIN, sets(METHOD, bound_issuer="https://evil.example")),
    "keys of another issuer": (_LOGIN, sets(METHOD, oidc_discovery_url="https://evil.example")),
    "tokens of any issuer": (_LOGIN, sets(METHOD, bound_issuer=None)),
    "tokens signed by a shared secret": (_LOGIN, sets(METHOD, jwt_supported_algs=["HS256"])),
    "tokens by more algorithms": (_LOGIN, sets(METHOD, jwt_supported_algs=["RS256", "none"])),
    "a key of somebody's own": (
        _UNDECIDED,
        sets(METHOD, jwt_validation_pubkeys=["-----BEGIN PUBLIC KEY-----"]),
    ),
    "keys from another address": (_UNDECIDED, sets(METHOD, jwks_url="https://evil.example/k")),
    "an authority of somebody's own": (_UNDECIDED, sets(METHOD, oidc_discovery_ca_pem="-----")),
    "a role for who names none": (_UNDECIDED, sets(METHOD, default_role="collector")),
    "another way in": (
        ("undecided",),
        adds("vault_auth_backend", type="userpass", path="people"),
    ),
    # What they may do there.
    "a policy for all": (_LOGIN, may("*", "read", "update", "sudo")),
    "a policy for every secret": (_LOGIN, may("kv/data/*", "read")),
    "a policy that writes secrets": (_LOGIN, may("kv/data/runtimes/collector/*", "create")),
    "a policy for another runtime's secrets": (_LOGIN, may("kv/data/runtimes/analyst/*", "read")),
    "a policy that exports keys": (_LOGIN, may("transit/export/*", "read")),
    "a policy that makes tokens": (_LOGIN, may("auth/token/create", "update")),
    "a policy that decrypts pseudonyms' keys": (
        _LOGIN,
        may("transit/decrypt/class-internal", "update", part=SHARED_POLICY),
    ),
    "a policy that is no document": (_LOGIN, sets(POLICY, policy='path "*" {}')),
    "one more policy": (_LOGIN, adds("vault_policy", name="back-door", policy="{}")),
    # What holds secrets and keys.
    "a key that can leave": (_KEYS, sets(KEY, exportable=True)),
    "a key with a backup in the clear": (_KEYS, sets(KEY, allow_plaintext_backup=True)),
    "a key that can be deleted": (
        (*_KEYS, "data-bearing-destroyed", "data-bearing-unprotected"),
        sets(KEY, deletion_allowed=True),
    ),
    "a key of another kind": (_KEYS, sets(KEY, type="rsa-2048")),
    "a signing key that can leave": (_KEYS, sets(SIGNING, exportable=True)),
    "a key that nothing protects": (
        ("data-bearing-unprotected",),
        sets(KEY, lifecycle=None),
    ),
    "secrets that nothing protects": (("data-bearing-unprotected",), sets(SECRETS, lifecycle=None)),
    "secrets in one version": (_UNDECIDED, sets(SECRETS, options={"version": "1"})),
    "secrets in another engine": (_UNDECIDED, sets(SECRETS, type="generic")),
    "secrets that the log shows": (
        _UNDECIDED,
        sets(SECRETS, audit_non_hmac_response_keys=["data"]),
    ),
    "secrets at another cell's place": (_UNDECIDED, sets(SECRETS, namespace=_OTHER)),
    "keys in the root namespace": (_UNDECIDED, sets(TRANSIT, namespace=None)),
    "a place of another name": (_UNDECIDED, sets(NAMESPACE, path="acme-else")),
    "one more engine": (_UNDECIDED, adds("vault_mount", path="more", type="kv")),
    "one more key": (
        _KEYS,
        adds("vault_transit_secret_backend_key", backend="transit", name="more"),
    ),
    "a secret in the plan": (
        _UNDECIDED,
        adds("vault_kv_secret_v2", mount="kv", name="a", data_json='{"a": "b"}'),
    ),
    "a login whose changes nobody sees": (
        _UNDECIDED,
        sets(ROLE, lifecycle={"ignore_changes": ["token_bound_cidrs"]}),
    ),
    # How Terraform gets there.
    "another jurisdiction's cluster": (
        ("isolation-account", "undecided"),
        provides(address="https://vault.us-gov.acme.example:8200"),
    ),
    "a stranger's cluster": (
        ("isolation-account",),
        provides(address="https://vault.evil.example:8200"),
    ),
    "a token in the stack": (("isolation-account",), provides(token="hvs.x")),
    "a login by nothing": (("isolation-account",), provides(auth_login_jwt=None)),
    "a login as somebody else": (
        ("isolation-account",),
        provides(auth_login_jwt=[{"mount": "acme-ci", "role": "admin"}]),
    ),
    "a login elsewhere": (
        ("isolation-account",),
        provides(auth_login_jwt=[{"mount": "jwt", "role": "apply"}]),
    ),
    "no look at the certificate": (("isolation-account",), provides(skip_tls_verify=True)),
    "another namespace": (("isolation-account",), provides(namespace="admin")),
    "tokens of its own": (("isolation-account",), provides(skip_child_token=None)),
    # What runtimes are told.
    "a runtime told of another place": (
        ("undecided", "residency-transfer"),
        tells('"namespace":"acme-cell', '"namespace":"acme-else'),
    ),
    "a runtime told of another role": (_UNDECIDED, tells('"role":"acme-', '"role":"other-')),
    "a runtime told of another audience": (
        ("undecided", "residency-transfer"),
        tells('"audience":"', '"audience":"vault://else/'),
    ),
}


@dataclass(frozen=True, kw_only=True)
class VaultBreach:
    """One way to break a cell's part of Vault.

    Attributes:
        name: what is broken, in a few words.
        controls: the right controls; either will do.
        edit: the edit.
        stages: where it can be seen.
    """

    name: str
    controls: frozenset[str]
    edit: Edit
    stages: tuple[Stage, ...] = BOTH


BREACHES = tuple(
    VaultBreach(
        name=name, controls=frozenset(f"studio/{control}" for control in controls), edit=edit
    )
    for name, (controls, edit) in _EDITS.items()
)
