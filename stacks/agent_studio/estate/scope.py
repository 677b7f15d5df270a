"""What a name is made for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """By what a cloud knows the core's identities: a number, or an object id of Entra.

    Attributes:
        mailbox: the unique id of the identity that comes to mailboxes.
        release: the unique id of the one that copies images.
    """

    mailbox: str
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One stack's place: all that a computed name depends on, besides its purpose.

    Attributes:
        studio: the estate's `studio`, e.g. `acme`.
        stack: the stack's name: `core`, `guardrails-<account>` or `cell-<cell id>`.
        account_id: the cloud's own id of the account, e.g. twelve digits on AWS.
        region: the region's name within its cloud, e.g. `eu-west-1`.
        partition: the AWS partition, e.g. `aws`; empty on other clouds.
        issuer: the OpenID Connect issuer of the account's own identities, where one is declared.
        subjects: by what tokens name the account's own identities, where it is declared.
        tenant: the Entra tenant that knows the core's identities; on Azure, for the core alone.
    """

    studio: str
    stack: str
    account_id: str
    region: str
    partition: str = "aws"
    issuer: str | None = None
    subjects: Subjects | None = None
    tenant: str | None = None
