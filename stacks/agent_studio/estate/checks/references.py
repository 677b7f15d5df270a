"""Names that refer to other parts of the file, and names that the kit keeps for itself."""

import re
from collections.abc import Iterator, Sequence

from agent_studio.estate.draft import Draft
from agent_studio.estate.model import Cloud
from agent_studio.estate.problems import Problem
from agent_studio.estate.source import Scalar
from agent_studio.estate.source.scalars import shown
from agent_studio.estate.suggest import listed, rename_fix

Path = tuple[str, ...]

# Prefixes that a cloud keeps for itself: S3 buckets (sthree-, naming rules), SSM parameters and
# KMS aliases (aws, ssm), Cloud Storage buckets (goog..., and google anywhere in the name).
_RESERVED_STUDIO = re.compile(r"(?:aws|ssm|sthree|goog.*|.*google.*)\Z")
# Cloud Storage refuses bucket names that hold Google's name (bucket naming guidelines).
_RESERVED_GOOGLE = re.compile(r"g(?:oo|00)gle")
# A runtime's image repository, and a cell's own key, go by these names.
_RESERVED = {"runtimes": frozenset({"otel-collector"}), "data_classes": frozenset({"operations"})}


def check_references(draft: Draft) -> Iterator[Problem]:
    """Check every name that refers to a data class or a runtime."""
    for runtime in draft.runtimes.values():
        if "data_classes" not in runtime.bad:
            path = (*runtime.path, "data_classes")
            yield from _names(draft, path, runtime.spec.data_classes, "data class", "data_classes")
    for cell in draft.cells:
        if "runtimes" not in cell.bad:
            path = (*cell.path, "runtimes")
            yield from _names(draft, path, cell.spec.runtimes, "runtime", "runtimes")


def check_names(draft: Draft) -> Iterator[Problem]:
    """Check names that are taken, and cells that would get one id."""
    studio = draft.source.find(("studio",))
    if isinstance(studio, Scalar) and _RESERVED_STUDIO.match(studio.text):
        yield reserved_studio(draft)
    for section, reserved in _RESERVED.items():
        for name in sorted(draft.declared[section] & reserved):
            yield reserved_name(draft, (section, name), name)
    for account in draft.accounts.values():
        if account.spec.cloud is Cloud.GCP and _RESERVED_GOOGLE.search(account.name):
            yield reserved_account(draft, account.path, account.name)
    ids: dict[str, Path] = {}
    for cell in draft.cells:
        id_ = f"{cell.path[1].replace('/', '-')}-{cell.name}"
        first = ids.setdefault(id_, cell.path)
        if first != cell.path:
            yield duplicate_cell_id(draft, cell.path, id_, first)
    version = draft.source.find(("version",))
    if isinstance(version, Scalar) and version.value is True:
        yield boolean_version(draft)


def _names(
    draft: Draft, path: Path, names: Sequence[str], what: str, section: str
) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name not in draft.declared[section]:
            yield unknown_name(draft, (*path, index), name, what, section)
        elif name in names[:index]:
            yield repeated_name(draft, (*path, index), what)


def unknown_name(
    draft: Draft, path: tuple[str | int, ...], name: str, what: str, section: str
) -> Problem:
    """The name is declared nowhere."""
    declared = draft.declared[section]
    return draft.source.problem(
        path,
        f"unknown {what}",
        found=shown(name),
        allowed=listed(declared),
        fix=rename_fix(name, declared, f"declare it under {section}"),
    )


def repeated_name(draft: Draft, path: tuple[str | int, ...], what: str) -> Problem:
    """The same name stands twice in one list."""
    return draft.source.problem(
        path, f"the {what} is named twice", allowed="each once", fix="delete one of the two"
    )


def reserved_studio(draft: Draft) -> Problem:
    """Names of resources begin with the studio; some beginnings are a cloud's own."""
    return draft.source.problem(
        ("studio",),
        "a cloud keeps names that begin like this for itself",
        allowed="a name other than aws, ssm and sthree, without `goog` first and without `google`",
        fix="use your organisation's short name",
    )


def reserved_name(draft: Draft, path: Path, name: str) -> Problem:
    """Every cell has something of this name already."""
    return draft.source.problem(
        path,
        "the name is taken by what every cell holds",
        key=True,
        found=shown(name),
        allowed="any other name",
        fix="rename it, here and where it is used",
    )


def reserved_account(draft: Draft, path: Path, name: str) -> Problem:
    """Names of buckets hold the account's name; Cloud Storage refuses its maker's."""
    return draft.source.problem(
        path,
        "Cloud Storage refuses bucket names with this word",
        key=True,
        found=shown(name),
        allowed="names of accounts without `google`",
        fix="rename the account, here and under regions",
    )


def duplicate_cell_id(draft: Draft, path: Path, id_: str, first: Path) -> Problem:
    """Two cells would get the same id, and so the same stack."""
    return draft.source.problem(
        path,
        "two cells get the same id",
        key=True,
        found=f"`{id_}`, as on line {draft.source.place(first, key=True).line}",
        allowed="one cell for each id",
        fix="rename one of the accounts",
    )


def boolean_version(draft: Draft) -> Problem:
    """`true` is no version."""
    return draft.source.problem(
        ("version",), "the value is of the wrong kind", allowed="1", fix="write `version: 1`"
    )
