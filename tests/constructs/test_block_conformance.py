"""Every cloud offers the same blocks, with the same parameters and outputs, each saying what holds.

A block that a cloud package exports is checked here without another test.
"""

import ast
import importlib
import inspect
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from constructs import Construct
from support.aws_cells import COLLECTOR, PERSONAL, Stack, cell, runtime
from support.terraform import with_vault

from agent_studio.delivery.engine.configuration import environment, write_configuration
from agent_studio.delivery.engine.discovery import discover
from agent_studio.delivery.layout import Layout
from agent_studio.estate import Cell
from agent_studio.estate.catalogue.lookup import find_region
from agent_studio.rehearsal.mirror import VARIABLE

CLOUDS = ("aws", "gcp", "azure")
"""The clouds, each with every block."""

ROOMS = Path(__file__).parents[2] / "constructs" / "agent_studio" / "constructs"

BLOCKS: dict[str, tuple[str, set[str], set[str]]] = {
    "CellKeys": ("keys", {"cell"}, {"key_id"}),
    "CellNetwork": (
        "network",
        {"cell", "keys"},
        {"network_id", "subnet_ids"},
    ),
    "ResidentStore": (
        "store",
        {"cell", "keys", "network", "data_class", "access_logs"},
        {"store_name", "store_id", "key_id", "data_class"},
    ),
    "LogPipeline": (
        "logs",
        {"cell", "keys", "access_logs"},
        {"log_name", "archive_id", "alarm_id"},
    ),
    "WorkloadIdentity": (
        "identity",
        {"cell", "runtime", "keys", "stores", "logs", "mailbox"},
        {"identity_id"},
    ),
    "ControlMailbox": (
        "mailbox",
        {"cell", "keys", "core", "access_logs"},
        {"store_id", "queue_id", "queue_address"},
    ),
    "ImageRegistry": ("registry", {"cell", "keys", "core"}, {"repository_url", "repository_ids"}),
    "AgentRuntime": (
        "runtime",
        {"cell", "runtime", "network", "keys", "identity", "logs", "mailbox", "registry"},
        {"service_name", "queue_address"},
    ),
}
"""Block -> its module within the cloud's package, its parameters, and its outputs."""


def module(cloud: str, name: str) -> ModuleType:
    """A module of a cloud's package."""
    return importlib.import_module(f"agent_studio.constructs.{cloud}.{name}")


def exported(cloud: str) -> Iterator[type[Construct]]:
    """Every construct that some module of a cloud's package exports by name."""
    for found in sorted((ROOMS / cloud).iterdir()):
        if found.suffix == ".py" or found.is_dir():
            if found.name.startswith("_"):
                continue
            imported = module(cloud, found.stem)
            for name in getattr(imported, "__all__", ()):
                value = getattr(imported, name)
                if inspect.isclass(value) and issubclass(value, Construct):
                    yield value


EXPORTED = [(cloud, block) for cloud in CLOUDS for block in exported(cloud)]


def constructor(block: type[Construct]) -> inspect.Signature:
    """The signature of a block, as it is written."""
    return inspect.signature(block.__init__)


@pytest.mark.parametrize(("cloud", "name"), [(c, n) for c in CLOUDS for n in BLOCKS])
def test_every_cloud_has_the_block_with_the_same_parameters(cloud: str, name: str) -> None:
    """A block takes the scope, its id, and by keyword exactly the parameters of every cloud."""
    home, parameters, _ = BLOCKS[name]
    signature = constructor(getattr(module(cloud, home), name))
    assert set(signature.parameters) == {"self", "scope", "id_"} | parameters


@pytest.mark.parametrize(("cloud", "name"), [(c, n) for c in CLOUDS for n in BLOCKS])
def test_every_cloud_has_the_block_with_the_same_outputs(cloud: str, name: str) -> None:
    """A block has the outputs of every cloud, as attributes or methods."""
    home, _, outputs = BLOCKS[name]
    block = getattr(module(cloud, home), name)
    assert outputs <= attributes(block), outputs - attributes(block)


def attributes(block: type[Construct]) -> set[str]:
    """The public names of a block: its methods, its properties and what it sets on itself."""
    source = Path(inspect.getfile(block)).read_text(encoding="utf-8")
    (body,) = (
        each
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.ClassDef) and each.name == block.__name__
    )
    written = {
        each.attr
        for each in ast.walk(body)
        if isinstance(each, ast.Attribute)
        and isinstance(each.ctx, ast.Store)
        and isinstance(each.value, ast.Name)
        and each.value.id == "self"
    }
    return {name for name in written | set(vars(block)) if not name.startswith("_")}


def named(each: object) -> str:
    """How a parameter reads in a test's id."""
    return str(getattr(each, "__name__", each))


@pytest.mark.parametrize(("cloud", "block"), EXPORTED, ids=named)
def test_every_block_takes_documented_keywords(cloud: str, block: type[Construct]) -> None:
    """Behind the scope and the id every parameter is a keyword, and each is documented."""
    parameters = list(constructor(block).parameters.values())
    assert [each.name for each in parameters[:3]] == ["self", "scope", "id_"]
    for each in parameters[3:]:
        assert each.kind is inspect.Parameter.KEYWORD_ONLY, f"{block.__name__}.{each.name}"
    for each in parameters[1:]:
        assert f"{each.name}: " in (block.__doc__ or ""), f"{block.__name__} omits {each.name}"


@pytest.mark.parametrize(("cloud", "block"), EXPORTED, ids=named)
def test_every_block_states_its_guarantee(cloud: str, block: type[Construct]) -> None:
    """The docstring of a block says what holds whatever else is deployed."""
    assert "Guarantee: " in (block.__doc__ or ""), f"{block.__name__} states no guarantee"


@pytest.mark.cloud
def test_terraform_accepts_every_block(
    tmp_path: Path, stack_of: Callable[[Cell], Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real engine and provider accept a cell with every block, egress and a copy."""
    target = find_region("aws/eu-central-1")
    assert target is not None
    talker = runtime(egress=("api.github.com",))
    full = replace(cell(talker, COLLECTOR), replicate={PERSONAL.name: target})
    folder = tmp_path / "stack"
    folder.mkdir()
    document = stack_of(full).document
    document["terraform"].pop("backend")
    (folder / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
    layout = Layout(tmp_path / "state")
    monkeypatch.setenv(VARIABLE, str(with_vault(tmp_path)))
    cached = write_configuration(layout)
    variables = environment(layout, role="plan", plugin_cache=cached)
    for arguments in (["init", "-input=false"], ["validate"]):
        done = subprocess.run(
            [*discover().command, *arguments, "-no-color"],
            cwd=folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
