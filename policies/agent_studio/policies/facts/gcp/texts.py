"""Places, projects and hosts that any text of a resource names."""

import re
from collections.abc import Iterator
from functools import cache

from agent_studio.estate.catalogue import find_region, regions
from agent_studio.policies.facts.builders import transfer
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources

_FREE = frozenset(
    {"description", "display_name", "title", "labels", "user_labels", "lifecycle", "timeouts"}
)
"""Arguments that are words for people."""

_PROJECT = re.compile(r"\bprojects/([a-z][a-z0-9-]{4,28}[a-z0-9])\b")
_ACCOUNT = re.compile(r"@([a-z][a-z0-9-]{4,28}[a-z0-9])\.iam\.gserviceaccount\.com")
_WIDE = re.compile(r"\b(?:locations|regions)/(us|eu|asia|nam\d+|eur\d+|asia\d+)(?![a-z0-9-])", re.I)
_URL = re.compile(r"\b(?:https?|grpc|tcp|wss?)://([A-Za-z0-9.\[\]:-]*[A-Za-z0-9\]])")
_GOOGLE = re.compile(r"^(?:[a-z0-9-]+\.)*googleapis\.com$")
_LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})


def texts(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every foreign place, project and host."""
    pattern = _foreign(place.region)
    for resource in resources.all.values():
        seen: set[tuple[str, str]] = set()
        for path, text in resource.texts:
            if not _FREE.isdisjoint(path.split(".")):
                continue
            for kind, value in _named(place, resource, pattern, text):
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


def _named(
    place: Place, resource: Resource, pattern: "re.Pattern[str]", text: str
) -> Iterator[tuple[str, str]]:
    for found in pattern.finditer(text.lower()):
        if not _open(place, resource, found[1]):
            yield "region", found[1]
    for found in _WIDE.finditer(text):
        yield "region", found[1].lower()
    for found in (*_PROJECT.finditer(text), *_ACCOUNT.finditer(text)):
        if found[1] != place.account and not _of_google(found[1]):
            yield "account", found[1]
    for found in _URL.finditer(text):
        host = found[1].rsplit(":", 1)[0] if not found[1].endswith("]") else found[1]
        allowed = host in _LOCAL or host in place.egress or _GOOGLE.match(host)
        named = any(text.startswith(each) for each in (*place.vaults, *place.issuers))
        if not allowed and not named:
            yield "internet", host


def _open(place: Place, resource: Resource, region: str) -> bool:
    """The guardrails name every region of the jurisdictions that stay open to the project."""
    found = find_region(f"gcp/{region}")
    guards = resource.type in ("google_org_policy_policy", "google_binary_authorization_policy")
    return guards and found is not None and found.jurisdiction in place.jurisdictions


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
