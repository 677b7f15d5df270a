"""A state lock that is in the way: whose it is, and whether it may be released."""

import re
from dataclasses import dataclass
from pathlib import Path

from agent_studio.delivery.engine import run
from agent_studio.delivery.engine.messages import Messages
from agent_studio.delivery.files import private_folder
from agent_studio.delivery.host import end_session
from agent_studio.delivery.journal import Step, steps_of
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.estate.errors import StudioError

_FIELD = re.compile(r"^\s*(ID|Path|Operation|Who|Created):\s*(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """A held state lock, as the engine reports it.

    Attributes:
        id: what releases it.
        path: the state that it guards.
        operation: what its holder does.
        who: user and host.
        created: when it was taken.
    """

    id: str
    path: str
    operation: str
    who: str
    created: str


def held_lock(messages: Messages) -> Lock | None:
    """Read the lock that a command ran into; None when it failed for another reason.

    >>> held_lock(Messages()) is None
    True
    """
    for one in messages.errors:
        if "acquiring the state lock" not in one.summary:
            continue
        fields = dict(_FIELD.findall(one.detail))
        if fields.get("ID"):
            return Lock(
                id=fields["ID"],
                path=fields.get("Path", ""),
                operation=fields.get("Operation", ""),
                who=fields.get("Who", ""),
                created=fields.get("Created", ""),
            )
    return None


def release(tools: Toolchain, *, stack: str, work: Path, lock: Lock) -> Step:
    """Release a lock, but only one that a dead engine of this state folder held.

    The proof is the lock's id in that engine's own log, and that its process has ended on this
    machine.

    Args:
        tools: the engine and the state folder.
        stack: the stack.
        work: its working directory.
        lock: the lock in the way.

    Returns:
        The step whose engine held it.

    Raises:
        StudioError: it is someone else's, or its holder may be alive; the line says whose it is,
            since when, and which command releases it.
    """
    holder = next((s for s in steps_of(tools.layout.runs, stack) if lock.id in s.lock_ids()), None)
    if holder is None or not holder.local() or holder.alive():
        raise _refused(tools, stack, work, lock, holder)
    end_session(holder.pid, holder.started)
    logs = private_folder(tools.layout.runs / "locks")
    done = run(
        [*tools.engine.command, "force-unlock", "-force", lock.id],
        folder=work,
        environment=tools.environment("plan"),
        stdout=logs / f"{lock.id}.out",
        stderr=logs / f"{lock.id}.err",
    )
    if done.status != 0:
        reason = " ".join(done.stderr.read_text(encoding="utf-8", errors="replace").split())
        raise StudioError(f"{stack}: its state's lock could not be released", found=reason[:300])
    return holder


def _refused(
    tools: Toolchain, stack: str, work: Path, lock: Lock, holder: Step | None
) -> StudioError:
    if holder is not None and holder.alive():
        whose = f"process {holder.pid} of this machine, which still runs"
    elif holder is not None and holder.host is not None:
        whose = f"an apply on {holder.host.name}, where alone one can tell whether it lives"
    else:
        whose = "no apply of this state folder"
    return StudioError(
        f"{stack}: its state is locked by {lock.who} since {lock.created} ({lock.operation})",
        found=f"lock {lock.id} on {lock.path}, held by {whose}",
        fix=f"wait for its holder; when that is certainly dead, run "
        f"`{tools.engine.shell} -chdir={work} force-unlock {lock.id}`",
    )
