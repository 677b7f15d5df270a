"""DNS names: the core's domain, and what runtimes may connect to."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from agent_studio.estate.draft import Draft
from agent_studio.estate.endpoint import is_ip
from agent_studio.estate.problems import Problem

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
    if is_ip(name):
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
