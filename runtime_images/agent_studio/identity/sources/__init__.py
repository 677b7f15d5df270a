"""Where a workload's token comes from: its cloud signs it, and nobody else can."""

from typing import Protocol

from agent_studio.identity.errors import TokenSourceError
from agent_studio.identity.secret import Secret


class TokenSource(Protocol):
    """Gives tokens that tell who this workload is."""

    def token(self) -> Secret:
        """A token that was signed just now, or still holds.

        Raises:
            TokenSourceError: there is none.
        """
        ...


def source_of(name: str, audience: str) -> TokenSource:
    """Give a source by its name.

    Args:
        name: `aws`, `google`, `azure`, or `file:<path>`.
        audience: for whom the tokens are to be.

    Returns:
        the source.

    Raises:
        TokenSourceError: there is none of that name.
    """
    # Each is imported when it is used: an agent on Google Cloud has no use for botocore.
    if name == "aws":
        from agent_studio.identity.sources.aws import AwsSource

        return AwsSource(audience)
    if name == "google":
        from agent_studio.identity.sources.google import GoogleSource

        return GoogleSource(audience)
    if name == "azure":
        from agent_studio.identity.sources.azure import AzureSource

        return AzureSource(audience)
    if name.startswith("file:"):
        from agent_studio.identity.sources.file import FileSource

        return FileSource(name.removeprefix("file:"))
    raise TokenSourceError("no token source of that name; allowed: aws, google, azure, file:<path>")


__all__ = ["TokenSource", "source_of"]
