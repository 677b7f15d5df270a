"""Judges plans under another bundle: in a process of its own, so that no cache mixes the two.

`judge_under` starts `python -m agent_studio.policies.bundle.judging`, which reads what to judge
from its standard input and writes what was decided to its standard output, as JSON.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies.bundle import chosen
from agent_studio.policies.bundle.archive import Archive
from agent_studio.policies.bundle.content import EXCEPTIONS
from agent_studio.policies.documents import LARGEST_DOCUMENT, Unreadable, parse_json_object
from agent_studio.policies.model import PlanInput, Stage

_SECONDS = 3600.0
_PATHS = ("synthesized", "plan_json", "plan_file")
_TEXTS = ("stack", "digest", "planned_digest", "planned_sha256")


@dataclass(frozen=True)
class Decision:
    """What was decided about one stack.

    Attributes:
        verdict: `allow` or `deny`.
        findings: the findings, as the gate reports them.
    """

    verdict: str
    findings: tuple[Mapping[str, Any], ...]


def judge_under(
    archive: Archive, inputs: Sequence[PlanInput], *, estate_file: Path | None = None
) -> dict[str, Decision]:
    """Judge plans under a bundle.

    Exceptions are the bundle's own, as they hold today.

    Args:
        archive: the bundle.
        inputs: the plans, at least one.
        estate_file: the estate that they are held to, if there is one.

    Returns:
        Stack -> what was decided.

    Raises:
        StudioError: the bundle can't judge, e.g. since it is of another release of the kit.
    """
    question = {
        "estate": str(estate_file.resolve()) if estate_file is not None else None,
        "inputs": [_told(item) for item in inputs],
    }
    with tempfile.TemporaryDirectory(prefix="studio-bundle-") as folder:
        archive.unpack(Path(folder))
        variables = chosen.environment(Path(folder), archive.digest, archive)
        kept = {name: value for name, value in os.environ.items() if name != chosen.BUNDLE}
        try:
            done = subprocess.run(
                [sys.executable, "-m", "agent_studio.policies.bundle.judging"],
                input=json.dumps(question).encode(),
                capture_output=True,
                env={**kept, **variables},
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _failed(f"no end after {_SECONDS:.0f} seconds") from None
    try:
        if len(done.stdout) > LARGEST_DOCUMENT:
            raise Unreadable("its answer is too large")
        answer = parse_json_object(done.stdout, name="its answer")
    except Unreadable as error:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _failed(said[-1][:300] if said else str(error)) from None
    if "error" in answer:
        raise _failed(str(answer["error"]))
    return {
        stack: Decision(verdict=item["verdict"], findings=tuple(item["findings"]))
        for stack, item in answer["decisions"].items()
    }


def _told(item: PlanInput) -> dict[str, str | None]:
    paths = {name: getattr(item, name) for name in _PATHS}
    return {
        **{name: getattr(item, name) for name in _TEXTS},
        **{name: str(path.resolve()) if path else None for name, path in paths.items()},
    }


def _heard(item: Mapping[str, Any]) -> PlanInput:
    paths = {name: Path(item[name]) if item[name] else None for name in _PATHS}
    fields: dict[str, Any] = {**{name: item[name] for name in _TEXTS}, **paths}
    return PlanInput(**fields)


def _answer(question: Mapping[str, Any]) -> dict[str, Any]:
    # The bundle first: it brings the region catalogue that the estate is loaded with.
    put = chosen.active()
    if put is None:
        raise StudioError("no bundle was put in force")
    from agent_studio.estate.loader import load_estate
    from agent_studio.policies.exceptions import load_exceptions
    from agent_studio.policies.gate import judge

    today = datetime.now(UTC).date()
    own = put.folder / EXCEPTIONS
    verdict = judge(
        [_heard(item) for item in question["inputs"]],
        estate=load_estate(Path(question["estate"])) if question["estate"] else None,
        stage=Stage.PLAN,
        exceptions=load_exceptions(own, today=today) if own.is_file() else (),
        today=today,
    )
    decisions = {}
    for stack in verdict.stages:
        part = verdict.of(stack)
        findings = [finding.as_json() for finding in part.findings]
        decisions[stack] = {"verdict": part.verdict, "findings": findings}
    return {"decisions": decisions}


def _failed(found: str) -> StudioError:
    return StudioError(
        "plans can't be judged under the bundle",
        found=found,
        fix="a bundle is judged by the release of the kit that is installed; install its own",
    )


def main() -> None:
    """Answer one question."""
    question = json.loads(sys.stdin.buffer.read())
    # Libraries may print; the answer stands alone.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            answer = _answer(question)
        except StudioError as error:
            answer = {"error": error.line}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
