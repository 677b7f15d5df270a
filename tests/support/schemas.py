"""The published JSON Schemas, held to what commands really print."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "json"


def published(name: str, text: str) -> dict[str, Any]:
    """Read what a command printed with `--format json`, and hold it to its published schema.

    Args:
        name: the schema's name, e.g. `plan`.
        text: the command's whole standard output.

    Returns:
        The document.

    Raises:
        ValidationError: the document breaks its schema.
    """
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    document: dict[str, Any] = json.loads(text)
    Draft202012Validator(schema).validate(document)
    return document
