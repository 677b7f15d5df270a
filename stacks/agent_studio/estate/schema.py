"""The JSON Schema of `regions.yaml`, made from the models, for editors and other tools.

`python -m agent_studio.estate.schema` writes `docs/regions.schema.json` and
`docs/reference/regions.md` under the working directory.
"""

import json
import sys
from pathlib import Path
from typing import Any

from agent_studio.estate.catalogue import jurisdictions, places, region_keys, regions
from agent_studio.estate.model import EstateSpec
from agent_studio.estate.shape import described, models

SCHEMA_FILE = Path("docs/regions.schema.json")


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of `regions.yaml`."""
    schema = EstateSpec.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    for model in models():
        target = schema if model is EstateSpec else definitions[model.__name__]
        summary, fields = described(model)
        target["description"] = summary
        for name, text in fields.items():
            target["properties"][name]["description"] = text[:1].upper() + text[1:]
    _close(schema)
    definitions["RegionKey"] = _region_key()
    reference = {"$ref": "#/$defs/RegionKey"}
    _point_at_regions(schema["properties"]["regions"], reference)
    _point_at_regions(definitions["CellSpec"]["properties"]["replicate"], reference)
    region = definitions["CoreSpec"]["properties"]["region"]
    definitions["CoreSpec"]["properties"]["region"] = {
        "description": region["description"],
        **reference,
    }
    home = definitions["AccountSpec"]["properties"]["home"]
    home["anyOf"] = [reference, {"type": "null"}]
    clusters = definitions["VaultSpec"]["properties"]["clusters"]
    clusters["propertyNames"] = {"enum": sorted(jurisdictions())}
    clusters["additionalProperties"] = {"type": "string", "format": "uri", "pattern": "^https://"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://agent-studio.example/regions.schema.json",
        **_untitled(schema),
        "title": "regions.yaml",
    }


def schema_text() -> str:
    """Give the JSON Schema as the text of its file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _region_key() -> dict[str, Any]:
    keys = region_keys()
    return {
        "type": "string",
        "enum": list(keys),
        "description": "A public region, as <cloud>/<region>.",
        # Read by editors on the YAML language server: a word beside each choice.
        "enumDescriptions": [
            f"{places(cloud)[name]}, {regions(cloud)[name].jurisdiction}"
            for cloud, _, name in (key.partition("/") for key in keys)
        ],
    }


def _close(schema: dict[str, Any]) -> None:
    """Admit no names beside those of a pattern."""
    for part in schema["properties"].values():
        for mapping in (part, *part.get("patternProperties", {}).values()):
            if "patternProperties" in mapping:
                mapping["additionalProperties"] = False


def _point_at_regions(target: dict[str, Any], reference: dict[str, str]) -> None:
    if "patternProperties" in target:
        [values] = target.pop("patternProperties").values()
        target["propertyNames"] = reference
        target["additionalProperties"] = values
    else:
        target["additionalProperties"] = reference


def _untitled(node: Any) -> Any:
    """Drop pydantic's titles, which repeat the field's name, and point nested names at patterns."""
    if isinstance(node, dict):
        return {
            key: _untitled(value)
            for key, value in node.items()
            if not (key == "title" and isinstance(value, str))
        }
    return [_untitled(item) for item in node] if isinstance(node, list) else node


def main(root: Path) -> None:
    """Write the schema and the reference below a folder."""
    from agent_studio.estate.reference import REFERENCE_FILE, reference_text

    for file, text in ((SCHEMA_FILE, schema_text()), (REFERENCE_FILE, reference_text())):
        target = root / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        sys.stderr.write(f"wrote {target}\n")


if __name__ == "__main__":
    main(Path.cwd())
