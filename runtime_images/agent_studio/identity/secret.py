"""Values that show themselves to nobody who did not ask."""

import hmac
from collections.abc import Iterator, Mapping
from typing import NoReturn


class Secret:
    """A text that no log, repr, exception or pickle shows; `reveal` gives it.

    >>> Secret("hunter2")
    Secret(...)
    >>> f"{Secret('hunter2')}"
    'Secret(...)'
    >>> Secret("hunter2").reveal()
    'hunter2'

    Args:
        value: the text.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself. Whoever calls this keeps it from being shown."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")


class Secrets(Mapping[str, Secret]):
    """The fields of one secret; its names are shown, its values are not.

    >>> Secrets({"user": Secret("a"), "password": Secret("b")})
    Secrets(password, user)

    Args:
        fields: name to value.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Secret]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> Secret:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._fields))})"
