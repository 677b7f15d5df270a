"""The demo: a rehearsal, two changes behind Terraform's back, and one region more.

It proves three things: the estate is applied, and a second plan is empty and allowed; drift finds
what was changed and nothing else; and a region added to the estate makes its own stack due, and no
other.
It spends no time on destroying: everything ends with the emulator. It applies all layers at once,
since the emulator enforces no order; `studio rehearse` keeps core, guardrails and cells apart.
What does not depend on each other runs side by side.
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
from agent_studio.rehearsal.studio import Studio
from agent_studio.rehearsal.tamper import change_bucket, change_security_group

_AFTER_SYNTH = ("plan", "gate", "apply")
# Regions that need no opting in (AWS Account Management Guide, "Regions").
_CANDIDATES = ("eu-central-1", "us-west-2", "eu-west-3", "us-east-1", "ap-southeast-2")


def demonstrate(rehearsal: Rehearsal) -> None:
    """Run the demo; the outcome tells how each step ended.

    Raises:
        StudioError: an expectation failed.
    """
    rehearsal.brisk = True
    rehearsal.together(
        lambda: rehearsal.run(("bootstrap",)),
        lambda: rehearsal.run(("synth",)),
    )
    rehearsal.run(_AFTER_SYNTH)
    with rehearsal.step("change behind Terraform's back") as step:
        cell = _tamper(rehearsal, step)
    rehearsal.together(
        # The second plans are made already; what is left is to judge them.
        lambda: rehearsal.run(("second plan",)),
        lambda: _find_drift(rehearsal),
        lambda: _onboard(rehearsal, cell),
    )


def _find_drift(rehearsal: Rehearsal) -> None:
    with rehearsal.step("drift after the changes") as step:
        _expect_drift(rehearsal, step)


def _onboard(rehearsal: Rehearsal, cell: Cell) -> None:
    """Add a region as a colleague would: in another checkout, which knows what is applied."""
    checkout = rehearsal.folder / "onboarding"
    shutil.copytree(rehearsal.folder / "apply", checkout / "apply")
    copy = checkout / rehearsal.estate.name
    shutil.copyfile(rehearsal.estate, copy)
    overlaid = checkout / "overlay"
    studio = replace(
        rehearsal.studio,
        estate=copy,
        state_dir=checkout,
        environment={**rehearsal.environment, "STUDIO_OVERLAY": str(overlaid.resolve())},
    )
    with rehearsal.step("add a region") as step:
        region = _add_region(rehearsal, studio, cell, step)
    with rehearsal.step("plan after it") as step:
        _expect_one_planned(rehearsal, studio, overlaid, cell.account.name, region, step)


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


def _add_region(rehearsal: Rehearsal, studio: Studio, cell: Cell, step: Step) -> str:
    """Add a region to a copy of the estate: the user's file is never written."""
    cells = load_estate(studio.estate).cells
    taken = {c.region.name for c in cells if c.account.name == cell.account.name}
    region = next(name for name in _CANDIDATES if name not in taken and _same(cell, name))
    runtime = [f"--runtime={cell.runtimes[0].name}"] if cell.runtimes else []
    words = ("region", "add", f"aws/{region}", cell.account.name, *runtime)
    step.log = studio.call("region add", *words).log
    rehearsal.outcome.added_region = f"{cell.account.name} in aws/{region}"
    step.detail = rehearsal.outcome.added_region
    return region


def _same(cell: Cell, region: str) -> bool:
    """Whether a region stays within the cell's geography, so that its runtimes may run there."""
    return region.split("-", 1)[0] == cell.region.name.split("-", 1)[0]


def _expect_one_planned(
    rehearsal: Rehearsal, studio: Studio, overlaid: Path, account: str, region: str, step: Step
) -> None:
    before = set(rehearsal.outcome.stacks)
    # A new region of an account gets its state bucket before it is planned.
    studio.call("bootstrap again", *BOOTSTRAP, f"--account={account}")
    stacks = studio.call("synth again", "synth").data["stacks"]
    overlay.write(studio.state_dir / "synth", overlaid, rehearsal.endpoint)
    new = {entry["name"] for entry in stacks} - before
    answer = studio.call("plan after it", "plan")
    planned = [entry["name"] for entry in answer.data["stacks"] if entry["changed"]]
    rehearsal.outcome.planned_after = planned
    step.log = answer.log
    if set(planned) != new or len(planned) != 1:
        raise StudioError(
            f"not the new stack of {region} alone was planned",
            found=", ".join(planned) or "none",
            allowed=", ".join(sorted(new)),
            fix=f"read {answer.log}",
        )
    counts = next(entry for entry in answer.data["stacks"] if entry["name"] == planned[0])
    step.detail = f"{planned[0]} alone, {counts['add']} resources to add"
