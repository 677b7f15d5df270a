"""Azure's stacks, held against the provider's own schema and applied to its stand-in."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.aws_cells import PUBLIC, Stack
from support.azure_cells import COLLECTOR, TALKER, guardrails, runtime, synthesized
from support.terraform import run_alone, settings

from agent_studio.rehearsal.twins.mirror import lay_out

Terraform = Callable[..., tuple[int, str]]

LEAST = runtime("least", cpu=0.25, memory=512, max_instances=1, budget=None)
MOST = runtime(
    "most",
    cpu=3.5,
    memory=7168,
    data_classes=(PUBLIC,),
    egress=("api.github.com", "example.org"),
)


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    """Run Terraform on a stack, with the stand-in of Azure for its provider."""
    mirror = lay_out(tmp_path / "mirror", tmp_path / "cloud", ["azurerm", "vault"])
    configuration = settings(tmp_path, mirror)
    work = tmp_path / "work"
    work.mkdir()

    def run(stack: Stack, *words: str) -> tuple[int, str]:
        document = {**stack.document, "terraform": {**stack.document["terraform"]}}
        document["terraform"].pop("backend")
        (work / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
        return run_alone([*words, "-no-color"], work=work, settings=configuration)

    return run


def test_stacks_of_every_shape_are_valid(terraform: Terraform) -> None:
    """A cell without runtimes, the least and the most of everything, and guardrails are valid."""
    shapes = {
        "no runtime": synthesized(),
        "the least and the most of everything": synthesized(LEAST, MOST, region="northcentralus"),
        "guardrails": guardrails(),
    }
    for name, stack in shapes.items():
        for words in (["init", "-input=false"], ["validate"]):
            code, text = terraform(stack, *words)
            assert code == 0, f"{name}: {text}"[-4000:]


@pytest.mark.parametrize("stack", [synthesized, guardrails], ids=["cell", "guardrails"])
def test_a_stack_is_applied_and_found_unchanged(
    terraform: Terraform, stack: Callable[..., Stack]
) -> None:
    """What references what is known by then, and a second plan changes nothing."""
    found = stack(runtime(), COLLECTOR, TALKER) if stack is synthesized else stack()
    for words in (
        ["init", "-input=false"],
        ["apply", "-auto-approve"],
        ["plan", "-detailed-exitcode"],
    ):
        code, text = terraform(found, *words)
        assert code == 0, text[-4000:]
