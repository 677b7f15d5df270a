"""Plan an interrupted stack anew, with what exists already taken into the state."""

import re
import shlex
import time
from collections.abc import Callable, Collection
from pathlib import Path

from agent_studio.delivery.adoption.candidates import Search, Unadoptable, search
from agent_studio.delivery.adoption.cloud import AwsFinder, place_of, provider_block
from agent_studio.delivery.adoption.rules import load_rules
from agent_studio.delivery.engine import run as run_engine
from agent_studio.delivery.engine.messages import Messages
from agent_studio.delivery.files import read_json, write_json
from agent_studio.delivery.journal import Run
from agent_studio.delivery.planning import (
    Planned,
    command_failed,
    finish_plan,
    forget_plan,
    plan_command,
)
from agent_studio.delivery.recovery.interrupted import Interrupted
from agent_studio.delivery.recovery.locks import held_lock, release
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.delivery.workspace import configuration
from agent_studio.estate.errors import StudioError

ADOPTION_FILE = "adoption.tf.json"
_ROUNDS = 12
"""Plans that a recovery may make: each adopts more, or drops what does not exist."""

_ABSENT = re.compile(
    r"non-existent remote object|not ?found|no ?such|does not exist|couldn't find|non-?existent"
    r"|\bno [\w ]{1,40} found\b",
    re.IGNORECASE,
)


def replan(
    tools: Toolchain,
    run: Run,
    stack: SynthesizedStack,
    work: Path,
    left: Interrupted,
    *,
    absent: Collection[str],
    tell: Callable[[str], None],
) -> Planned:
    """Make a plan that creates nothing twice.

    Args:
        tools: the engine and the state folder.
        run: the run that this is written down under.
        stack: the interrupted stack.
        work: its working directory, prepared.
        left: what the interrupted applies began and finished.
        absent: addresses that the operator says were never created.
        tell: told, in one line, of each lock released and each resource adopted.

    Returns:
        The plan, not gated yet.

    Raises:
        StudioError: the lock is someone else's, the plan failed, or a resource may exist that
            cannot be found; the line gives the command that adopts it.
    """
    push_errored_state(tools, run, stack.name, work, tell=tell)
    adoption = work / ADOPTION_FILE
    adoption.unlink(missing_ok=True)
    provider = provider_block(configuration(work))
    finder = AwsFinder(provider)
    imports: dict[str, str] = {}
    ruled_out = set(absent)
    released = False
    for _ in range(_ROUNDS):
        begun = time.monotonic()
        folder = forget_plan(tools, stack.name)
        # With the lock, unlike other plans: nobody else may work on a stack while it is repaired.
        command = plan_command(tools, folder)
        step, done = run.step(stack.name, "plan", command, folder=work, role="plan")
        messages = step.messages
        lock = held_lock(messages)
        step.settle("planned" if done.status == 0 else "failed")
        if lock is not None and not released:
            holder = release(tools, stack=stack.name, work=work, lock=lock)
            tell(f"{stack.name}: released the lock of a dead apply (process {holder.pid})")
            released = True
            continue
        if done.status != 0:
            gone = gone_imports(messages, imports)
            if not gone:
                raise command_failed(stack.name, done, messages, doing="planned")
            for address in gone:
                del imports[address]
            ruled_out |= gone
            _write_imports(adoption, imports)
            continue
        planned = finish_plan(tools, stack, work=work, done=done, begun=begun)
        found: Search = search(
            read_json(folder / "plan.json"),
            started=left.started,
            created=left.created,
            rules=load_rules(),
            place=place_of(provider),
            finder=finder,
            passed_by=ruled_out | imports.keys(),
        )
        if not found.imports:
            if found.unadoptable:
                raise _undecided(tools, stack.name, work, found.unadoptable)
            for address, id_ in sorted(imports.items()):
                tell(f"{stack.name}: adopting {address} ({id_})")
            return planned
        imports.update(found.imports)
        _write_imports(adoption, imports)
    raise StudioError(
        f"{stack.name}: the search for unrecorded resources came to no end",
        found=f"{_ROUNDS} plans",
        fix="run `studio apply` again",
    )


def push_errored_state(
    tools: Toolchain, run: Run, stack: str, work: Path, *, tell: Callable[[str], None]
) -> None:
    """Bring a state that the engine could not write back to where it belongs.

    Raises:
        StudioError: the state in the bucket has moved on, or the push failed.
    """
    path = work / "errored.tfstate"
    if not path.exists():
        return
    done = run_engine(
        [*tools.engine.command, "state", "push", path.name],
        folder=work,
        environment=tools.environment("plan"),
        stdout=run.folder / f"{stack}-push.out",
        stderr=run.folder / f"{stack}-push.err",
    )
    if done.status != 0:
        reason = " ".join(done.stderr.read_text(encoding="utf-8", errors="replace").split())
        raise StudioError(
            f"{stack}: the state of a failed apply could not be written back",
            found=reason[:300],
            fix=f"compare {path} with the bucket's state, then push it or remove it",
        )
    path.replace(run.folder / f"{stack}-errored.tfstate")
    tell(f"{stack}: wrote back the state that an earlier apply could not write")


def _write_imports(path: Path, imports: dict[str, str]) -> None:
    if not imports:
        path.unlink(missing_ok=True)
        return
    blocks = [{"to": address, "id": id_} for address, id_ in sorted(imports.items())]
    write_json(path, {"import": blocks})


def gone_imports(messages: Messages, imports: dict[str, str]) -> set[str]:
    """Which imports failed because there is no such object; empty if anything else failed."""
    gone: set[str] = set()
    for one in messages.errors:
        text = f"{one.address or ''} {one.summary} {one.detail}"
        named = {address for address in imports if _mentions(text, address)}
        # Some of the provider's errors name no address, only what the import id is made of.
        named = named or {a for a, id_ in imports.items() if _speaks_of(text, id_)}
        if not named or not _ABSENT.search(text):
            return set()
        gone |= named
    return gone


def _speaks_of(text: str, import_id: str) -> bool:
    parts = [part for part in re.split(r"[/:_,]", import_id) if part]
    return all(re.search(rf"(?<![\w\-]){re.escape(part)}(?![\w\-])", text) for part in parts)


def _mentions(text: str, address: str) -> bool:
    return re.search(rf"(?<![\w.\-]){re.escape(address)}(?![\w\-\[])", text) is not None


def _undecided(
    tools: Toolchain, stack: str, work: Path, items: tuple[Unadoptable, ...]
) -> StudioError:
    commands = "; ".join(
        f"`{tools.engine.shell} -chdir={work} import {shlex.quote(one.address)} {one.import_id}`"
        for one in items[:5]
    )
    more = f" (and {len(items) - 5} more)" if len(items) > 5 else ""
    return StudioError(
        f"{stack}: an interrupted apply may have created resources that cannot be found",
        found=", ".join(f"{one.address} ({one.why})" for one in items[:5]) + more,
        fix=f"adopt what exists with {commands}; for what does not exist, run "
        f"`studio apply --absent ADDRESS`",
    )
