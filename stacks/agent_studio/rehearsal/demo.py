"""The demo: a rehearsal, two changes behind Terraform's back, and one region more.

It proves three things: the estate is applied and a second plan is empty; drift finds what was
changed and nothing else; and a region added to the estate makes its own stack due, with the two
that have to name it, and no other cell. It spends no time on destroying: everything ends with the emulator. It applies all layers at once, since the
emulator enforces no order; `studio rehearse` keeps core, guardrails and cells apart.
"""

import shutil
from dataclasses import replace
from pathlib import Path

from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.estate.model import Cell, Cloud
from agent_studio.rehearsal import overlay
from agent_studio.rehearsal.outcome import Drifted, Step
from agent_studio.rehearsal.run import BOOTSTRAP, Rehearsal
from agent_studio.rehearsal.tamper import change_bucket, change_security_group

_BEFORE = ("bootstrap", "synth", "plan", "gate", "apply", "second plan")
# Regions that need no opting in (AWS Account Management Guide, "Regions").
_CANDIDATES = ("eu-central-1", "us-west-2", "eu-west-3", "us-east-1", "ap-southeast-2")


def demonstrate(rehearsal: Rehearsal) -> None:
    """Run the demo; the outcome tells how each step ended.

    Raises:
        StudioError: an expectation failed.
    """
    rehearsal.brisk = True
    rehearsal.run(_BEFORE)
    with rehearsal.step("change behind Terraform's back") as step:
        cell = _tamper(rehearsal, step)
    with rehearsal.step("drift after the changes") as step:
        _expect_drift(rehearsal, step)
    with rehearsal.step("add a region") as step:
        copy = _add_region(rehearsal, cell, step)
    with rehearsal.step("plan after it") as step:
        _expect_new_planned(rehearsal, copy, cell, step)


def _tamper(rehearsal: Rehearsal, step: Step) -> Cell:
    cells = [c for c in load_estate(rehearsal.estate).cells if c.cloud is Cloud.AWS]
    if not cells:
        raise StudioError("the demo needs a cell on AWS", fix="add one to the estate")
    cell = cells[0]
    where = {"account": cell.account.id, "region": cell.region.name}
    state = rehearsal.resources(cell.stack)
    bucket = change_bucket(rehearsal.sessions, state, **where)
    group = change_security_group(rehearsal.sessions, state, **where)
    rehearsal.outcome.tampered = {
        f"{cell.stack}: {bucket}": "relabelled as another class of data",
        f"{cell.stack}: {group}": "port 22 opened to the world",
    }
    step.detail = f"one bucket and one security group of {cell.stack}"
    return cell


def _expect_drift(rehearsal: Rehearsal, step: Step) -> None:
    wanted = set(rehearsal.outcome.tampered)
    found = rehearsal.find_drift("drift after the changes", step)
    seen = set()
    for stack, entries in found.items():
        rehearsal.outcome.stacks[stack].drift = str(len(entries))
        for entry in entries:
            name = f"{stack}: {entry['address']}"
            seen.add(name)
            rehearsal.outcome.drifted.append(
                Drifted(
                    stack=stack,
                    address=entry["address"],
                    kind=entry["kind"],
                    severity=entry["severity"],
                    paths=list(entry["paths"]),
                    expected=name in wanted,
                )
            )
    if seen != wanted:
        raise StudioError(
            "drift is not exactly what was changed",
            found=", ".join(sorted(seen)) or "none",
            allowed=", ".join(sorted(wanted)),
            fix=f"read {step.log}",
        )
    step.detail = "both found, and nothing else"


def _add_region(rehearsal: Rehearsal, cell: Cell, step: Step) -> Path:
    """Add a region to a copy of the estate: the user's file is never written."""
    copy = rehearsal.folder / "estate" / rehearsal.estate.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(rehearsal.estate, copy)
    taken = {c.region.name for c in load_estate(copy).cells if c.account.name == cell.account.name}
    region = next(name for name in _CANDIDATES if name not in taken and _same(cell, name))
    runtime = [f"--runtime={cell.runtimes[0].name}"] if cell.runtimes else []
    studio = replace(rehearsal.studio, estate=copy)
    step.log = studio.call(
        "region add", "region", "add", f"aws/{region}", cell.account.name, *runtime
    ).log
    rehearsal.outcome.added_region = f"{cell.account.name} in aws/{region}"
    step.detail = rehearsal.outcome.added_region
    return copy


def _same(cell: Cell, region: str) -> bool:
    """Whether a region stays within the cell's geography, so that its runtimes may run there."""
    return region.split("-", 1)[0] == cell.region.name.split("-", 1)[0]


def _expect_new_planned(rehearsal: Rehearsal, copy: Path, cell: Cell, step: Step) -> None:
    """Plan what changed: the new stack, and at most the two that have to know of a new cell.

    The core's firewall admits each cell's own mailbox by name, and the account's guardrails admit
    its regions by name. No other cell and no other account is touched.
    """
    studio = replace(rehearsal.studio, estate=copy)
    before = set(rehearsal.outcome.stacks)
    # A new region of an account gets its state bucket before it is planned.
    studio.call("bootstrap again", *BOOTSTRAP)
    stacks = studio.call("synth again", "synth").data["stacks"]
    overlay.write(rehearsal.folder / "synth", rehearsal.overlay, rehearsal.endpoint)
    new = {entry["name"] for entry in stacks} - before
    answer = studio.call("plan after it", "plan")
    planned = {e["name"]: e for e in answer.data["stacks"] if e["changed"]}
    rehearsal.outcome.planned_after = sorted(planned)
    step.log = answer.log
    aware = {"core", f"guardrails-{cell.account.name}"}
    destroyed = sum(entry["destroy"] for entry in planned.values())
    if len(new) != 1 or not new <= set(planned) or set(planned) - new - aware or destroyed:
        raise StudioError(
            "adding a region touches more than its own stack and what has to know of it",
            found=", ".join(sorted(planned)) or "none",
            allowed=", ".join(sorted(new | aware)),
            fix=f"read {answer.log}",
        )
    name = next(iter(new))
    others = sorted(set(planned) - new)
    step.detail = f"{name}: {planned[name]['add']} resources to add; " + (
        f"{' and '.join(others)} name it; {len(stacks) - len(planned)} stacks untouched"
        if others
        else "no other stack"
    )
