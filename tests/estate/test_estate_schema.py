"""The JSON Schema and the reference of `regions.yaml`."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from agent_studio.estate.catalogue import region_keys
from agent_studio.estate.reference import REFERENCE_FILE, reference_text
from agent_studio.estate.schema import SCHEMA_FILE, json_schema, main, schema_text
from agent_studio.estate.shape import described, models

ROOT = Path(__file__).parents[2]
REPAIR = "run: python -m agent_studio.estate.schema"


@pytest.mark.parametrize(
    ("file", "text"), [(SCHEMA_FILE, schema_text), (REFERENCE_FILE, reference_text)]
)
def test_the_generated_file_is_fresh(file: Path, text: Any) -> None:
    """The file in the repository is what the models and the catalogue make today."""
    assert (ROOT / file).read_text(encoding="utf-8") == text(), REPAIR


def test_the_schema_is_valid_and_admits_the_examples(example: str) -> None:
    """The schema is proper JSON Schema, and the example estates pass it."""
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for text in (example, (ROOT / "regions.yaml").read_text(encoding="utf-8")):
        assert not list(validator.iter_errors(_data(text)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("egress:", "egres:"),
        ("aws/eu-central-1:", "aws/eu-central-9:"),
        ("region: aws/eu-west-1", "region: eu-west-1"),
        ("    EU: https", "    EUR: https"),
        ("https://vault.eu", "http://vault.eu"),
        ("memory: 2GiB", "memory: 2GB"),
        ("  keeper:", "  Keeper:"),
        ("cloud: gcp", "cloud: google"),
        ("version: 1", "version: 2"),
    ],
)
def test_the_schema_refuses_what_the_check_refuses(example: str, old: str, new: str) -> None:
    """An editor with the schema underlines the same mistakes."""
    assert old in example
    validator = jsonschema.Draft202012Validator(json_schema())
    assert list(validator.iter_errors(_data(example.replace(old, new, 1))))


def test_every_field_has_a_description() -> None:
    """Each model's docstring says what each of its fields means, and names no other."""
    for model in models():
        assert described(model)[1].keys() == model.model_fields.keys(), model.__name__


def test_editors_complete_every_region() -> None:
    """The schema lists each region, with a word beside it."""
    region = json_schema()["$defs"]["RegionKey"]
    assert tuple(region["enum"]) == region_keys()
    assert len(region["enumDescriptions"]) == len(region["enum"])
    assert "Dublin, EU" in region["enumDescriptions"]


def test_the_files_are_written_below_a_folder(tmp_path: Path) -> None:
    """The generator makes both files and their folders."""
    main(tmp_path)
    assert json.loads((tmp_path / SCHEMA_FILE).read_text())["title"] == "regions.yaml"
    assert (tmp_path / REFERENCE_FILE).read_text().startswith("# regions.yaml\n")


def _data(text: str) -> Any:
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(StringIO(text))))
