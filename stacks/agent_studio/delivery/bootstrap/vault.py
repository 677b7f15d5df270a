"""The commands that make Vault clusters ready: whom of CI they let in, and what it may do there.

They are printed for a person to read and to run, since making the first administrators takes
rights that no tool of the estate should hold. Each may be run again. Commands as in the reference
of `vault` (developer.hashicorp.com/vault/docs/commands), which OpenBao's `bao` understands alike.
"""

import json
import shlex
from collections.abc import Iterator, Sequence

from agent_studio.delivery.bootstrap.vault_rules import (
    ALGORITHM,
    ci_role_document,
    policy_document,
    rules,
)
from agent_studio.delivery.drift.vault.policy import drift_policy
from agent_studio.delivery.kill.policy import kill_policy
from agent_studio.estate import CiSpec, Estate
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import ci_purposes

_FOREIGN = (
    "BAO_ADDR",
    "BAO_AGENT_ADDR",
    "BAO_CACERT",
    "BAO_NAMESPACE",
    "BAO_TOKEN",
    "VAULT_AGENT_ADDR",
    "VAULT_NAMESPACE",
)
"""Variables that would lead the command elsewhere than this script says."""


def commands(estate: Estate, jurisdictions: Sequence[str] = ()) -> Iterator[str]:
    """Give a shell script, line by line.

    Args:
        estate: the estate.
        jurisdictions: whose clusters are meant; none means every one.

    Raises:
        StudioError: the estate has no CI.
    """
    ci = estate.spec.ci
    if ci is None:
        raise StudioError(
            "the estate has no CI that Vault could trust",
            found="no ci",
            allowed="ci: {repository: <owner>/<name>, environment: <name>}",
            fix="add it to the estate's file: Terraform logs in to Vault by the CI job's token",
            exit_code=ExitCode.INVALID,
        )
    clusters = {
        name: address
        for name, address in estate.spec.vault.clusters.items()
        if not jurisdictions or name in jurisdictions
    }
    yield "set -euo pipefail"
    yield _line("unset", *_FOREIGN)
    yield "# OpenBao's command is `bao`."
    yield 'command -v vault >/dev/null || vault() { bao "$@"; }'
    yield 'token="${VAULT_TOKEN:-}" authority="${VAULT_CACERT:-}"'
    for jurisdiction, address in clusters.items():
        yield ""
        yield f"# {jurisdiction}: the cluster {address}"
        yield from _cluster(estate, ci, jurisdiction, alone=len(clusters) == 1)


def _cluster(estate: Estate, ci: CiSpec, jurisdiction: str, *, alone: bool) -> Iterator[str]:
    studio = estate.studio
    own, authority = (
        names.variable(each, jurisdiction) for each in ("VAULT_TOKEN", "VAULT_CACERT")
    )
    unset = f"set it to a token that administers the cluster of {jurisdiction}"
    yield _line("export", f"VAULT_ADDR={estate.spec.vault.clusters[jurisdiction]}")
    if alone:
        yield f'export VAULT_TOKEN="${{{own}:-${{token:?VAULT_TOKEN: {unset}}}}}"'
    else:
        # A token that one cluster gave is shown to no other.
        yield f'export VAULT_TOKEN="${{{own}:?{unset}}}"'
    yield f'export VAULT_CACERT="${{{authority}:-$authority}}"'
    yield "# An audit log, unless there is one: it holds HMACs in place of tokens and secrets."
    yield "# OpenBao takes it from its server's configuration alone (`audit`), and refuses this."
    yield (
        "vault audit list >/dev/null 2>&1 || vault audit enable file "
        'file_path="${VAULT_AUDIT_FILE:?set it to a path on the servers, for the audit log}"'
    )
    mount = names.ci_mount(studio)
    yield (
        f"{_line('vault', 'read', f'sys/mounts/auth/{mount}/tune')} >/dev/null 2>&1 || "
        + _line(
            *("vault", "auth", "enable", f"-path={mount}"),
            *(f"-description=Terraform of {studio}", "jwt"),
        )
    )
    yield "# CI_CACERT: PEM file of the authority that the issuer is known by, if it is not public."
    yield (
        _line(
            *("vault", "write", f"auth/{mount}/config", f"oidc_discovery_url={ci.issuer}"),
            *(f"bound_issuer={ci.issuer}", f"jwt_supported_algs={ALGORITHM}", "default_role="),
        )
        + ' ${CI_CACERT:+"oidc_discovery_ca_pem=@$CI_CACERT"}'
    )
    found = rules(estate, jurisdiction)
    purposes = ci_purposes(estate, jurisdiction)
    for purpose in purposes:
        policy = policy_document(found, purpose)
        yield from _given(policy, "vault", "policy", "write", names.ci_policy(studio, purpose), "-")
    for purpose in purposes:
        role = json.dumps(ci_role_document(studio, ci, purpose), indent=2)
        path = f"auth/{mount}/role/{names.ci_role(studio, purpose)}"
        yield from _given(role, "vault", "write", path, "-")
    yield "# For whoever may kill (docs/runbooks/kill.md). It is given to nobody yet."
    kill = kill_policy(estate.spec.vault.isolation).rstrip()
    yield from _given(kill, "vault", "policy", "write", names.kill_policy(studio), "-")
    yield "# For whoever looks for what nobody declared (docs/runbooks/drift.md). The same holds."
    look = drift_policy(estate.spec.vault.isolation).rstrip()
    yield from _given(look, "vault", "policy", "write", names.drift_policy(studio), "-")


def _given(text: str, *words: str) -> Iterator[str]:
    """A command that reads a text."""
    yield f"{_line(*words)} <<'END'"
    yield from text.splitlines()
    yield "END"


def _line(*words: str) -> str:
    return shlex.join(words)
