"""The adoption table: whole, true to the cloud's API, and covering what the blocks use."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from agent_studio.delivery.adoption import Rule, load_rules
from agent_studio.delivery.layout import Layout
from agent_studio.delivery.synthesized import read_stacks

ROOT = Path(__file__).resolve().parents[2]
RULES = load_rules()
FOUND = {name: rule for name, rule in RULES.items() if rule.find}


def _types_used() -> set[str]:
    """Every resource type whose binding a block or a stack imports."""
    pattern = re.compile(r"cdktf_cdktf_provider_aws\.([a-z0-9_]+) import")
    found: set[str] = set()
    for folder in ("constructs", "stacks"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(pattern.findall(path.read_text(encoding="utf-8")))
    modules = {name for name in found if name != "provider" and not name.startswith("data_aws_")}
    return {f"aws_{name}" for name in modules}


def test_every_type_that_the_blocks_use_has_an_adoption_rule() -> None:
    """A type without a rule could be created twice after a crash: each has one, or says why not."""
    used = _types_used()
    assert len(used) > 20, "the scan for imported resource types finds nothing"
    missing = sorted(used - RULES.keys())
    assert not missing, f"add to stacks/agent_studio/delivery/adoption/rules.yaml: {missing}"


@pytest.mark.parametrize("name", sorted(FOUND))
def test_each_lookup_is_a_read_call_that_the_api_has(name: str) -> None:
    """A rule's call exists, only reads, and takes and gives the members that the rule names."""
    find = FOUND[name].find
    assert find is not None
    assert find.operation.split("_")[0] in ("describe", "list", "get")
    client = boto3.client(
        find.service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    model = client.meta.service_model.operation_model(
        client.meta.method_to_api_mapping[find.operation]
    )
    assert set(find.arguments) <= set(model.input_shape.members)
    first = re.match(r"\w+", find.result)
    assert first is not None
    assert first[0] in model.output_shape.members


def test_a_rule_is_either_an_import_or_a_reason_to_need_none() -> None:
    """A rule that says both, or neither, is refused."""
    with pytest.raises(ValueError, match="either an import id or a reason"):
        Rule.model_validate({"source": "x"})
    with pytest.raises(ValueError, match="either an import id or a reason"):
        Rule.model_validate({"source": "x", "import": "{name}", "idempotent": "it is"})


def test_every_computed_id_can_be_found() -> None:
    """An id that the cloud computes comes from a lookup; the one exception is named here."""
    blind = {
        name
        for name, rule in RULES.items()
        if rule.import_id and "{id}" in rule.import_id and rule.find is None
    }
    assert blind == {"aws_budgets_budget_action"}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The example estate's resources by type, as synthesized."""
    state = tmp_path_factory.mktemp("state")
    options = ["--estate", str(ROOT / "regions.yaml"), "--state-dir", str(state)]
    command = "from agent_studio.cli.main import main; main()"
    subprocess.run(
        [sys.executable, "-c", command, *options, "synth"], check=True, capture_output=True
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for stack in read_stacks(Layout(state)):
        for kind, named in json.loads(stack.path.read_text())["resource"].items():
            found.setdefault(kind, []).extend(named.values())
    return found


def test_every_resource_of_the_example_estate_gives_what_its_rule_needs(
    example: dict[str, list[dict[str, Any]]],
) -> None:
    """Each synthesized resource declares every value that its import id and lookup are made of."""
    field = re.compile(r"\{([a-z_0-9]+)\}")
    derived = {
        "cluster_name": "cluster",
        "url_host": "url",
        "name_tag": "tags",
        "stack_tag": "tags",
    }
    given = {"id", "account", "region", "partition"}
    missing: set[tuple[str, str]] = set()
    assert len(example) > 50
    for kind, bodies in example.items():
        if not kind.startswith("aws_"):
            continue
        rule = RULES[kind]
        texts = [rule.import_id or ""]
        if rule.find:
            texts += [json.dumps(rule.find.arguments), rule.find.result]
        needs = {name for text in texts for name in field.findall(text)} - given
        for body in bodies:
            missing |= {(kind, name) for name in needs if derived.get(name, name) not in body}
            if "name_tag" in needs and "Name" not in body.get("tags", {}):
                missing.add((kind, "tags.Name"))
    assert not missing
