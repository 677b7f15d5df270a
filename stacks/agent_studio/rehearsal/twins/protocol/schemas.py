"""Schemas for the wire, from the form of `terraform providers schema -json`."""

import json
from collections.abc import Mapping
from typing import Any

from agent_studio.rehearsal.twins.protocol.messages import message

_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}


def schema(described: Mapping[str, Any]) -> Any:
    """A `Schema` message.

    Args:
        described: `version` and `block`.
    """
    return message("Schema", version=described.get("version", 0), block=_block(described["block"]))


def _block(described: Mapping[str, Any]) -> Any:
    return message(
        "Block",
        attributes=[
            message(
                "Attribute",
                name=name,
                type=json.dumps(one["type"]).encode(),
                required=one.get("required", False),
                optional=one.get("optional", False),
                computed=one.get("computed", False),
            )
            for name, one in sorted(described.get("attributes", {}).items())
        ],
        block_types=[
            message(
                "NestedBlock",
                type_name=name,
                block=_block(one["block"]),
                nesting=_NESTING[one["nesting_mode"]],
                min_items=one.get("min_items", 0),
                max_items=one.get("max_items", 0),
            )
            for name, one in sorted(described.get("block_types", {}).items())
        ],
    )
