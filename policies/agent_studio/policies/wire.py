"""Protocol-buffers messages field by field, without their schema (protobuf.dev, "Encoding")."""

from collections.abc import Iterator

_LENGTH_DELIMITED = 2


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message, in its order.

    Args:
        message: the encoded message.

    Yields:
        Each field's number, and its integer or its bytes.

    Raises:
        ValueError: it is no message, or a field ends beyond it.
        IndexError: it ends within a number.
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, position = _varint(message, position)
            yield number, value
            continue
        if kind == _LENGTH_DELIMITED:
            length, position = _varint(message, position)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError("unknown kind of field")
        end = position + length
        if end > len(message):
            raise ValueError("a field ends beyond the message")
        yield number, message[position:end]
        position = end


def field(number: int, content: bytes) -> bytes:
    r"""Encode a field that holds bytes, a text or a message.

    >>> field(1, b"ab"), list(fields(field(300, b"")))
    (b'\n\x02ab', [(300, b'')])
    """
    return _number(number << 3 | _LENGTH_DELIMITED) + _number(len(content)) + content


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("an integer is too long")
