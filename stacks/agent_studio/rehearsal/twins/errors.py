"""What a twin refuses, as a cloud would."""


class Refused(Exception):  # noqa: N818 - it says what happened
    """A request that a cloud would refuse.

    Args:
        summary: what is wrong, on one line.
        detail: the value found, what is allowed, and the fix.
        attribute: the argument that is meant, if one is.
    """

    def __init__(self, summary: str, detail: str = "", *, attribute: str | None = None) -> None:
        self.summary = summary
        self.detail = detail
        self.attribute = attribute
        super().__init__(summary)
