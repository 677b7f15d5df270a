"""Subjects: the ids of the core's identities, in the form that the core's cloud gives them."""

import re
from collections.abc import Iterator

from agent_studio.estate.catalogue import find_region
from agent_studio.estate.draft import Draft
from agent_studio.estate.model import Cloud
from agent_studio.estate.problems import Problem

_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    # Microsoft Graph, resource type servicePrincipal: id.
    Cloud.AZURE: (
        re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"),
        "the object id of the managed identity, a UUID in lower case",
    ),
    # IAM API, resource serviceAccounts: uniqueId.
    Cloud.GCP: (
        re.compile(r"[0-9]{15,25}\Z"),
        "the unique id of the service account, 15 to 25 digits in quotes",
    ),
}


def check_subjects(draft: Draft) -> Iterator[Problem]:
    """Check that the core's ids are of its cloud's form, and two."""
    core = draft.core
    if core is None or core.bad & {"region", "subjects"} or core.spec.subjects is None:
        return
    region, told = find_region(core.spec.region), core.spec.subjects
    if region is None or region.cloud not in _FORMS:
        return
    form, allowed = _FORMS[region.cloud]
    for purpose, value in (("mailbox", told.mailbox), ("release", told.release)):
        if not form.match(value):
            yield foreign_subject(draft, purpose, region.cloud, allowed)
    if told.mailbox == told.release:
        yield shared_subject(draft)


def foreign_subject(draft: Draft, purpose: str, cloud: str, allowed: str) -> Problem:
    """An id of another cloud's form names nobody whom the core could be."""
    return draft.source.problem(
        ("core", "subjects", purpose),
        f"this is no id of an identity on {cloud}, where the core lies",
        allowed=allowed,
        fix="copy it from the core's identity of that name",
    )


def shared_subject(draft: Draft) -> Problem:
    """One identity for both purposes could write policies and images alike."""
    return draft.source.problem(
        ("core", "subjects", "release"),
        "this id stands under mailbox already",
        allowed="two ids, since mailboxes and images are reached as two identities",
        fix="copy the id of the core's identity release",
    )
