"""What can be at fault when an identity is proven, each with a type of its own.

No message holds anything that a server or a token said, but for names of claims: servers echo what
they were sent.
"""


class IdentityError(Exception):
    """The identity could not be proven, or a request not be served; nothing was given out.

    Attributes:
        fault: one word for what was at fault.
        passing: whether the same request may succeed later, with nothing changed.
    """

    fault = "unexpected"
    passing = False


class NetworkError(IdentityError):
    """Vault could not be reached, did not answer in time, or is not the server that it should."""

    fault = "network"
    passing = True


class SealError(IdentityError):
    """Vault is sealed, not initialized, or has no active node."""

    fault = "seal"
    passing = True


class ServerError(IdentityError):
    """Vault failed, refuses requests because there are too many, or answers what is no answer."""

    fault = "server"
    passing = True


class TokenSourceError(IdentityError):
    """The cloud gave no token for this workload."""

    fault = "token source"
    passing = True


class PolicyError(IdentityError):
    """The identity is good, and its policy does not admit the request."""

    fault = "policy"


class SecretMissingError(IdentityError):
    """There is no such secret, or its latest version is deleted."""

    fault = "missing"


class ClosedError(IdentityError):
    """The client was closed; its tokens are revoked."""

    fault = "closed"


class LoginError(IdentityError):
    """Vault does not take the workload's token; the subclasses say why."""

    fault = "login"


class AudienceError(LoginError):
    """The token is for somebody else (claim `aud`)."""

    fault = "audience"


class SubjectError(LoginError):
    """The token is another workload's (claim `sub`)."""

    fault = "subject"


class IssuerError(LoginError):
    """The token is another issuer's (claim `iss`)."""

    fault = "issuer"


class ExpiryError(LoginError):
    """The token has expired, or is not valid yet (claims `exp`, `nbf`, `iat`)."""

    fault = "expiry"


class SignatureError(LoginError):
    """The token is malformed, not signed by the issuer, or signed by a forbidden algorithm."""

    fault = "signature"


class ClaimError(LoginError):
    """Another claim is missing or has another value, such as the region."""

    fault = "claim"


class RoleError(LoginError):
    """There is no such role, or no such login method."""

    fault = "role"


class OriginError(LoginError):
    """The login comes from outside of the role's network.

    Vault answers in the same way where no login method is mounted.
    """

    fault = "origin"
