"""The demo: a rehearsal, agents that log in, changes behind Terraform's back, and regions more.

It proves four things: the estate is applied, and a second plan is empty and allowed; an agent gets
its own secret from Vault, and no other; drift finds what was changed and nothing else; and a region
added to the estate makes its own stack due, and no other.
It spends no time on destroying: everything ends with the emulator. It applies all layers at once,
since the emulator enforces no order; `studio rehearse` keeps core, guardrails and cells apart.
What does not depend on each other runs side by side.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from agent_studio.estate.catalogue import regions
from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.estate.model import Cell, Cloud
from agent_studio.estate.region import Region
from agent_studio.rehearsal import overlay
from agent_studio.rehearsal.agents import has_login, try_agents
from agent_studio.rehearsal.outcome import Drifted, Step
from agent_studio.rehearsal.run import BOOTSTRAP, Rehearsal
from agent_studio.rehearsal.studio import Studio
from agent_studio.rehearsal.tamper import (
    change_bucket,
    change_security_group,
    open_login,
    open_store,
)

_AFTER_SYNTH = ("plan", "gate", "apply")


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
    with rehearsal.step("agents log in") as step:
        _let_agents_in(rehearsal, step)
    with rehearsal.step("change behind Terraform's back") as step:
        cells = _tamper(rehearsal, step)
    rehearsal.together(
        # The second plans are made already; what is left is to judge them.
        lambda: rehearsal.run(("second plan",)),
        lambda: _find_drift(rehearsal),
        lambda: _onboard(rehearsal, cells),
    )


def _let_agents_in(rehearsal: Rehearsal, step: Step) -> None:
    cells = load_estate(rehearsal.estate).cells
    tried = rehearsal.outcome.attempts
    tried += try_agents(cells, rehearsal.vaults, rehearsal.resources)
    wrong = [f"{one.agent} {one.what}: {one.found}" for one in tried if not one.held]
    if wrong:
        raise StudioError("Vault did not do as the estate says", found="; ".join(wrong))
    admitted = sum(one.expected == "admitted" for one in tried)
    step.detail = "no cell has a login: name the issuer of its account"
    if tried:
        refused = len(tried) - admitted
        step.detail = f"{admitted} read their own secret, {refused} attempts refused"


def _find_drift(rehearsal: Rehearsal) -> None:
    with rehearsal.step("drift after the changes") as step:
        _expect_drift(rehearsal, step)


def _onboard(rehearsal: Rehearsal, cells: list[Cell]) -> None:
    """Add regions as a colleague would: in another checkout, which knows what is applied."""
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
    with rehearsal.step("add regions" if len(cells) > 1 else "add a region") as step:
        for cell in cells:
            _add_region(studio, cell, step)
        rehearsal.outcome.added_region = step.detail
    with rehearsal.step("plan after it") as step:
        accounts = [cell.account.name for cell in cells if cell.cloud is Cloud.AWS]
        _expect_new_planned(rehearsal, studio, overlaid, accounts, len(cells), step)


def _tamper(rehearsal: Rehearsal, step: Step) -> list[Cell]:
    """Change something in the first cell of each cloud.

    Returns:
        These cells.
    """
    cells: dict[Cloud, Cell] = {}
    for cell in load_estate(rehearsal.estate).cells:
        cells.setdefault(cell.cloud, cell)
    if not cells:
        raise StudioError("the demo needs a cell", fix="add one to the estate")
    changed = rehearsal.outcome.tampered
    for cell in cells.values():
        state = rehearsal.resources(cell.stack)
        if cell.cloud is Cloud.AWS:
            where = {"account": cell.account.id, "region": cell.region.name}
            bucket = change_bucket(rehearsal.sessions, state, **where)
            changed[f"{cell.stack}: {bucket}"] = "relabelled as another class of data"
            group = change_security_group(rehearsal.sessions, state, **where)
            changed[f"{cell.stack}: {group}"] = "port 22 opened to the world"
        else:
            store = open_store(cell.cloud, state, rehearsal.folder / "twins" / "clouds")
            changed[f"{cell.stack}: {store}"] = "a store opened to the world"
    first = next((each for each in cells.values() if has_login(each)), None)
    if first is not None:
        login = open_login(rehearsal.vaults.server(first).api, rehearsal.resources(first.stack))
        changed[f"{first.stack}: {login}"] = "a login opened to every network"
    step.detail = f"{len(changed)} resources of {', '.join(c.stack for c in cells.values())}"
    return list(cells.values())


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
    step.detail = f"all {len(wanted)} found, and nothing else"


def _add_region(studio: Studio, cell: Cell, step: Step) -> None:
    """Add a region to a copy of the estate: the user's file is never written."""
    cells = load_estate(studio.estate).cells
    taken = {c.region.name for c in cells if c.account.name == cell.account.name}
    region = next((each for each in _alike(cell) if each.name not in taken), None)
    if region is None:
        raise StudioError(
            f"no other region of {cell.cloud} lies in {cell.jurisdiction}",
            fix="rehearse without --demo",
        )
    runtime = [f"--runtime={cell.runtimes[0].name}"] if cell.runtimes else []
    words = ("region", "add", region.key, cell.account.name, *runtime)
    step.log = studio.call(f"region add {cell.cloud}", *words).log
    added = f"{cell.account.name} in {region.key}"
    step.detail = f"{step.detail}, {added}" if step.detail else added


def _alike(cell: Cell) -> Iterator[Region]:
    """The regions where a copy of a cell could run: its models and its data may go there."""
    for _, region in sorted(regions(cell.cloud).items()):
        same = (region.jurisdiction, region.partition) == (cell.jurisdiction, cell.region.partition)
        if same and region.geography == cell.region.geography and not region.opt_in:
            yield region


def _expect_new_planned(
    rehearsal: Rehearsal,
    studio: Studio,
    overlaid: Path,
    accounts: list[str],
    wanted: int,
    step: Step,
) -> None:
    before = set(rehearsal.outcome.stacks)
    # A new region of an account gets its state bucket before it is planned.
    if accounts:
        chosen = [f"--account={name}" for name in accounts]
        studio.call("bootstrap again", *BOOTSTRAP, *chosen)
    stacks = studio.call("synth again", "synth").data["stacks"]
    overlay.write(studio.state_dir / "synth", overlaid, rehearsal.endpoint)
    new = {entry["name"] for entry in stacks} - before
    answer = studio.call("plan after it", "plan")
    planned = [entry["name"] for entry in answer.data["stacks"] if entry["changed"]]
    rehearsal.outcome.planned_after = planned
    step.log = answer.log
    if set(planned) != new or len(planned) != wanted:
        raise StudioError(
            "not the new stacks alone were planned",
            found=", ".join(planned) or "none",
            allowed=", ".join(sorted(new)),
            fix=f"read {answer.log}",
        )
    added = sum(entry["add"] for entry in answer.data["stacks"] if entry["changed"])
    step.detail = f"{', '.join(planned)} alone, {added} resources to add"
