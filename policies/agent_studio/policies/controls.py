"""What a control is called, how bad it is and how to pass it; read from `controls.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import policy_file, read_yaml
from agent_studio.policies.model import Objection, Severity


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control.

    Attributes:
        id: e.g. `studio/data-bearing-destroyed`, or the id of a built-in check.
        title: what holds when it is passed.
        severity: how bad a finding of it is.
        explanation: why it matters.
        fix: how to pass it.
        frameworks: framework -> the requirements that it serves.
    """

    id: str
    title: str
    severity: Severity
    explanation: str
    fix: str
    frameworks: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Controls:
    """Every control that has an entry, and what holds for a category of checks."""

    by_id: Mapping[str, Control]
    by_category: Mapping[str, tuple[Severity, Mapping[str, tuple[str, ...]]]]

    def of(self, objection: Objection) -> Control:
        """The control of an objection: its own entry, else one made from the check's category.

        A check of an unknown category counts as high.
        """
        control = self.by_id.get(objection.control)
        if control is not None:
            return control
        severity, frameworks = self.by_category.get(
            objection.category or "", (Severity.HIGH, dict[str, tuple[str, ...]]())
        )
        title = objection.title or objection.control
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
    """Read `controls.yaml`.

    Raises:
        StudioError: it is missing, or an entry lacks a field.
    """
    table = read_yaml(policy_file("controls.yaml"))
    try:
        return Controls(
            by_id={name: _control(name, body) for name, body in table["controls"].items()},
            by_category={
                name: (Severity(body["severity"]), _frameworks(body))
                for name, body in table["categories"].items()
            },
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise StudioError(
            "controls.yaml has an entry that is not shaped as one", found=str(error)
        ) from None


def _control(name: str, body: dict[str, Any]) -> Control:
    return Control(
        id=name,
        title=body["title"],
        severity=Severity(body["severity"]),
        explanation=body["explanation"],
        fix=body["fix"],
        frameworks=_frameworks(body),
    )


def _frameworks(body: dict[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(items) for name, items in body["frameworks"].items()}
