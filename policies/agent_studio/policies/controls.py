"""What a control is called, how bad it is and how to pass it.

The kit's own controls stand in `controls.yaml`, with the topics that they share; checkov's built-in
checks by topic in `checkov/checks.yaml`. What the frameworks' requirements are about stands in
`frameworks.yaml`, which no judgement needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import policy_file, read_yaml
from agent_studio.policies.model import Objection, Severity

Frameworks = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What a group of controls has in common.

    Attributes:
        id: e.g. `encryption-at-rest`.
        title: what to call it.
        explanation: why it matters.
        fix: how its controls are passed, as a rule.
        frameworks: framework -> the requirements that it serves.
    """

    id: str
    title: str
    explanation: str
    fix: str
    frameworks: Frameworks


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control.

    Attributes:
        id: e.g. `studio/data-bearing-destroyed`, or the id of a check.
        title: what holds when it is passed.
        severity: how bad a finding of it is.
        explanation: why it matters.
        fix: how to pass it.
        frameworks: framework -> the requirements that it serves.
        topic: the id of its topic.
    """

    id: str
    title: str
    severity: Severity
    explanation: str
    fix: str
    frameworks: Frameworks
    topic: str = ""


@dataclass(frozen=True, kw_only=True)
class BuiltIn:
    """What is said of one of checkov's built-in checks; its title is checkov's own.

    Attributes:
        id: of the check.
        topic: its topic.
        severity: how bad a finding of it is.
        explanation: why it matters.
        fix: how to pass it, where more can be said than the topic does.
        frameworks: framework -> the requirements that it serves.
    """

    id: str
    topic: Topic
    severity: Severity
    explanation: str
    fix: str | None
    frameworks: Frameworks

    def control(self, title: str, fix: str | None = None) -> Control:
        """The control, once checkov has said what the check is called.

        Args:
            title: checkov's name of the check.
            fix: the argument that the check asks for, if it is of one argument.
        """
        general = f"Change the resource so that this holds: {title}. {self.topic.fix}"
        return Control(
            id=self.id,
            title=title,
            severity=self.severity,
            explanation=self.explanation,
            fix=self.fix or fix or general,
            frameworks=self.frameworks,
            topic=self.topic.id,
        )


@dataclass(frozen=True)
class Controls:
    """Every control that has an entry, and what holds for a category of checks.

    Attributes:
        by_id: the kit's own controls.
        by_category: checkov's category -> what holds for checks without an entry.
        built_in: entries of checkov's built-in checks.
        topics: every topic.
    """

    by_id: Mapping[str, Control]
    by_category: Mapping[str, tuple[Severity, Frameworks]]
    built_in: Mapping[str, BuiltIn]
    topics: Mapping[str, Topic]

    def of(self, objection: Objection) -> Control:
        """The control of an objection: its own entry, else one made from the check's category.

        A check of an unknown category counts as high.
        """
        control = self.by_id.get(objection.control)
        if control is not None:
            return control
        title = (objection.title or objection.control).rstrip(".")
        entry = self.built_in.get(objection.control)
        if entry is not None:
            return entry.control(title, objection.fix)
        severity, frameworks = self.by_category.get(
            objection.category or "", (Severity.HIGH, dict[str, tuple[str, ...]]())
        )
        return Control(
            id=objection.control,
            title=title,
            severity=severity,
            explanation=f"checkov's built-in check {objection.control}.",
            fix=objection.fix or f"Change the resource so that this holds: {title}.",
            frameworks=frameworks,
        )


@cache
def load_controls() -> Controls:
    """Read the controls and the entries of built-in checks.

    Raises:
        StudioError: a file is missing, an entry lacks a field, has one too many or names a topic
            that does not exist, or a check stands under two topics.
    """
    own = read_yaml(policy_file("controls.yaml"))
    checks = read_yaml(policy_file("checkov/checks.yaml"))
    name = "controls.yaml"
    try:
        topics = {key: _topic(key, body) for key, body in own["topics"].items()}
        by_id = {key: _control(key, body, topics) for key, body in own["controls"].items()}
        by_category = {
            key: (Severity(body["severity"]), _served(body, topics[body["topic"]]))
            for key, body in own["categories"].items()
        }
        name = "checkov/checks.yaml"
        built_in: dict[str, BuiltIn] = {}
        for topic, entries in checks["checks"].items():
            for key, body in entries.items():
                if key in built_in or key in by_id:
                    raise ValueError(f"{key} stands twice")
                built_in[key] = _built_in(key, body, topics[topic])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise StudioError(
            f"{name} has an entry that is not shaped as one", found=str(error)
        ) from None
    return Controls(by_id=by_id, by_category=by_category, built_in=built_in, topics=topics)


def _topic(name: str, body: dict[str, Any]) -> Topic:
    return Topic(
        id=name,
        title=_text(body, "title"),
        explanation=_text(body, "explanation"),
        fix=_text(body, "fix"),
        frameworks=_frameworks(body),
    )


def _control(name: str, body: dict[str, Any], topics: Mapping[str, Topic]) -> Control:
    _only(name, body, {"topic", "title", "severity", "explanation", "fix", "frameworks"})
    topic = topics[body["topic"]]
    return Control(
        id=name,
        title=_text(body, "title"),
        severity=Severity(body["severity"]),
        explanation=_text(body, "explanation"),
        fix=_text(body, "fix"),
        frameworks=_served(body, topic),
        topic=topic.id,
    )


def _built_in(name: str, body: dict[str, Any] | str, topic: Topic) -> BuiltIn:
    fields = {"severity": body} if isinstance(body, str) else body
    _only(name, fields, {"severity", "explanation", "fix", "frameworks"})
    return BuiltIn(
        id=name,
        topic=topic,
        severity=Severity(fields["severity"]),
        explanation=_text(fields, "explanation") if "explanation" in fields else topic.explanation,
        fix=_text(fields, "fix") if "fix" in fields else None,
        frameworks=_served(fields, topic),
    )


def _served(body: dict[str, Any], topic: Topic) -> Frameworks:
    """The topic's requirements, with those frameworks replaced that the entry names itself."""
    merged = {**topic.frameworks, **_frameworks(body)}
    return {name: merged[name] for name in sorted(merged) if merged[name]}


def _frameworks(body: dict[str, Any]) -> Frameworks:
    found: dict[str, tuple[str, ...]] = {}
    for name, items in (body.get("frameworks") or {}).items():
        # YAML takes an unquoted 3.10 for the number 3.1.
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ValueError(f"the requirements {items} of {name} are not a list of texts")
        found[name] = tuple(items)
    return found


def _text(body: dict[str, Any], name: str) -> str:
    value = body[name]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} is not a text: {value}")
    return value


def _only(name: str, body: dict[str, Any], known: set[str]) -> None:
    unknown = set(body) - known
    if unknown:
        raise ValueError(f"{name} has the unknown field {min(unknown)}")
