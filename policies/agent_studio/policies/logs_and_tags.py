"""What is wrong with a log group, and with tags; the rules of the custom checks.

Each rule gives one sentence for each thing that it objects to, without a full stop.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.policies.evidence import Evidence

SHORTEST_RETENTION = 365
"""Days that logs are kept at least: a year, as CKV_AWS_338 asks; the EU AI Act's articles 19(1) and
26(6) ask for six months."""

LONGEST_RETENTION = 3653
"""Days that logs are kept at most: the longest retention that CloudWatch Logs knows beside "for
ever" (CloudWatch Logs API Reference, "PutRetentionPolicy")."""

REQUIRED_TAGS = ("studio:stack", "studio:jurisdiction", "studio:owner", "studio:layer")
"""Tags that everything carries, through the provider's default tags."""

_KEY = re.compile(r"^arn:aws[a-z-]*:kms:[^:]+:\d{12}:key/|^(?:\$\{)?(?:data\.)?aws_kms_key\.")
"""A key's ARN, or a reference to a key: in the stack `${aws_kms_key.x.arn}`, in a plan without the
braces."""


def retention(configuration: Mapping[str, Any], evidence: Evidence) -> Iterator[str]:
    """A log group that is kept too short, for ever, or nobody knows how long."""
    days = _value(configuration, "retention_in_days", evidence)
    number = re.fullmatch(r"\d{1,6}", str(days)) if not isinstance(days, bool) else None
    if days is None or days == 0 or (number and int(number[0]) == 0):
        yield "logs are kept for ever: retention_in_days is not set"
    elif number is None:
        yield f"retention_in_days is known after apply only: {days}"
    elif int(number[0]) < SHORTEST_RETENTION:
        yield f"logs are kept for {number[0]} days, less than {SHORTEST_RETENTION}"
    elif int(number[0]) > LONGEST_RETENTION:
        yield f"logs are kept for {number[0]} days, more than {LONGEST_RETENTION}"


def unencrypted(configuration: Mapping[str, Any], evidence: Evidence) -> Iterator[str]:
    """A log group without a key of the estate."""
    key = _value(configuration, "kms_key_id", evidence)
    if not key:
        yield "kms_key_id is not set"
    elif not _KEY.match(str(key)):
        yield f"kms_key_id is neither a key's ARN nor a key of the stack: {key}"


def default_tags(configuration: Mapping[str, Any]) -> Iterator[str]:
    """An AWS provider of a stack whose default tags lack one that everything carries."""
    blocks = configuration.get("default_tags")
    tags: dict[str, Any] = {}
    for block in blocks if isinstance(blocks, list) else [blocks]:
        found = block.get("tags") if isinstance(block, dict) else None
        for item in found if isinstance(found, list) else [found]:
            tags.update(item if isinstance(item, dict) else {})
    yield from _missing(tags, "the provider's default tags")


def planned_tags(configuration: Mapping[str, Any], evidence: Evidence) -> Iterator[str]:
    """A planned resource that can be tagged and lacks a tag that everything carries."""
    address = str(configuration.get("__address__", ""))
    if evidence.is_unknown(address, "tags_all"):
        yield "its tags are known after apply only"
    elif "tags_all" in configuration:
        found = configuration["tags_all"]
        tags = found[0] if isinstance(found, list) and found else found
        yield from _missing(tags if isinstance(tags, dict) else {}, "its tags")


def _missing(tags: Mapping[str, Any], what: str) -> Iterator[str]:
    for name in REQUIRED_TAGS:
        found = tags.get(name)
        value = found[0] if isinstance(found, list) and len(found) == 1 else found
        if not isinstance(value, str) or not value.strip():
            yield f"{what} lack {name}"
        elif "${" in value:
            yield f"{what} have {name} with a value that is known after apply only"


def _value(configuration: Mapping[str, Any], argument: str, evidence: Evidence) -> Any:
    """The value of an argument; as the stack shows it, where a plan does not know it."""
    address = str(configuration.get("__address__", ""))
    if evidence.is_unknown(address, argument):
        shown = evidence.shown(address, argument)
        if shown is not None:
            return shown
    found = configuration.get(argument)
    return found[0] if isinstance(found, list) and len(found) == 1 else found
