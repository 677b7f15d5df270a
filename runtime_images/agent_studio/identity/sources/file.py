"""Tokens that somebody else puts into a file: tests, and projected tokens of Kubernetes."""

from pathlib import Path

from agent_studio.identity.errors import TokenSourceError
from agent_studio.identity.guarded import guarded
from agent_studio.identity.secret import Secret


class FileSource:
    """Reads the file anew each time, since whoever writes it replaces the token.

    Args:
        path: the file.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)

    def __repr__(self) -> str:
        return f"<tokens of {self._path}>"

    def token(self) -> Secret:
        """The token that stands in the file now.

        Raises:
            TokenSourceError: it can't be read, or is empty.
        """

        def read() -> Secret:
            return Secret(self._path.read_text().strip())

        token = guarded(
            read,
            lambda error: TokenSourceError(
                f"the token file can't be read ({type(error).__name__})"
            ),
        )
        if not token:
            raise TokenSourceError("the token file is empty")
        return token
