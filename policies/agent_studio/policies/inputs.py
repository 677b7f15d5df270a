"""Where stacks and plans lie on disk."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import Unreadable, read_json_object
from agent_studio.policies.model import PlanInput
from agent_studio.policies.places import called

_DEEPEST = 12
_MOST_STACKS = 20_000
# Working copies of what stands elsewhere, and Terraform's own files.
_LEFT_OUT = frozenset({".terraform", "work", "runs", "node_modules", ".git"})


@dataclass
class _Found:
    """The files of one stack, as far as they were found."""

    files: dict[str, Path] = field(default_factory=dict)

    def add(self, kind: str, path: Path, stack: str) -> None:
        other = self.files.setdefault(kind, path)
        if other != path:
            raise StudioError(
                f"two files could be the {kind} of stack {stack}",
                found=f"{other} and {path}",
                fix="leave one of them in the folder",
            )


def from_state_dir(state_dir: Path) -> tuple[PlanInput, ...]:
    """The stacks that the pipeline synthesized, each with its plan if there is one.

    Args:
        state_dir: the pipeline's folder, usually `.studio`.

    Returns:
        One input for each stack of the manifest, in its order.

    Raises:
        StudioError: nothing was synthesized, or the manifest can't be read.
    """
    path = state_dir / "synth" / "manifest.json"
    if not path.is_file():
        raise StudioError(
            "there is nothing to judge",
            found=f"no {path}",
            fix="run `studio synth` and `studio plan` first, or name a folder with --from",
        )
    return tuple(
        _planned(stack=name, synthesized=file, plan=state_dir / "plan" / name, digest=digest)
        for name, file, digest in _manifest(path)
    )


def from_folder(folder: Path, *, known: frozenset[str] = frozenset()) -> tuple[PlanInput, ...]:
    """Every stack and plan below a folder, whatever made it.

    A stack is the folder that holds its `cdk.tf.json`, or its `plan.json` and `plan.bin`; files in
    two folders of the same name belong together, so that `stacks/core/cdk.tf.json` and
    `plan/core/plan.json` are one stack. Links to folders are not followed.

    Args:
        folder: where to look.
        known: names of stacks; a folder of another name is asked what its stack calls itself.

    Returns:
        One input for each stack, by name.

    Raises:
        StudioError: the folder holds nothing to judge, or two files of one kind for a stack.
    """
    if not folder.is_dir():
        raise StudioError("there is no such folder to judge", found=str(folder))
    found: dict[str, _Found] = {}
    digests: dict[str, str] = {}
    for path in _walk(folder):
        kind = _KINDS.get(path.name)
        if path.name == "manifest.json" and path.parent.name == "synth":
            digests.update((name, digest) for name, _, digest in _manifest(path))
        if kind is None:
            continue
        stack = _name(path.parent, known)
        found.setdefault(stack, _Found()).add(kind, path, stack)
        if len(found) > _MOST_STACKS:
            raise StudioError("the folder holds too many stacks", allowed=f"{_MOST_STACKS}")
    inputs = tuple(
        _input(stack, found[stack].files, digests.get(stack, ""))
        for stack in sorted(found)
        if found[stack].files.keys() - {"meta"}
    )
    if not inputs:
        raise StudioError(
            "there is nothing to judge",
            found=f"no cdk.tf.json and no plan.json below {folder}",
            fix="name a folder of synthesized stacks or plans",
        )
    return inputs


_KINDS: Mapping[str, str] = {
    "cdk.tf.json": "stack",
    "plan.json": "plan",
    "plan.bin": "plan file",
    "meta.json": "meta",
}


def _walk(folder: Path) -> Iterator[Path]:
    root = len(folder.parts)
    for place, folders, files in os.walk(folder):
        here = Path(place)
        if len(here.parts) - root >= _DEEPEST:
            folders.clear()
        # A folder named like a working copy is left out only beside the files that it copies.
        if "synth" in folders:
            folders[:] = [name for name in folders if name not in _LEFT_OUT]
        folders[:] = sorted(name for name in folders if name not in {".terraform", ".git"})
        for name in sorted(files):
            yield here / name


def _manifest(path: Path) -> Iterator[tuple[str, Path, str]]:
    try:
        stacks = read_json_object(path)["stacks"]
        for item in stacks:
            name, file, digest = item["name"], Path(item["path"]), item["digest"]
            if not isinstance(name, str) or Path(name).name != name or not isinstance(digest, str):
                raise TypeError
            if file.is_dir():
                file = file / "cdk.tf.json"
            beside = path.parent / "stacks" / name / "cdk.tf.json"
            yield name, file if file.is_file() else beside, digest
    except Unreadable as error:
        raise StudioError("the manifest can't be read", found=str(error)) from None
    except (KeyError, TypeError):
        raise StudioError(
            "the manifest is not shaped as one", found=str(path), fix="run `studio synth` again"
        ) from None


def _planned(*, stack: str, synthesized: Path, plan: Path, digest: str) -> PlanInput:
    names = {"plan": "plan.json", "plan file": "plan.bin", "meta": "meta.json"}
    files = {kind: plan / name for kind, name in names.items() if (plan / name).is_file()}
    return _input(stack, {"stack": synthesized, **files}, digest)


def _name(folder: Path, known: frozenset[str]) -> str:
    """The stack that a folder is of: its name, else what the synthesized stack in it calls itself.

    A copy of one stack's files may lie in a folder of any name.
    """
    name = folder.resolve().name
    if not known or name in known:
        return name
    try:
        told = called(read_json_object(folder / "cdk.tf.json"))
    except Unreadable:
        return name
    return told if isinstance(told, str) and told in known else name


def _input(stack: str, files: Mapping[str, Path], digest: str) -> PlanInput:
    meta: dict[str, Any] = {}
    if "meta" in files and ("plan" in files or "plan file" in files):
        try:
            meta = read_json_object(files["meta"])
        except Unreadable as error:
            raise StudioError(
                f"what is noted about the plan of {stack} can't be read",
                found=str(error),
                fix="run `studio plan` again",
            ) from None
    planned, sha256 = meta.get("digest"), meta.get("plan_sha256")
    # A plan file without its JSON is judged too, and denied: nobody can tell what it does.
    plan_json = files.get("plan")
    if plan_json is None and "plan file" in files:
        plan_json = files["plan file"].with_name("plan.json")
    return PlanInput(
        stack=stack,
        synthesized=files.get("stack"),
        plan_json=plan_json,
        plan_file=files.get("plan file"),
        digest=digest,
        planned_digest=planned if isinstance(planned, str) and digest else None,
        planned_sha256=sha256 if isinstance(sha256, str) else None,
    )
