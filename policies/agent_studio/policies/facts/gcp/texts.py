"""Places, projects and hosts that any text of a resource names."""

import re
from collections.abc import Iterator, Set
from functools import cache

from agent_studio.estate.catalogue import regions
from agent_studio.policies.facts.addresses import LOCAL, Address, addresses, leads_to
from agent_studio.policies.facts.builders import transfer
from agent_studio.policies.facts.gcp.owned import own_names
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.table import rules

_FREE = frozenset(
    {"description", "display_name", "title", "labels", "user_labels", "lifecycle", "timeouts"}
)
"""Arguments that are words for people."""

_LABELS = ("settings.user_labels.", "template.labels.")

_PROJECT = re.compile(r"\bprojects/([a-z][a-z0-9-]{4,28}[a-z0-9])\b")
_ACCOUNT = re.compile(r"@([a-z][a-z0-9-]{4,28}[a-z0-9])\.iam\.gserviceaccount\.com")
_WIDE = re.compile(r"\b(?:locations|regions)/(us|eu|asia|nam\d+|eur\d+|asia\d+)(?![a-z0-9-])", re.I)
_GOOGLE = re.compile(r"^(?:[a-z0-9-]+\.)*googleapis\.com$")


def texts(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every foreign place, project and host."""
    pattern = _foreign(place.region)
    own = own_names(resources)
    # Google's own project, which holds the database, is in the name of what leads to it.
    attached = resources.known_by("psc_service_attachment_link").keys()
    for resource in resources.in_cloud():
        seen: set[tuple[str, str]] = set()
        for path, text in resource.texts:
            if _is_free(resource, path):
                continue
            if text in attached:
                continue
            for kind, value in _named(place, resource, pattern, text, own):
                if (kind, value) not in seen:
                    seen.add((kind, value))
                    yield transfer(
                        resource,
                        kind=path,
                        cloud=place.cloud,
                        region=value if kind == "region" else "",
                        account=value if kind == "account" else "",
                        internet=kind == "internet",
                    )


def _is_free(resource: Resource, path: str) -> bool:
    """Whether a text is for people: not by a key of that name in JSON which an argument holds."""
    root, last = path.split(".", 1)[0], path.rsplit(".", 1)[-1]
    argument = last in _FREE and path in rules("google").get(resource.type, ())
    return root in _FREE or argument or path.startswith(_LABELS)


def _named(
    place: Place, resource: Resource, pattern: "re.Pattern[str]", text: str, own: Set[str]
) -> Iterator[tuple[str, str]]:
    for found in pattern.finditer(text.lower()):
        if not _open(place, resource, found[1]):
            yield "region", found[1]
    for found in _WIDE.finditer(text):
        yield "region", found[1].lower()
    for found in (*_PROJECT.finditer(text), *_ACCOUNT.finditer(text)):
        if found[1] != place.account and not _of_google(found[1]):
            yield "account", found[1]
    for address in addresses(text):
        if not _known(place, address, own):
            yield "internet", address.host


def _known(place: Place, address: Address, own: Set[str]) -> bool:
    """Whether an address is declared, Google's own, or that of a bucket of the stack."""
    if not address.origin:
        return False
    host = address.host
    if address.scheme == "gs":
        return host in own
    return (
        host in LOCAL
        or host in place.hosts
        or bool(_GOOGLE.match(host))
        or leads_to(address, (*place.vaults, *place.issuers))
        or _issues_for_core(place, address)
        or place.is_audience(f"{address.origin}{address.path}")
    )


def _issues_for_core(place: Place, address: Address) -> bool:
    """Whether an address is the issuer of the core's tokens, or what they are made out to.

    The whole of it is compared: the issuer's host is that of every tenant.
    """
    known = place.core_tokens
    text = f"{address.origin}{address.path}"
    return known is not None and text in (known.issuer, known.audience)


def _open(place: Place, resource: Resource, region: str) -> bool:
    """Whether a place may be named.

    The guardrails name every region of the jurisdictions that stay open to the project. The core
    finds, by name, the services in each region that it may come to.
    """
    guards = resource.type in ("google_org_policy_policy", "google_binary_authorization_policy")
    found = (
        resource.type == "google_dns_record_set"
        and str(resource.values.get("name")).rstrip(".") in place.hosts
    )
    return found or (guards and place.leaves_open(region))


def _of_google(project: str) -> bool:
    """Whether a project is one of Google's own, whose accounts its services act as."""
    return project.startswith("gcp-sa-") or project in (
        "gs-project-accounts",
        "serverless-robot-prod",
    )


@cache
def _foreign(region: str) -> "re.Pattern[str]":
    names = sorted(set(regions("gcp")) - {region}, key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9-])({'|'.join(map(re.escape, names))})(?:-[a-z])?(?![a-z0-9])")
