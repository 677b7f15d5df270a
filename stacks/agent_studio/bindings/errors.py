"""What goes wrong with bindings, as one line that says what to do."""

BUILD_COMMAND = "studio bindings build"


class BindingsError(Exception):
    """The bindings cannot be built or chosen.

    Args:
        cause: what is wrong, as one sentence without a full stop.
        found: the offending value, if there is one.
        allowed: what would be accepted.
        fix: what to do about it.
    """

    def __init__(
        self,
        cause: str,
        *,
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.cause = cause
        self.found = found
        self.allowed = allowed
        self.fix = fix
        super().__init__(self.line)

    @property
    def line(self) -> str:
        """The whole error on one line."""
        parts = [self.cause]
        if self.found is not None:
            parts.append(f"found {self.found}")
        if self.allowed is not None:
            parts.append(f"allowed: {self.allowed}")
        if self.fix is not None:
            parts.append(f"fix: {self.fix}")
        return "; ".join(" ".join(part.split()) for part in parts)


class MissingBindingError(BindingsError, ImportError):
    """An imported provider module is not among the lean bindings.

    It is an `ImportError` too, so that code that probes for a module can catch it as usual.

    Args:
        name: the full name of the module that was imported.
    """

    def __init__(self, name: str) -> None:
        package, _, module = name.partition(".")
        super().__init__(
            f"{name} is not in the lean bindings"
            if module
            else f"no bindings are installed for {package}",
            fix=f"run `{BUILD_COMMAND}`",
        )
        self.name = name
