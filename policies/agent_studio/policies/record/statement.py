"""A gate record as an in-toto Statement v1 (in-toto/attestation, spec/v1/statement.md)."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from agent_studio.policies.documents import Unreadable, parse_json_object
from agent_studio.policies.model import Approval
from agent_studio.policies.record.model import Record
from agent_studio.policies.signing import canonical

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_FAMILY = "urn:agent-studio:gate-record:"
PREDICATE_TYPE = f"{PREDICATE_FAMILY}v1"
STACK_DIGEST = "agentStudioStackV1"
"""Names the pipeline's digest of a stack, which leaves out what only the CDK's release changes."""

_STACK = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,127})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_STATEMENT = frozenset({"_type", "subject", "predicateType", "predicate"})
_PREDICATE = frozenset(
    {
        "approval",
        "approver",
        "bundle",
        "exceptions",
        "findings",
        "stack",
        "stage",
        "studio",
        "time",
        "tools",
        "verdict",
    }
)


def payload(record: Record) -> bytes:
    """The bytes that are signed."""
    synthesized = {STACK_DIGEST: record.digest}
    if record.stack_sha256 is not None:
        synthesized["sha256"] = record.stack_sha256
    return canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [
                {"name": f"{record.stack}/plan.bin", "digest": {"sha256": record.plan_sha256}},
                {"name": f"{record.stack}/cdk.tf.json", "digest": synthesized},
            ],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "studio": record.studio,
                "stack": record.stack,
                "stage": record.stage,
                "verdict": record.verdict,
                "findings": list(record.findings),
                "exceptions": list(record.exceptions),
                "bundle": {
                    "digest": {"sha256": record.bundle},
                    "version": record.bundle_version,
                },
                "tools": dict(record.tools),
                "time": record.time,
                "approval": record.approval.as_json() if record.approval else None,
                "approver": record.approver,
            },
        }
    )


def parse(content: bytes, *, key_id: str, name: str) -> Record:
    """Read what was signed.

    Args:
        content: the payload of a verified envelope.
        key_id: the id of the key that signed it.
        name: what errors call it.

    Raises:
        Unreadable: it is no gate record of a known version.
    """
    statement = parse_json_object(content, name=name)
    kind = statement.get("predicateType")
    if statement.get("_type") != STATEMENT_TYPE or not isinstance(kind, str):
        raise Unreadable(f"{name} holds no in-toto statement of version 1")
    if kind != PREDICATE_TYPE:
        if kind.startswith(PREDICATE_FAMILY):
            version = kind.removeprefix(PREDICATE_FAMILY)[:20]
            raise Unreadable(f"{name} is a gate record of the unknown version {version}")
        raise Unreadable(f"{name} states something else: {kind[:100]}")
    try:
        return _record(statement, key_id)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Unreadable(f"{name} is not shaped as a gate record") from None


def _record(statement: Mapping[str, Any], key_id: str) -> Record:
    predicate = _object(_object(statement, *_STATEMENT)["predicate"], *_PREDICATE)
    stack = _text(predicate["stack"], _STACK)
    plan, synthesized = (_object(item, "name", "digest") for item in statement["subject"])
    _require(plan["name"] == f"{stack}/plan.bin")
    _require(synthesized["name"] == f"{stack}/cdk.tf.json")
    digests = _object(synthesized["digest"], STACK_DIGEST, optional="sha256")
    bundle = _object(predicate["bundle"], "digest", "version")
    time = datetime.fromisoformat(_text(predicate["time"]))
    _require(time.utcoffset() == timedelta(0))
    verdict, stage = predicate["verdict"], predicate["stage"]
    _require(verdict in ("allow", "deny") and stage in ("plan", "static"))
    tools = predicate["tools"]
    _require(isinstance(tools, dict) and all(isinstance(item, str) for item in tools.values()))
    file = digests.get("sha256")
    return Record(
        stack=stack,
        digest=_text(digests[STACK_DIGEST]),
        plan_sha256=_text(_object(plan["digest"], "sha256")["sha256"], _SHA256),
        verdict=verdict,
        time=predicate["time"],
        tools=tools,
        stage=stage,
        findings=_objects(predicate["findings"], "control", "severity", "message"),
        exceptions=_objects(predicate["exceptions"], "id"),
        bundle=_text(_object(bundle["digest"], "sha256")["sha256"], _SHA256),
        bundle_version=_optional(bundle["version"]),
        studio=_optional(predicate["studio"]),
        approval=_approval(predicate["approval"]),
        approver=_optional(predicate["approver"]),
        stack_sha256=None if file is None else _text(file, _SHA256),
        key_id=key_id,
    )


def _approval(value: Any) -> Approval | None:
    if value is None:
        return None
    found = _object(value, "by", "reasons", "adds")
    _require(found["by"] in ("machine", "person"))
    adds = found["adds"]
    if adds is not None:
        _require(isinstance(adds, dict))
        adds = {kind: _texts(items) for kind, items in adds.items()}
    return Approval(
        by_machine=found["by"] == "machine", reasons=_texts(found["reasons"]), adds=adds
    )


def _texts(value: Any) -> tuple[str, ...]:
    _require(isinstance(value, list))
    return tuple(_text(item) for item in value)


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError


def _object(value: Any, *required: str, optional: str | None = None) -> Mapping[str, Any]:
    _require(isinstance(value, dict))
    _require(value.keys() - {optional} == set(required))
    return dict(value)


def _text(value: Any, pattern: re.Pattern[str] | None = None) -> str:
    _require(isinstance(value, str) and (pattern is None or pattern.fullmatch(value) is not None))
    return str(value)


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)


def _objects(value: Any, *fields: str) -> tuple[Mapping[str, Any], ...]:
    _require(isinstance(value, list))
    for item in value:
        _require(isinstance(item, dict) and all(isinstance(item.get(key), str) for key in fields))
    return tuple(value)
