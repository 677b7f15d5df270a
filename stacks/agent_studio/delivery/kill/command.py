"""Kill and undo, from what the command line says to what it prints."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from agent_studio.delivery.kill import journal as journals
from agent_studio.delivery.kill.board import CellReport, Tell
from agent_studio.delivery.kill.cloud import CellCloud
from agent_studio.delivery.kill.journal import Journal
from agent_studio.delivery.kill.plan import CellPlan, kill_plan, undo_plan
from agent_studio.delivery.kill.run import run
from agent_studio.delivery.kill.scope import Aim, Target, targets
from agent_studio.delivery.kill.vault import CellVault, operator
from agent_studio.delivery.vault_operator import Operator
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell, Cloud, Estate
from agent_studio.policies.approval import approvers_file, load_approvers

DEADLINE_SECONDS = 900.0
"""How long a kill may take. A container app may have ten minutes to end (`constructs.azure`)."""

LONGEST_SECONDS = 3000.0
"""Less than the hour for which credentials are taken on."""


def cloud_of(cell: Cell, via_role: str | None) -> CellCloud:
    """The clients of a cell's cloud; nothing is sent yet."""
    if cell.cloud is Cloud.AWS:
        from agent_studio.delivery.kill.aws import AwsCell

        return AwsCell(cell, via_role=via_role)
    if cell.cloud is Cloud.GCP:
        from agent_studio.delivery.kill.google import GoogleCell

        return GoogleCell(cell)
    from agent_studio.delivery.kill.azure import AzureCell

    return AzureCell(cell)


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a kill works with.

    Attributes:
        estate: the estate.
        state_dir: the state folder, which holds the journal.
        cloud: gives the clients of a cell's cloud.
        environment: variables that hold the tokens for Vault.
        seconds: the deadline.
        tell: called after each step.
    """

    estate: Estate
    state_dir: Path
    cloud: Callable[[Cell], CellCloud]
    environment: Mapping[str, str]
    seconds: float = DEADLINE_SECONDS
    tell: Tell = lambda cell, outcome: None  # noqa: ARG005 - says nothing


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it.

    Attributes:
        action: `kill` or `undo`.
        aim: what was aimed at.
        journal: where it is written down.
        cells: how each cell's steps ended.
        unwritten: why the journal does not hold how it ended; None if it does.
    """

    action: str
    aim: Aim
    journal: Journal
    cells: tuple[CellReport, ...]
    unwritten: StudioError | None = None

    @property
    def confirmed(self) -> bool:
        """Whether every step of every cell was confirmed."""
        cells = bool(self.cells) and all(cell.confirmed for cell in self.cells)
        return cells and self.unwritten is None

    @property
    def errors(self) -> Sequence[str]:
        """One line for each step that was not confirmed."""
        journal = [f"error: {self.unwritten.line}"] if self.unwritten else []
        return journal + [
            f"error: {cell.id}: {each.name}: {each.fault.line}"
            for cell in self.cells
            for each in cell.outcomes
            if each.fault is not None
        ]

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {
            "action": self.action,
            "scope": {"kind": self.aim.kind, "name": self.aim.name or None},
            "id": self.journal.id,
            "journal": str(self.journal.path),
            "confirmed": self.confirmed,
            "cells": [cell.as_json() for cell in self.cells],
        }


def means(
    estate: Estate,
    state_dir: Path,
    *,
    via_role: str | None = None,
    seconds: float = DEADLINE_SECONDS,
    tell: Tell,
) -> Means:
    """What a kill from the command line works with: the clouds themselves, and the environment."""
    return Means(
        estate=estate,
        state_dir=state_dir,
        cloud=lambda cell: cloud_of(cell, via_role),
        environment=os.environ,
        seconds=seconds,
        tell=tell,
    )


def kill(with_: Means, aim: Aim, *, reason: str | None = None) -> Report:
    """Kill what is aimed at.

    Args:
        with_: what to work with.
        aim: what is aimed at.
        reason: why.

    Returns:
        How every step ended.

    Raises:
        StudioError: there is nothing to kill, or the journal can't be written; nothing was done.
    """
    found = targets(with_.estate, aim)
    journal = Journal(with_.state_dir / "kill" / "journal.jsonl")
    about = _about(journal, reason)

    def keep(role: str, networks: list[str]) -> None:
        journal.write("former", role=role, networks=networks)

    plans = [
        kill_plan(target, vault, with_.cloud(target.cell), about=about, keep=keep)
        for target, vault in _vaults(with_, found)
    ]
    return _carry_out("kill", with_, aim, plans, journal, reason=reason)


def undo(with_: Means, aim: Aim, *, approver: str, reason: str, estate_file: Path | None) -> Report:
    """Let work again what is aimed at.

    Args:
        with_: what to work with.
        aim: what is aimed at.
        approver: who approved it.
        reason: why.
        estate_file: beside which `policies/approvers.yaml` says who may.

    Returns:
        How every step ended.

    Raises:
        StudioError: the approver may not, or the journal can't be written; nothing was done.
    """
    found = targets(with_.estate, aim)
    journal = Journal(with_.state_dir / "kill" / "journal.jsonl")
    try:
        _approved(found, approver, reason, estate_file)
    except StudioError as error:
        journal.write(
            "refused",
            **_what("undo", aim, reason),
            approver=approver,
            cells=[target.cell.id for target in found],
            cause=error.line,
        )
        raise
    about = {**_about(journal, reason), "approver": approver}
    former = journal.former()
    plans = [
        undo_plan(target, vault, with_.cloud(target.cell), about=about, former=former)
        for target, vault in _vaults(with_, found)
    ]
    return _carry_out("undo", with_, aim, plans, journal, reason=reason, approver=approver)


def _vaults(with_: Means, found: Sequence[Target]) -> Iterator[tuple[Target, CellVault]]:
    alone = len({target.cell.vault_address for target in found}) == 1

    @cache
    def login(jurisdiction: str) -> Operator:
        return operator(with_.environment, jurisdiction, alone=alone)

    for target in found:
        yield target, CellVault(target, partial(login, target.cell.jurisdiction))


def _carry_out(
    action: str,
    with_: Means,
    aim: Aim,
    plans: Sequence[CellPlan],
    journal: Journal,
    *,
    reason: str | None,
    approver: str | None = None,
) -> Report:
    journal.write(
        "begin",
        **_what(action, aim, reason),
        **({"approver": approver} if approver else {}),
        deadline=with_.seconds,
        cells=[{"id": plan.cell, "steps": list(plan.names)} for plan in plans],
    )
    with _ended(journal, action):
        cells = run(plans, seconds=with_.seconds, tell=with_.tell)
    report = Report(action=action, aim=aim, journal=journal, cells=cells)
    try:
        ended = [cell.as_json() for cell in cells]
        journal.write("end", action=action, confirmed=report.confirmed, cells=ended)
    except StudioError as error:
        # What was done must be told all the same.
        return replace(report, unwritten=error)
    return report


@contextmanager
def _ended(journal: Journal, action: str) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        journal.write("interrupted", action=action, cause=type(error).__name__)
        raise


def _about(journal: Journal, reason: str | None) -> dict[str, str]:
    about = {"id": journal.id, "time": journals.now(), "by": journals.who()}
    return {**about, **({"reason": reason} if reason else {})}


def _what(action: str, aim: Aim, reason: str | None) -> dict[str, Any]:
    return {
        "action": action,
        "who": journals.who(),
        "scope": {"kind": aim.kind, "name": aim.name or None},
        "reason": reason,
    }


def _approved(
    found: Sequence[Target], approver: str, reason: str, estate_file: Path | None
) -> None:
    """Hold an undo to who may approve plans of every cell that it touches.

    Raises:
        StudioError: with the exit code DENIED.
    """
    if not reason.strip():
        raise StudioError(
            "an undo needs a reason", fix="say why with --reason", exit_code=ExitCode.DENIED
        )
    path = approvers_file(estate_file)
    if path is None:
        raise StudioError(
            "an undo needs a named approver, and nobody is named",
            found="no policies/approvers.yaml beside the estate's file",
            fix="write it as docs/how-to/approve-plans.md shows",
            exit_code=ExitCode.DENIED,
        )
    approvers = load_approvers(path)
    closed = [each.cell for each in found if approver not in approvers.of(each.cell.stack)]
    if closed:
        allowed = sorted(set.intersection(*(set(approvers.of(cell.stack)) for cell in closed)))
        raise StudioError(
            f"{approver or 'nobody'} may not approve this undo",
            found=", ".join(cell.id for cell in closed[:10]),
            allowed=", ".join(allowed) or "nobody for all of them",
            fix=f"name an approver whom {path} names for every cell",
            exit_code=ExitCode.DENIED,
        )
