"""Vault: a cluster for each jurisdiction in use, under https."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from agent_studio.estate.catalogue import find_region, jurisdictions
from agent_studio.estate.checks.domains import dns_fault
from agent_studio.estate.draft import Draft
from agent_studio.estate.endpoint import is_ip
from agent_studio.estate.problems import Problem
from agent_studio.estate.source.scalars import shown
from agent_studio.estate.suggest import listed, rename_fix

Path = tuple[str | int, ...]


def check_vault(draft: Draft) -> Iterator[Problem]:
    """Check that each jurisdiction in use has its own Vault cluster, under https."""
    vault = draft.vault
    if vault is None or "clusters" in vault.bad:
        return
    clusters = vault.spec.clusters
    seen: dict[str, str] = {}
    for name, address in clusters.items():
        path = ("vault", "clusters", name)
        if name not in jurisdictions():
            yield unknown_jurisdiction(draft, path, name)
        fault = _url_fault(address)
        if fault:
            yield unusable_vault_address(draft, path, fault)
        elif seen.setdefault(address.rstrip("/").lower(), name) != name:
            yield shared_vault(draft, path, seen[address.rstrip("/").lower()])
    used: dict[str, str] = {}
    keys = [cell.path[1] for cell in draft.cells]
    if draft.core and "region" not in draft.core.bad:
        keys.insert(0, draft.core.spec.region)
    for key in keys:
        region = find_region(key)
        if region:
            used.setdefault(region.jurisdiction, key)
    for jurisdiction, key in used.items():
        if jurisdiction not in clusters:
            yield missing_vault(draft, jurisdiction, key)


def _url_fault(address: str) -> str | None:
    try:
        url = urlsplit(address)
        host, port = url.hostname, url.port
    except ValueError:
        return "no URL"
    if url.scheme != "https":
        return f"the scheme `{url.scheme}`" if url.scheme else "no scheme"
    if not host or any(c.isspace() for c in address):
        return "no host"
    if port == 0:
        return "the port 0"
    if url.username or url.password:
        return "a user name or password"
    if url.query or url.fragment or url.path not in ("", "/"):
        return "more than scheme, host and port"
    if not is_ip(host) and host != "localhost" and dns_fault(host):
        return f"the host {shown(host)}"
    return None


def unknown_jurisdiction(draft: Draft, path: Path, name: str) -> Problem:
    """No region lies in a jurisdiction of this name."""
    return draft.source.problem(
        path,
        "unknown jurisdiction",
        key=True,
        found=shown(name),
        allowed=listed(jurisdictions(), limit=40),
        fix=rename_fix(name, jurisdictions(), "name a jurisdiction of the region catalogue"),
    )


def unusable_vault_address(draft: Draft, path: Path, fault: str) -> Problem:
    """Vault is reached by https alone, at a plain address."""
    return draft.source.problem(
        path,
        f"the Vault address has {fault}",
        allowed="https://<host>[:<port>]",
        fix="write e.g. https://vault.eu.example.com:8200",
    )


def shared_vault(draft: Draft, path: Path, first: str) -> Problem:
    """One cluster can't keep the secrets of two jurisdictions in each."""
    return draft.source.problem(
        path,
        f"the Vault cluster of {first} again",
        allowed="a cluster of its own for each jurisdiction",
        fix="secrets have a residency too: name a cluster that lies in the jurisdiction",
    )


def missing_vault(draft: Draft, jurisdiction: str, key: str) -> Problem:
    """A jurisdiction in use has no Vault cluster."""
    return draft.source.problem(
        ("vault", "clusters"),
        f"no Vault cluster for {jurisdiction}, where {key} lies",
        key=True,
        found="nothing",
        allowed=f"`{jurisdiction}: https://...` under vault.clusters",
        fix=f"add the address of a Vault cluster that lies in {jurisdiction}",
    )
