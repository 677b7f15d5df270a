"""Values on the wire: msgpack, with an extension for what is not known yet.

Source: zclconf/go-cty, `cty/msgpack`: an unknown value is any extension (type 0, or 12 with what is
known about it); objects and maps are maps, lists, sets and tuples are arrays.
"""

from typing import Any, Final

import msgpack


class Unknown:
    """A value that is known after the apply only."""

    def __repr__(self) -> str:
        """Name it as plans do."""
        return "(known after apply)"


UNKNOWN: Final = Unknown()


def decoded(value: Any) -> Any:
    """A value from a message; None where it holds none.

    Args:
        value: a `DynamicValue`.
    """
    if not value.msgpack:
        return None
    return msgpack.unpackb(
        value.msgpack,
        ext_hook=lambda _code, _data: UNKNOWN,
        strict_map_key=False,
    )


def encoded(value: Any) -> bytes:
    """A value for a message, as `DynamicValue.msgpack`."""
    packed: bytes = msgpack.packb(value, default=_unknown)
    return packed


def _unknown(value: object) -> msgpack.ExtType:
    if value is UNKNOWN:
        return msgpack.ExtType(0, b"\0")
    raise TypeError(f"a {type(value).__name__} is no value")
