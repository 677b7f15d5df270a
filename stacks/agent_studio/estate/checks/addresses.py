"""Addresses outside the estate: Vault, the core's domain, and what runtimes may connect to."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from agent_studio.estate.catalogue import find_region, jurisdictions
from agent_studio.estate.draft import Draft
from agent_studio.estate.problems import Problem
from agent_studio.estate.source.scalars import shown
from agent_studio.estate.suggest import listed, rename_fix

Path = tuple[str | int, ...]

# RFC 1123, section 2.1, in lower case: labels of 1 to 63 characters.
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_MAX_NAME = 253


def dns_fault(name: str) -> str | None:
    """Say what keeps a text from being a fully qualified DNS name, or give None.

    >>> dns_fault("api.github.com") is None, dns_fault("10.0.0.1")
    (True, 'an IP address for a name')
    """
    if "://" in name:
        return "a scheme"
    if _is_ip(name):
        return "an IP address for a name"
    if "/" in name:
        return "a path"
    if ":" in name:
        return "a port"
    if "*" in name:
        return "a wildcard elsewhere than as the first label"
    if not name.isascii():
        return "letters beyond ASCII"
    if name != name.lower():
        return "capital letters"
    if name.endswith("."):
        return "a dot at the end"
    labels = name.split(".")
    if len(labels) < 2:
        return "a single label"
    if len(name) > _MAX_NAME:
        return f"more than {_MAX_NAME} characters"
    if labels[-1].isdigit():
        return "a top-level domain of digits"
    if not all(_LABEL.match(label) for label in labels):
        return "a label that is none of DNS"
    return None


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


def check_domains(draft: Draft) -> Iterator[Problem]:
    """Check the core's domain and every runtime's egress names."""
    if draft.core and "domain" not in draft.core.bad:
        fault = dns_fault(draft.core.spec.domain)
        if fault:
            yield invalid_domain(draft, fault)
    for runtime in draft.runtimes.values():
        if "egress" in runtime.bad:
            continue
        for index, name in enumerate(runtime.spec.egress):
            path: Path = (*runtime.path, "egress", index)
            bare = name.removeprefix("*.")
            fault = dns_fault(bare)
            if fault:
                yield invalid_egress(draft, path, name, fault)
            elif name in runtime.spec.egress[:index]:
                yield repeated_egress(draft, path)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


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
    if not _is_ip(host) and host != "localhost" and dns_fault(host):
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


def invalid_domain(draft: Draft, fault: str) -> Problem:
    """The core's domain is no DNS name."""
    return draft.source.problem(
        ("core", "domain"),
        f"this domain is no DNS name but has {fault}",
        allowed="a fully qualified name such as studio.acme.example",
        fix="write the host name alone, in lower case",
    )


def invalid_egress(draft: Draft, path: Path, name: str, fault: str) -> Problem:
    """The firewalls admit DNS names; nothing else can be allowed."""
    fix = "write the DNS name alone, in lower case"
    if fault == "a scheme":
        host = urlsplit(name.lower()).hostname if "[" not in name else None
        fix = f"write {host}" if host else fix
    elif fault == "capital letters":
        fix = f"write {name.lower()}"
    elif fault == "letters beyond ASCII":
        fix = "write the name in Punycode (xn--...)"
    elif fault == "an IP address for a name":
        fix = "name the host: firewalls of a cell admit names, never addresses"
    return draft.source.problem(
        path,
        f"this egress is no DNS name but has {fault}",
        allowed="a DNS name such as api.github.com, or *.example.com for every name below it",
        fix=fix,
    )


def repeated_egress(draft: Draft, path: Path) -> Problem:
    """The same name stands twice."""
    return draft.source.problem(
        path, "the name stands twice", allowed="each name once", fix="delete one of the two"
    )
