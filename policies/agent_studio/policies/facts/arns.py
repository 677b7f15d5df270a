"""Amazon Resource Names, as far as they are known."""

import re
from dataclasses import dataclass

_ACCOUNT = re.compile(r"^\d{12}$")


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


def is_account(text: str) -> bool:
    """Whether a text is the id of one AWS account: twelve digits.

    >>> is_account("111111111111"), is_account("*")
    (True, False)
    """
    return bool(_ACCOUNT.match(text))
