"""The synth step: what it writes, reuses, removes, and does when a stack fails."""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from support.estates import write_estate
from support.schemas import published

from agent_studio.cli.main import studio
from agent_studio.delivery.layout import Layout
from agent_studio.delivery.synth import SynthFailed, synthesize
from agent_studio.delivery.synth import run as run_module
from agent_studio.delivery.synth.digest import digest, resource_count
from agent_studio.delivery.synth.shards import (
    LARGEST,
    Shard,
    ShardResult,
    Written,
    run_shard,
    split,
)
from agent_studio.delivery.synthesized import read_stacks
from agent_studio.estate.errors import StudioError


class InOrder(Executor):
    """Runs shards one after the other, without a process, and remembers which."""

    def __init__(self, broken: Iterable[str] = ()) -> None:
        self.asked: list[str] = []
        self._broken = set(broken)

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **_: object) -> Iterator[Any]:
        """Write a stand-in for each stack, or a problem for a broken one."""
        assert fn is run_shard
        return iter([self._one(shard) for shard in iterables[0]])

    def _one(self, shard: Shard) -> ShardResult:
        written = []
        for name in shard.stacks:
            self.asked.append(name)
            if name in self._broken:
                continue
            file = shard.out / "stacks" / name / "cdk.tf.json"
            file.parent.mkdir(parents=True)
            content = {"resource": {"aws_vpc": {name: {}}}}
            file.write_text(json.dumps(content))
            written.append(Written(name=name, file=file, digest=digest(content), resources=1))
        problems = tuple(f"{name}: broken" for name in shard.stacks if name in self._broken)
        return ShardResult(written=tuple(written), problems=problems)


@pytest.fixture
def estate_file(tmp_path: Path) -> Path:
    """An estate of three cells in one account."""
    return write_estate(tmp_path / "estate.yaml", 3)


def test_the_manifest_names_every_stack(estate_file: Path, tmp_path: Path) -> None:
    """The manifest is what the later steps read, in the order of apply."""
    state = tmp_path / "state"
    stacks = synthesize(estate_file, state, executor=InOrder())
    assert [each.name for each in stacks] == [
        "core",
        "guardrails-platform",
        "guardrails-team-000",
        "cell-aws-eu-west-1-team-000",
        "cell-aws-eu-central-1-team-000",
        "cell-aws-eu-west-3-team-000",
    ]
    assert all(each.path.is_file() for each in stacks)
    read = {
        each.name: (each.digest, each.resources, each.path) for each in read_stacks(Layout(state))
    }
    assert read == {each.name: (each.digest, each.resources, each.path) for each in stacks}
    assert not list((state / "synth").glob(".new-*"))


def test_what_is_the_same_is_not_made_again(estate_file: Path, tmp_path: Path) -> None:
    """A second synthesis of the same estate makes nothing; a change makes what depends on it."""
    state = tmp_path / "state"
    first = synthesize(estate_file, state, executor=InOrder())
    again = InOrder()
    assert synthesize(estate_file, state, executor=again) == first
    assert again.asked == []

    text = estate_file.read_text("utf-8")
    estate_file.write_text(text.replace("10.16.16.0/20", "10.99.16.0/20"), "utf-8")
    changed = InOrder()
    synthesize(estate_file, state, executor=changed)
    assert sorted(changed.asked) == ["cell-aws-eu-central-1-team-000", "core"]


def test_a_stack_edited_by_hand_is_made_again(estate_file: Path, tmp_path: Path) -> None:
    """A file that is not what the last synthesis wrote is never reused."""
    state = tmp_path / "state"
    (core, *_) = synthesize(estate_file, state, executor=InOrder())
    core.path.write_text("{}")
    again = InOrder()
    synthesize(estate_file, state, executor=again)
    assert again.asked == ["core"]
    assert core.path.read_text() != "{}"


def test_other_rules_decide_every_stack_again(estate_file: Path, tmp_path: Path) -> None:
    """What was allowed under other rules or exceptions is not taken from the last synthesis."""
    state = tmp_path / "state"
    synthesize(estate_file, state, executor=InOrder())
    (estate_file.parent / "policies").mkdir()
    (estate_file.parent / "policies" / "exceptions.yaml").write_text("exceptions: []\n# other\n")
    again = InOrder()
    synthesize(estate_file, state, executor=again)
    assert len(again.asked) == 6


def test_unproved_bindings_are_never_trusted(
    estate_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the toolchain cannot be identified, everything is made again."""
    state = tmp_path / "state"
    synthesize(estate_file, state, executor=InOrder())
    monkeypatch.setattr(run_module, "toolchain_key", lambda _: None)
    again = InOrder()
    synthesize(estate_file, state, executor=again)
    assert len(again.asked) == 6


def test_every_failing_stack_is_named_and_nothing_replaced(
    estate_file: Path, tmp_path: Path
) -> None:
    """After a failure the last synthesis stands whole; each failure is a line of its own."""
    state = tmp_path / "state"
    synthesize(estate_file, state, executor=InOrder())
    manifest = (state / "synth" / "manifest.json").read_bytes()
    estate_file.write_text(
        estate_file.read_text("utf-8").replace("10.16.16.0/20", "10.99.16.0/20"), "utf-8"
    )
    broken = InOrder(broken=["core", "cell-aws-eu-central-1-team-000"])
    with pytest.raises(SynthFailed) as failure:
        synthesize(estate_file, state, executor=broken)
    assert sorted(failure.value.lines) == [
        "error: cell-aws-eu-central-1-team-000: broken",
        "error: core: broken",
    ]
    assert (state / "synth" / "manifest.json").read_bytes() == manifest
    assert not list((state / "synth").glob(".new-*"))


def test_a_stack_that_left_the_estate_is_removed(estate_file: Path, tmp_path: Path) -> None:
    """What the estate no longer declares is neither listed nor left to be planned."""
    state = tmp_path / "state"
    synthesize(estate_file, state, executor=InOrder())
    write_estate(estate_file, 2)
    synthesize(estate_file, state, executor=InOrder())
    names = [each.name for each in read_stacks(Layout(state))]
    assert "cell-aws-eu-west-3-team-000" not in names
    assert sorted(each.name for each in (state / "synth" / "stacks").iterdir()) == sorted(names)


def test_a_glob_leaves_the_others_as_they_were(estate_file: Path, tmp_path: Path) -> None:
    """`--stack` makes what matches; the manifest keeps the rest."""
    state = tmp_path / "state"
    synthesize(estate_file, state, executor=InOrder())
    chosen = synthesize(estate_file, state, stacks="guardrails-*", executor=InOrder())
    assert [each.name for each in chosen] == ["guardrails-platform", "guardrails-team-000"]
    assert len(read_stacks(Layout(state))) == 6


def test_a_glob_without_a_match_is_an_error(estate_file: Path, tmp_path: Path) -> None:
    """A pattern that names no stack says which there are."""
    with pytest.raises(StudioError) as error:
        synthesize(estate_file, tmp_path / "state", stacks="cell-*-moon", executor=InOrder())
    assert error.value.line.startswith("no stack has such a name; found cell-*-moon; allowed: core")
    assert error.value.exit_code == 2


def test_the_command_prints_what_machines_rely_on(estate_file: Path, tmp_path: Path) -> None:
    """`studio synth --format json` gives name, layer, path, digest and resources, for real."""
    out = tmp_path / "out"
    done = CliRunner().invoke(
        studio,
        [
            "--estate",
            str(estate_file),
            "--state-dir",
            str(tmp_path / "state"),
            "--format",
            "json",
            "synth",
            "--out",
            str(out),
            "--stack",
            "guardrails-team-*",
        ],
    )
    assert done.exit_code == 0, done.output
    (stack,) = published("synth", done.stdout)["stacks"]
    content = json.loads((Path(stack["path"]) / "cdk.tf.json").read_bytes())
    assert stack == {
        "name": "guardrails-team-000",
        "layer": "guardrails",
        "path": str(out / "stacks" / "guardrails-team-000"),
        "digest": digest(content),
        "resources": resource_count(content),
    }
    assert stack["resources"] > 50


def test_an_app_that_dies_is_reported(
    estate_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that ends without a word still gives one line for each of its stacks."""
    monkeypatch.setenv("STUDIO_CDK", "terragrunt")
    result = run_shard(Shard(estate_file=estate_file, stacks=("core",), out=tmp_path / "out"))
    assert result.written == ()
    assert "STUDIO_CDK names no CDK framework" in result.problems[0]
    assert result.problems[-1] == "core: not synthesized"


def test_the_digest_ignores_what_terraform_ignores() -> None:
    """Versions of the toolchain and short provider sources leave the digest; arguments move it."""
    stack = {
        "//": {"metadata": {"version": "0.21.0"}},
        "terraform": {"required_providers": {"aws": {"source": "aws", "version": ">= 5"}}},
        "resource": {"aws_vpc": {"main": {"//": {"metadata": {"path": "x"}}, "tags": {"//": "a"}}}},
    }
    patched = {
        "//": {"metadata": {"version": "0.24.0"}},
        "terraform": {
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5"}}
        },
        "resource": {"aws_vpc": {"main": {"tags": {"//": "a"}}}},
    }
    assert digest(stack) == digest(patched)
    tagged = json.loads(json.dumps(patched))
    tagged["resource"]["aws_vpc"]["main"]["tags"]["//"] = "b"
    assert digest(tagged) != digest(patched)
    patched["terraform"]["required_providers"]["aws"]["version"] = ">= 6"
    assert digest(stack) != digest(patched)


@given(st.lists(st.text(min_size=1), unique=True, max_size=200), st.integers(1, 16))
def test_every_stack_lies_in_one_shard(names: list[str], jobs: int) -> None:
    """Each stack is dealt once, no process gets more than its share, and shards are even."""
    shards = split(names, jobs=jobs)
    assert sorted(each for shard in shards for each in shard) == sorted(names)
    sizes = [len(shard) for shard in shards]
    assert not sizes or (max(sizes) <= LARGEST and max(sizes) - min(sizes) <= 1)
