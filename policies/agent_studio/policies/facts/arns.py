"""Amazon Resource Names, as far as they are known."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Arn:
    """A parsed ARN (IAM User Guide, "Amazon Resource Names"): `arn:partition:service:region:...`.

    Attributes:
        partition: e.g. `aws`.
        service: e.g. `kms`.
        region: empty for services that have none in their ARNs; may hold a wildcard.
        account: empty where AWS owns it or the service leaves it out; may hold a wildcard.
        resource: the rest.
    """

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parsed(text: object) -> Arn | None:
    """Parse an ARN; None when the text is none.

    >>> parsed("arn:aws:kms:eu-west-1:111111111111:key/a").account
    '111111111111'
    >>> parsed("alias/aws/s3") is None
    True
    """
    parts = text.split(":", 5) if isinstance(text, str) else []
    if len(parts) != 6 or parts[0] != "arn":
        return None
    return Arn(
        partition=parts[1], service=parts[2], region=parts[3], account=parts[4], resource=parts[5]
    )
