"""Where a gated apply finds its stack and its estate, and keeps its files."""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent_studio.delivery.files import PRIVATE_FILE, private_folder, read_json
from agent_studio.delivery.layout import Layout
from agent_studio.delivery.synth.digest import digest
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies.places import called

_STACK_FILE = "cdk.tf.json"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One stack that is to be applied.

    Attributes:
        stack: its name.
        synthesized: its `cdk.tf.json`, in the folder that the engine works in.
        estate_file: the estate's file.
        layout: the state folder.
    """

    stack: str
    synthesized: Path
    estate_file: Path
    layout: Layout

    @property
    def folder(self) -> Path:
        """Where the plan and its JSON are kept, for their owner alone."""
        return self.layout.deploy(self.stack)

    def digest(self) -> str:
        """What the stack's content is known by now.

        Raises:
            StudioError: the file can't be read.
        """
        return digest(read_json(self.synthesized))


def find(folder: Path, environment: Mapping[str, str]) -> Place:
    """Find the stack of a working folder, as `cdktf` lays it out, and its estate.

    Args:
        folder: the folder that the engine works in: `cdktf.out/stacks/<stack>`.
        environment: `STUDIO_ESTATE` (default: the nearest `regions.yaml` above the folder) and
            `STUDIO_STATE_DIR` (default: `.studio` beside the estate's file).

    Raises:
        StudioError: the folder holds no synthesized stack, or no estate is found; exit code 3:
            what can't be judged is not applied.
    """
    synthesized = folder / _STACK_FILE
    if not synthesized.is_file():
        raise _denied(
            "there is no synthesized stack to judge",
            found=f"no {synthesized}",
            fix="run it where `cdktf synth` or `studio synth` wrote one, or with -chdir",
        )
    name = folder.resolve().name
    told = _told(synthesized)
    if told is not None and told != name:
        raise _denied(
            "the folder and its stack have different names",
            found=f"stack {told} in folder {name}",
            fix="keep each stack in a folder of its own name, as cdktf does",
        )
    estate = _estate_file(folder.resolve(), environment.get("STUDIO_ESTATE") or "regions.yaml")
    state_dir = estate.parent / (environment.get("STUDIO_STATE_DIR") or ".studio")
    return Place(stack=name, synthesized=synthesized, estate_file=estate, layout=Layout(state_dir))


def hold(place: Place) -> None:
    """Let no other apply of the stack begin until this process, or what it becomes, has ended.

    Raises:
        StudioError: another one runs.
    """
    private_folder(place.layout.root)
    private_folder(place.folder)
    handle = os.open(place.folder / "lock", os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise StudioError(
            f"{place.stack}: another apply of it runs on this machine", fix="wait for its end"
        ) from None
    # The engine keeps it: the plan file may not be replaced before it was read.
    os.set_inheritable(handle, True)


def _told(synthesized: Path) -> str | None:
    name = called(read_json(synthesized))
    return name if name is None or isinstance(name, str) else json.dumps(name)


def _estate_file(folder: Path, name: str) -> Path:
    for each in (folder, *folder.parents):
        if (each / name).is_file():
            return each / name
    raise _denied(
        "no estate to judge the stack by",
        found=f"no {name} in {folder} or above it",
        fix="set STUDIO_ESTATE to the path of the estate's file",
    )


def _denied(cause: str, *, found: str, fix: str) -> StudioError:
    return StudioError(cause, found=found, fix=fix, exit_code=ExitCode.DENIED)
