"""Tables of cases: what a policy must let pass, and what it must deny.

A table is a YAML file::

    policies: estate              # which set; `cells/<stack>`, `units/<owner>`, `approval`, ...
    cases:
      residency-store:            # the policy's @id
        - is: a bucket in the stack's own region
          action: Store
          context: {region: eu-west-1}
          allowed: true
        - is: a bucket in another country
          action: Store
          context: {region: us-east-1}
          denied: [residency-store]   # every policy that objects; empty: nothing permits it
          message: would keep objects in us-east-1; ...

What a case leaves out is taken from `defaults.yaml`: the stack that asks, and a context for each
action that the policies let pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, get_origin

from agent_studio.estate import Cloud
from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import read_yaml
from agent_studio.policies.facts.place import Place

DEFAULTS = "defaults.yaml"
EQUIVALENT = "equivalent.yaml"
CHECKS = "checks"
"""Folder beside the tables: those of what is decided in Python, read by `check_cases`."""
ESTATE = "estate"
_LARGEST_FOLDER = 500
_LARGEST_TABLE = 5000
_CASE = frozenset(
    {
        "is",
        "action",
        "context",
        "stack",
        "principal",
        "resource",
        "allowed",
        "denied",
        "message",
        "outside_schema",
    }
)
_SETS = frozenset(field.name for field in fields(Place) if get_origin(field.type) is frozenset)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case of one policy.

    Attributes:
        policy: the `@id` of the policy that it is a case of.
        name: what it is, in words.
        group: the set of policies that decides it.
        action: what is asked for.
        context: what is known of it.
        place: the stack that asks.
        principal: who asks: type and id.
        resource: what is asked for: type and id.
        denied: the ids of the policies that must object; None where it must pass.
        message: what the objection of the policy must say, after the address; None: not asked.
        outside_schema: whether the request is one that the schema does not know.
        source: file of the table.
    """

    policy: str
    name: str
    group: str
    action: str
    context: Mapping[str, Any]
    place: Place
    principal: tuple[str, str]
    resource: tuple[str, str]
    denied: frozenset[str] | None
    message: str | None
    outside_schema: bool
    source: str

    @property
    def id(self) -> str:
        """How reports and pytest name it."""
        return f"{self.group}/{self.policy}: {self.name}"

    @property
    def passes(self) -> bool:
        """Whether it is a case of what must be allowed."""
        return self.denied is None

    @property
    def request(self) -> dict[str, Any]:
        """The request as Cedar takes it."""
        return {
            "principal": {"type": self.principal[0], "id": self.principal[1]},
            "action": {"type": "Studio::Action", "id": self.action},
            "resource": {"type": self.resource[0], "id": self.resource[1]},
            "context": dict(self.context),
        }


@dataclass(frozen=True, kw_only=True)
class Table:
    """One file of cases.

    Attributes:
        path: the file.
        group: the set of policies that it tests.
        cases: its cases, in order.
    """

    path: Path
    group: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, kw_only=True)
class _Defaults:
    stack: Mapping[str, Any]
    contexts: Mapping[str, Mapping[str, Any]]


def read_tables(folder: Path, *, fallback: Path) -> list[Table]:
    """Read every table of a folder.

    Args:
        folder: holds `*.yaml` tables, and a `defaults.yaml` if it has its own.
        fallback: the folder whose `defaults.yaml` holds otherwise.

    Raises:
        StudioError: a table, or the defaults, are not shaped as such; all that is wrong at once.
    """
    if not folder.is_dir():
        raise StudioError(
            "there is no such folder of policy tests",
            found=str(folder),
            fix="name a folder of tables with --from",
        )
    defaults = _read_defaults(folder if (folder / DEFAULTS).is_file() else fallback)
    paths = sorted(
        path for path in folder.glob("*.yaml") if path.name not in (DEFAULTS, EQUIVALENT)
    )
    if not paths and not (folder / CHECKS).is_dir():
        raise StudioError("the folder holds no policy tests", found=str(folder), allowed="*.yaml")
    if len(paths) > _LARGEST_FOLDER:
        raise StudioError(
            "the folder holds too many tables", found=str(len(paths)), allowed=str(_LARGEST_FOLDER)
        )
    wrong: list[str] = []
    tables = [_read_table(path, defaults, wrong) for path in paths]
    if wrong:
        raise StudioError(
            "the policy tests are not shaped as such",
            found="; ".join(wrong[:20]) + (f"; and {len(wrong) - 20} more" if wrong[20:] else ""),
            fix="correct the tables",
        )
    return tables


def _read_defaults(folder: Path) -> _Defaults:
    path = folder / DEFAULTS
    if not path.is_file():
        raise StudioError(
            "the policy tests have no defaults",
            found=f"no {path}",
            fix=f"write {DEFAULTS} with `stack` and `contexts`",
        )
    body = read_yaml(path)
    stack, contexts = body.get("stack"), body.get("contexts")
    if not isinstance(stack, dict) or not isinstance(contexts, dict):
        raise StudioError(
            f"{path} lacks its parts", found=", ".join(map(str, body)), allowed="stack, contexts"
        )
    _place(stack, str(path))
    return _Defaults(
        stack=stack,
        contexts={str(k): v if isinstance(v, dict) else {} for k, v in contexts.items()},
    )


def _place(values: Mapping[str, Any], where: str) -> Place:
    known = {field.name for field in fields(Place)}
    optional = {
        field.name
        for field in fields(Place)
        if field.default is not MISSING or field.default_factory is not MISSING
    }
    if values.keys() - known or known - optional - values.keys():
        raise StudioError(
            f"the stack of {where} is not described as one",
            found=", ".join(sorted(values.keys() ^ known - optional)),
            allowed=", ".join(sorted(known)),
            fix="add what is missing, and take out what a stack does not have",
        )
    made: dict[str, Any] = {
        name: frozenset(map(str, value))
        if name in _SETS
        else tuple(value)
        if isinstance(value, list)
        else value
        for name, value in values.items()
    }
    if made["cloud"] not in set(Cloud):
        raise StudioError(
            f"the stack of {where} lies on no cloud that is known",
            found=str(made["cloud"]),
            allowed=", ".join(Cloud),
            fix="name one of them",
        )
    return Place(**{**made, "cloud": Cloud(made["cloud"])})


def _read_table(path: Path, defaults: _Defaults, wrong: list[str]) -> Table:
    body = read_yaml(path)
    group = body.get("policies", ESTATE)
    by_policy = body.get("cases")
    odd = body.keys() - {"policies", "cases"}
    if odd:
        wrong.append(f"{path.name} has {', '.join(sorted(map(str, odd)))}")
    if not isinstance(group, str) or not isinstance(by_policy, dict):
        wrong.append(f"{path.name} lacks `cases`, a mapping of policies")
        return Table(path=path, group=str(group), cases=())
    cases: list[Case] = []
    for policy, items in by_policy.items():
        for item in items if isinstance(items, list) else [None]:
            where = f"{path.name}, {policy}"
            made = _read_case(where, str(policy), group, item, defaults, path)
            if isinstance(made, Case):
                cases.append(made)
            else:
                wrong.append(made)
    if len(cases) > _LARGEST_TABLE:
        wrong.append(f"{path.name} has more than {_LARGEST_TABLE} cases")
    names = [case.id for case in cases]
    wrong.extend(
        f"two cases are {name}" for name in sorted({n for n in names if names.count(n) > 1})
    )
    return Table(path=path, group=group, cases=tuple(cases))


def _read_case(
    where: str, policy: str, group: str, item: Any, defaults: _Defaults, path: Path
) -> Case | str:
    """One case, or what is wrong with it."""
    if not isinstance(item, dict):
        return f"{where}: the cases are not a list of mappings"
    name = item.get("is")
    if not isinstance(name, str) or not name.strip():
        return f"{where}: a case does not say what it `is`"
    where = f"{where}, {name}"
    odd = item.keys() - _CASE
    if odd:
        return f"{where}: a case has no {', '.join(sorted(map(str, odd)))}"
    denied = item.get("denied")
    if (item.get("allowed") is True) == (denied is not None) or item.get("allowed") is False:
        return f"{where}: wants either `allowed: true` or `denied: [...]`"
    denied = [denied] if isinstance(denied, str) else denied
    if denied is not None and not (
        isinstance(denied, list) and all(isinstance(one, str) for one in denied)
    ):
        return f"{where}: `denied` is no list of policies"
    action, message = item.get("action"), item.get("message")
    if not isinstance(action, str) or not isinstance(message, str | None):
        return f"{where}: `action` or `message` is no text"
    if message is not None and denied is None:
        return f"{where}: what is allowed has no message"
    context, stack = item.get("context", {}), item.get("stack", {})
    if not isinstance(context, dict) or not isinstance(stack, dict):
        return f"{where}: `context` or `stack` is no mapping"
    try:
        place = _place({**defaults.stack, **stack}, where)
    except StudioError as error:
        return str(error)
    principal = _entity(item.get("principal", ["Studio::Stack", place.stack]))
    resource = _entity(item.get("resource", ["Studio::Resource", "aws_example.case"]))
    if principal is None or resource is None:
        return f"{where}: `principal` or `resource` is not [type, id]"
    return Case(
        policy=policy,
        name=name,
        group=group,
        action=action,
        context={**defaults.contexts.get(action, {}), **context},
        place=place,
        principal=principal,
        resource=resource,
        denied=None if denied is None else frozenset(denied),
        message=message,
        outside_schema=item.get("outside_schema") is True,
        source=str(path),
    )


def _entity(value: Any) -> tuple[str, str] | None:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value):
        return value[0], value[1]
    return None


def by_group(tables: Sequence[Table]) -> dict[str, list[Case]]:
    """The cases of each set of policies."""
    found: dict[str, list[Case]] = {}
    for table in tables:
        found.setdefault(table.group, []).extend(table.cases)
    return found
