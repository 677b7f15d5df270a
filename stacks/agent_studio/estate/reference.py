"""The reference of `regions.yaml`, made from the models and the region catalogue."""

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agent_studio.estate.catalogue import geographies, jurisdictions, places, regions
from agent_studio.estate.catalogue.data import CLOUDS
from agent_studio.estate.schema import json_schema
from agent_studio.estate.shape import described, models

REFERENCE_FILE = Path("docs/reference/regions.md")

_TITLES = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}
_WHERE = {
    "EstateSpec": "The file",
    "CoreSpec": "`core`",
    "SubjectsSpec": "`core.subjects`",
    "VaultSpec": "`vault`",
    "CiSpec": "`ci`",
    "DataClassSpec": "`data_classes.<name>`",
    "RuntimeSpec": "`runtimes.<name>`",
    "Budget": "`runtimes.<name>.budget`",
    "AccountSpec": "`accounts.<name>`",
    "CellSpec": "`regions.<cloud>/<region>.<account>`",
}


def reference_text() -> str:
    """Give the reference as Markdown."""
    parts = [
        "# regions.yaml",
        "Made by `python -m agent_studio.estate.schema` from the models and the region catalogue; "
        "a test keeps it fresh. Editors complete and check the file where its first line names "
        "[the JSON Schema](../regions.schema.json).",
        _limits(),
        *(_model(model) for model in models()),
        _geographies(),
        _jurisdictions(),
        *(_regions(cloud) for cloud in CLOUDS),
    ]
    return "\n\n".join(parts) + "\n"


def _limits() -> str:
    return (
        "The file is UTF-8 text of at most 1 MiB, YAML 1.2 with one document, without tags and "
        "merge keys; each key stands once. `studio estate check` lists every problem at once and "
        "ends with exit code 5."
    )


def _model(model: type[BaseModel]) -> str:
    schema = json_schema()
    summary, fields = described(model)
    part = schema if model.__name__ == "EstateSpec" else schema["$defs"][model.__name__]
    required = set(part.get("required", ()))
    rows = [
        "| key | value | default | meaning |",
        "|---|---|---|---|",
    ]
    for name, field in model.model_fields.items():
        value = part["properties"][name]
        default = "required" if name in required else _default(field.default, value)
        meaning = fields.get(name, "")
        rows.append(
            f"| `{name}` | {_value(value)} | {default} | {meaning[:1].upper() + meaning[1:]} |"
        )
    return "\n".join([f"## {_WHERE.get(model.__name__, model.__name__)}", "", summary, "", *rows])


def _default(default: Any, value: dict[str, Any]) -> str:
    if default is None or default in ((), {}):
        return "none"
    shown = value.get("default", default)
    return f"`{shown}`" if isinstance(shown, (str, int, float)) else "none"


def _value(value: dict[str, Any]) -> str:
    choices = [c for c in value.get("anyOf", ()) if c.get("type") != "null"]
    if choices:
        return " or ".join(_value(choice) for choice in choices)
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        target = json_schema()["$defs"][name]
        if name == "RegionKey":
            return "a region"
        return _enum(target["enum"]) if "enum" in target else "a mapping, see below"
    if "enum" in value or "const" in value:
        return _enum(value.get("enum", [value.get("const")]))
    kind = value.get("type")
    if kind == "array":
        return "a list of texts"
    if kind == "object":
        return "a mapping"
    if kind in ("integer", "number"):
        return ("a whole number" if kind == "integer" else "a number") + _bounds(value)
    if value.get("format") == "ipv4network":
        return "an IPv4 network"
    pattern = value.get("pattern")
    if pattern and pattern.startswith("^[a-z](?:-?"):
        return "a name: lower-case letters, digits, single hyphens"
    if pattern and "MiB" in pattern:
        return "an amount"
    return "text" if not pattern else "text, `" + re.sub(r"\|", r"\\|", pattern) + "`"


def _enum(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _bounds(value: dict[str, Any]) -> str:
    words = {
        "exclusiveMinimum": "more than",
        "minimum": "at least",
        "exclusiveMaximum": "less than",
        "maximum": "at most",
    }
    bounds = [f"{word} {value[key]:,}" for key, word in words.items() if key in value]
    return f", {', '.join(bounds)}" if bounds else ""


def _geographies() -> str:
    rows = [
        "## Where models process prompts",
        "",
        "A runtime names model endpoints as `bedrock/<maker>.<model>` (in the cell's region), "
        "`bedrock/<area>.<maker>.<model>`, `vertex/<region or area>/<model>` or "
        "`azure/<deployment type>/<model>`. Types that begin with Global process anywhere, with "
        "DataZone in the region's area, the others in the region. A data class of residency "
        "`region` needs a model in the region; of `jurisdiction`, one that stays in the "
        "jurisdiction. A region outside an area may be able to call it; the prompt then leaves "
        "its jurisdiction.",
        "",
        "| cloud | area | processes in | can be called from |",
        "|---|---|---|---|",
    ]
    for cloud in CLOUDS:
        for name, area in geographies(cloud).items():
            where = ", ".join(sorted(area.processes_in)) or "anywhere"
            callers = ", ".join(sorted(area.called_from)) or "every region"
            if cloud == "azure" and name != "global":
                callers = "its own regions"
            rows.append(f"| {_TITLES[cloud]} | `{name}` | {where} | {callers} |")
    return "\n".join(rows)


def _jurisdictions() -> str:
    rows = [
        "## Jurisdictions",
        "",
        "The EEA states count to the EU, since the GDPR applies in them; the United Kingdom and "
        "Switzerland do not.",
        "",
        "| jurisdiction | area | countries |",
        "|---|---|---|",
    ]
    rows += [
        f"| `{j.name}` | {j.title} | {', '.join(j.members)} |" for j in jurisdictions().values()
    ]
    return "\n".join(rows)


def _regions(cloud: str) -> str:
    rows = [
        f"## Regions of {_TITLES[cloud]}",
        "",
        "| region | place | country | jurisdiction | area | notes |",
        "|---|---|---|---|---|---|",
    ]
    for name, region in regions(cloud).items():
        notes = ["opt-in"] if region.opt_in else []
        notes += [f"partition {region.partition}"] if region.partition not in ("", "aws") else []
        rows.append(
            f"| `{region.key}` | {places(cloud)[name]} | {region.country} | {region.jurisdiction} "
            f"| {region.geography or ''} | {', '.join(notes)} |"
        )
    return "\n".join(rows)
