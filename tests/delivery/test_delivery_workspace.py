"""A working directory is initialized when that is due, and says in one line why it cannot be."""

import json
from pathlib import Path

import pytest

from agent_studio.delivery.engine import Engine
from agent_studio.delivery.layout import Layout
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.delivery.workspace import prepare
from agent_studio.estate import Layer
from agent_studio.estate.errors import StudioError

_COUNTING = "mkdir -p .terraform; echo init >> called"
_BODY = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}}


def _tools(folder: Path, script: str, overlay: Path | None = None) -> Toolchain:
    layout = Layout(folder)
    layout.cli_config.write_text("")
    engine = Engine(("/bin/sh", "-c", script, "engine"), "terraform", "1.11.4", "PATH")
    return Toolchain(engine=engine, layout=layout, overlay=overlay, downloads=False)


def _stack(folder: Path, body: object = _BODY) -> SynthesizedStack:
    path = folder / "cdk.tf.json"
    path.write_text(json.dumps(body))
    return SynthesizedStack(name="cell-a", layer=Layer.CELL, path=path, digest="d", resources=0)


def test_a_stack_is_initialized_once_while_its_providers_stay(tmp_path: Path) -> None:
    """A changed resource needs no new `init`; a changed provider requirement does."""
    tools = _tools(tmp_path, _COUNTING)
    work = prepare(tools, _stack(tmp_path))
    prepare(tools, _stack(tmp_path, {**_BODY, "resource": {"aws_vpc": {"a": {}}}}))
    assert (work / "called").read_text() == "init\n"
    other = {"terraform": {"required_providers": {"aws": {"version": "6.0.0"}}}}
    prepare(tools, _stack(tmp_path, other))
    assert (work / "called").read_text() == "init\ninit\n"


def test_a_failed_init_is_tried_again(tmp_path: Path) -> None:
    """A failure leaves no stamp behind."""
    with pytest.raises(StudioError, match="cell-a: terraform init failed; found no disk"):
        prepare(_tools(tmp_path, "echo no disk >&2; exit 1"), _stack(tmp_path))
    work = prepare(_tools(tmp_path, _COUNTING), _stack(tmp_path))
    assert (work / "called").exists()


def test_a_provider_that_cannot_be_had_is_told_in_one_line(tmp_path: Path) -> None:
    """The line says what to set."""
    script = 'echo "Error: Failed to query available provider packages" >&2; exit 1'
    with pytest.raises(StudioError) as error:
        prepare(_tools(tmp_path, script), _stack(tmp_path))
    assert error.value.line == (
        "cell-a: a provider is neither in a local mirror nor downloadable; "
        "found Error: Failed to query available provider packages; "
        "fix: set STUDIO_PROVIDER_MIRROR to a provider mirror, or allow the registry"
    )


def test_overrides_for_all_and_for_one_stack_are_laid_beside_it(tmp_path: Path) -> None:
    """An override that the overlay no longer has is taken away again."""
    overlay = tmp_path / "overlay"
    (overlay / "cell-a").mkdir(parents=True)
    (overlay / "cell-b").mkdir()
    for name in (
        "all_override.tf.json",
        "cell-a/one_override.tf.json",
        "cell-b/x_override.tf.json",
    ):
        (overlay / name).write_text("{}")
    tools = _tools(tmp_path, _COUNTING, overlay)
    work = prepare(tools, _stack(tmp_path))
    assert sorted(path.name for path in work.glob("*_override.tf.json")) == [
        "all_override.tf.json",
        "one_override.tf.json",
    ]
    (overlay / "all_override.tf.json").unlink()
    prepare(tools, _stack(tmp_path))
    assert [path.name for path in work.glob("*_override.tf.json")] == ["one_override.tf.json"]
