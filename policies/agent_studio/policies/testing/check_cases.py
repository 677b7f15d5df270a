"""Tables of cases for controls that are decided in Python: checks on resources, rules on plans.

A table is a YAML file below `checks/`::

    stack: cell-aws-eu-west-1-payments-eu     # a fixture: a real stack with its plan
    keep: [aws_ecs_task_definition.runtime-analyst_task]  # its resources that count
    cases:
      CKV_STUDIO_3:                           # the control
        - {is: what the block makes, allowed: true}
        - is: a privileged container
          edit: {container: {privileged: true}}   # by `fixtures.EDITS`
          denied: [CKV_STUDIO_3]              # every control of these tables that objects
          message: container agent is privileged

A case is judged by the synthesized stack alone and with its plan, and must come out the same both
times, unless `stages` names one of the two. `{address}` in a message is the resource's address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import read_yaml
from agent_studio.policies.model import Stage
from agent_studio.policies.testing.fixtures import EDITS, Fixture

_TABLE = frozenset({"stack", "keep", "cases"})
_CASE = frozenset(
    {"is", "edit", "allowed", "denied", "message", "stages", "keep", "judged_as", "exception"}
)
_LARGEST_FOLDER = 200


@dataclass(frozen=True, kw_only=True)
class CheckCase:
    """One case of one control.

    Attributes:
        control: the control that it is a case of.
        name: what it is, in words.
        stack: the fixture.
        keep: the beginnings of the addresses that count.
        edit: what is broken, by `fixtures.EDITS`; empty for what the blocks make.
        denied: the controls that must object; None where it must pass.
        message: what the objection of the control must say; None: not asked.
        stages: how it is judged.
        judged_as: the name under which the estate is asked for it; None leaves the estate out.
        exception: (control, pattern) of an exception that is in force; None for none.
        fixtures: the folder of fixtures.
    """

    control: str
    name: str
    stack: str
    keep: tuple[str, ...]
    edit: Mapping[str, Any]
    denied: frozenset[str] | None
    message: str | None
    stages: tuple[Stage, ...]
    judged_as: str | None
    exception: tuple[str, str] | None
    fixtures: Path

    @property
    def id(self) -> str:
        """How reports and pytest name it."""
        return f"checks/{self.control}: {self.name}"

    @property
    def passes(self) -> bool:
        """Whether it is a case of what must be allowed."""
        return self.denied is None

    @property
    def shows(self) -> bool:
        """Whether it shows its control deny."""
        return self.control in (self.denied or ())

    @property
    def on(self) -> str:
        """The beginning of the address of the resource that it is about."""
        return str(self.edit.get("on", self.keep[0]))

    def made(self) -> Fixture:
        """The fixture as the case has it.

        Raises:
            StudioError: the fixture can't be read, or the edit does not fit it.
        """
        return Fixture.read(self.fixtures, self.stack, self.keep).edited(self.edit, on=self.on)


def read_check_cases(folder: Path, *, fixtures: Path) -> tuple[CheckCase, ...]:
    """Read every table of a folder.

    Args:
        folder: holds `*.yaml` tables; may be absent.
        fixtures: the folder of their fixtures.

    Raises:
        StudioError: a table is not shaped as one; all that is wrong at once.
    """
    paths = sorted(folder.glob("*.yaml"))
    if len(paths) > _LARGEST_FOLDER:
        raise StudioError(
            "the folder holds too many tables", found=str(len(paths)), allowed=str(_LARGEST_FOLDER)
        )
    wrong: list[str] = []
    cases = [case for path in paths for case in _read_table(path, fixtures, wrong)]
    names = [case.id for case in cases]
    wrong += [f"two cases are {name}" for name in sorted({n for n in names if names.count(n) > 1})]
    if wrong:
        raise StudioError(
            "the cases of checks are not shaped as such",
            found="; ".join(wrong[:20]) + (f"; and {len(wrong) - 20} more" if wrong[20:] else ""),
            fix="correct the tables",
        )
    return tuple(cases)


def _read_table(path: Path, fixtures: Path, wrong: list[str]) -> list[CheckCase]:
    body = read_yaml(path)
    odd = body.keys() - _TABLE
    if odd:
        wrong.append(f"{path.name} has {', '.join(sorted(map(str, odd)))}")
    stack, keep, by_control = body.get("stack"), _texts(body.get("keep")), body.get("cases")
    if not isinstance(stack, str) or not keep or not isinstance(by_control, dict):
        wrong.append(f"{path.name} lacks `stack`, `keep` or `cases`, a mapping of controls")
        return []
    found: list[CheckCase] = []
    for control, items in by_control.items():
        for item in items if isinstance(items, list) else [None]:
            try:
                found.append(_read_case(str(control), item, stack, keep, fixtures))
            except ValueError as error:
                wrong.append(f"{path.name}, {control}: {error}")
    return found


def _read_case(
    control: str, item: Any, stack: str, keep: tuple[str, ...], fixtures: Path
) -> CheckCase:
    """One case; a ValueError says what is wrong with it."""
    if not isinstance(item, dict):
        raise ValueError("the cases are not a list of mappings")
    name = item.get("is")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("a case does not say what it `is`")
    odd = item.keys() - _CASE
    if odd:
        raise ValueError(f"{name}: a case has no {', '.join(sorted(map(str, odd)))}")
    return CheckCase(
        control=control,
        name=name,
        stack=stack,
        keep=_listed(item, name, "keep") or keep,
        edit=_edit(item, name),
        denied=_denied(item, name),
        message=_text(item, name, "message"),
        stages=_stages(item, name),
        judged_as=_text(item, name, "judged_as"),
        exception=_exception(item, name),
        fixtures=fixtures,
    )


def _edit(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    edit = item.get("edit", {})
    if not isinstance(edit, dict) or edit.keys() - EDITS:
        raise ValueError(f"{name}: an edit has only {', '.join(sorted(EDITS))}")
    return edit


def _denied(item: Mapping[str, Any], name: str) -> frozenset[str] | None:
    denied = _listed(item, name, "denied")
    if (item.get("allowed") is True) == bool(denied) or item.get("allowed") is False:
        raise ValueError(f"{name}: wants either `allowed: true` or `denied: [...]`")
    if not denied and "message" in item:
        raise ValueError(f"{name}: what is allowed has no message")
    return frozenset(denied) or None


def _stages(item: Mapping[str, Any], name: str) -> tuple[Stage, ...]:
    try:
        return tuple(map(Stage, _listed(item, name, "stages"))) or tuple(Stage)
    except ValueError:
        raise ValueError(f"{name}: the stages are {' and '.join(Stage)}") from None


def _exception(item: Mapping[str, Any], name: str) -> tuple[str, str] | None:
    found = item.get("exception")
    if found is None:
        return None
    if not isinstance(found, dict) or found.keys() != {"control", "resource"}:
        raise ValueError(f"{name}: an exception has `control` and `resource`")
    return str(found["control"]), str(found["resource"])


def _text(item: Mapping[str, Any], name: str, key: str) -> str | None:
    value = item.get(key)
    if not isinstance(value, str | None):
        raise ValueError(f"{name}: `{key}` is no text")
    return value


def _listed(item: Mapping[str, Any], name: str, key: str) -> tuple[str, ...]:
    found = _texts(item.get(key, []))
    if found is None:
        raise ValueError(f"{name}: `{key}` is no list of texts")
    return found


def _texts(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    return None
