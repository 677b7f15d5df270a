"""The messages of the protocol, as protocol-buffers classes.

Only what a twin needs; fields that it does not know are skipped, as protocol buffers have it.
"""

from functools import cache
from importlib import resources
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from ruamel.yaml import YAML

_PACKAGE = "tfplugin6"
_FIELD = descriptor_pb2.FieldDescriptorProto
_PLAIN = {
    "bytes": _FIELD.TYPE_BYTES,
    "string": _FIELD.TYPE_STRING,
    "int64": _FIELD.TYPE_INT64,
    "bool": _FIELD.TYPE_BOOL,
}

CALLS: dict[str, tuple[str, str]] = {
    "GetProviderSchema": ("Empty", "GetProviderSchemaResponse"),
    "ValidateProviderConfig": ("ValidateProviderConfigRequest", "ValidateProviderConfigResponse"),
    "ValidateResourceConfig": ("ValidateResourceRequest", "ValidateResourceResponse"),
    "ValidateDataResourceConfig": ("ValidateResourceRequest", "ValidateResourceResponse"),
    "ConfigureProvider": ("ConfigureRequest", "ConfigureResponse"),
    "UpgradeResourceState": ("UpgradeResourceStateRequest", "UpgradeResourceStateResponse"),
    "ReadResource": ("ReadResourceRequest", "ReadResourceResponse"),
    "PlanResourceChange": ("PlanResourceChangeRequest", "PlanResourceChangeResponse"),
    "ApplyResourceChange": ("ApplyResourceChangeRequest", "ApplyResourceChangeResponse"),
    "ImportResourceState": ("ImportResourceStateRequest", "ImportResourceStateResponse"),
    "ReadDataSource": ("ReadDataSourceRequest", "ReadDataSourceResponse"),
    "StopProvider": ("Empty", "Empty"),
}
"""The calls that a twin answers -> the messages that they take and give."""


def message(name: str, /, **fields: Any) -> Any:
    """Make a message.

    Args:
        name: which one.
        fields: what it says.
    """
    return _classes()[name](**fields)


def kind(name: str) -> Any:
    """The class of a message."""
    return _classes()[name]


@cache
def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="tfplugin6.proto", package=_PACKAGE, syntax="proto3"
    )
    text = resources.files(__package__).joinpath("messages.yaml").read_text("utf-8")
    for name, listed in YAML(typ="safe", pure=True).load(text).items():
        described = file.message_type.add(name=name)
        for label, declared in listed.items():
            type_, number = declared.split()
            many = type_.endswith("*")
            type_ = type_.removesuffix("*")
            described.field.add(
                name=label,
                number=int(number),
                label=_FIELD.LABEL_REPEATED if many else _FIELD.LABEL_OPTIONAL,
                type=_PLAIN.get(type_, _FIELD.TYPE_MESSAGE),
                type_name=None if type_ in _PLAIN else f".{_PACKAGE}.{type_}",
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        each.name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{_PACKAGE}.{each.name}")
        )
        for each in file.message_type
    }
