"""Schemas in the form of `terraform providers schema -json`, from generated scripts."""

import re
from collections.abc import Iterable
from typing import Any

from agent_studio.bindings.schemas.script import Argument, Class, Script

_PLAIN = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
_READERS = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getNumberMapAttribute": ["map", "number"],
    "getBooleanMapAttribute": ["map", "bool"],
    "getAnyMapAttribute": ["map", "dynamic"],
    "cdktf.StringMap": ["map", "string"],
    "cdktf.NumberMap": ["map", "number"],
    "cdktf.BooleanMap": ["map", "bool"],
    "cdktf.AnyMap": ["map", "dynamic"],
    "cdktf.StringMapList": ["list", ["map", "string"]],
}
"""How the code reads an attribute -> its type, spelled as in JSON schemas."""

_READER = re.compile(r"this\.(get\w+Attribute)\(|new (cdktf\.\w+)\(")
_PARTS = re.compile(r"new (\w+?)(List|Map|OutputReference)\(this, \"\w+\"(?:, (true|false))?\)")
_VERSION = re.compile(r"^ +providerVersion: '([^']+)',$", re.M)
_MODES = {"list": "list", "set": "set", "struct": "single", "map": "map"}
_KINDS = {
    "TerraformProvider": "provider",
    "TerraformResource": "resource_schemas",
    "TerraformDataSource": "data_source_schemas",
}


def schemas_of(scripts: Iterable[str]) -> dict[str, Any]:
    """Give the schemas that scripts carry.

    Args:
        scripts: the texts of generated `index.js` files.

    Returns:
        `provider`, `resource_schemas` and `data_source_schemas`, by type; `unreadable` tells why
        other types have none, and `provider_version` of which provider they are.
    """
    found: dict[str, Any] = {
        "resource_schemas": {},
        "data_source_schemas": {},
        "unreadable": {},
    }
    versions: set[str] = set()
    for text in scripts:
        script = Script(text)
        versions.update(_VERSION.findall(text))
        for each in script.classes.values():
            if each.base not in _KINDS or not each.resource_type:
                continue
            try:
                block = _block(script, each, each.arguments)
            except (KeyError, ValueError) as error:
                found["unreadable"][each.resource_type] = str(error)
                continue
            if each.base == "TerraformProvider":
                block["attributes"].pop("alias", None)
                found["provider"] = {"version": 0, "block": block}
            else:
                found[_KINDS[each.base]][each.resource_type] = {"version": 0, "block": block}
    found["provider_version"] = max(versions, default="")
    return found


def _block(script: Script, holder: Class | None, arguments: Iterable[Argument]) -> dict[str, Any]:
    block: dict[str, Any] = {"attributes": {}, "block_types": {}}
    for one in arguments:
        # Parts of a provider's own settings have no class that tells; none is asked for then.
        optional = holder is None or holder.optional(one.property)
        if one.block and one.struct:
            single = not one.many
            block["block_types"][one.name] = {
                "nesting_mode": _MODES[one.kind],
                "min_items": 0 if optional or one.kind == "struct" else 1,
                "max_items": 1 if single and one.kind in ("list", "set") else 0,
                "block": _parts(script, one),
            }
        else:
            block["attributes"][one.name] = {
                "type": _type(script, one),
                # The bindings tell no more of an optional attribute, so each may be computed.
                **({"optional": True, "computed": True} if optional else {"required": True}),
            }
    for name, code in holder.computed() if holder else ():
        block["attributes"].setdefault(name, {"type": _read(script, code), "computed": True})
    return {key: value for key, value in block.items() if value or key == "attributes"}


def _parts(script: Script, one: Argument) -> dict[str, Any]:
    assert one.struct is not None  # noqa: S101 - its callers have looked
    name = f"{one.struct[0].upper()}{one.struct[1:]}OutputReference"
    return _block(script, script.classes.get(name), script.structs[one.struct])


def _type(script: Script, one: Argument) -> Any:
    if one.struct:
        object_ = _object(_parts(script, one))
        return [one.kind, object_] if one.kind in ("list", "set", "map") else object_
    plain, *shapes = re.findall(r"^[a-z]+|Map|List", one.holds)
    if plain not in _PLAIN or "".join((plain, *shapes)) != one.holds:
        raise ValueError(f"{one.name} holds a {one.holds}")
    type_: Any = _PLAIN[plain]
    for shape in shapes:
        type_ = [shape.lower(), type_]
    return ["set", type_[1]] if one.kind == "set" else type_


def _object(block: dict[str, Any]) -> list[Any]:
    """The type of what a block holds."""
    parts = {name: each["type"] for name, each in block["attributes"].items()}
    for name, each in block.get("block_types", {}).items():
        inner = _object(each["block"])
        mode = each["nesting_mode"]
        parts[name] = inner if mode == "single" else [mode, inner]
    return ["object", parts]


def _read(script: Script, code: str) -> Any:
    """The type of what the provider alone sets, by how the code reads it."""
    parts = _PARTS.search(code)
    if parts and f"{parts[1]}OutputReference" in script.classes:
        reference = script.classes[f"{parts[1]}OutputReference"]
        arguments = script.structs.get(parts[1][0].lower() + parts[1][1:], ())
        inner = _object(_block(script, reference, arguments))
        if parts[2] == "OutputReference":
            return inner
        return ["map" if parts[2] == "Map" else "set" if parts[3] == "true" else "list", inner]
    reader = _READER.search(code)
    type_ = _READERS.get((reader[1] or reader[2]) if reader else "")
    if type_ is None:
        raise ValueError(f"an attribute is read in an unknown way: {code.strip()[:80]}")
    return ["set", type_[1]] if "Fn.tolist(" in code and isinstance(type_, list) else type_
