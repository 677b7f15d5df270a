"""What hvac raised, as an error of ours that says what was at fault.

The texts are those of Vault's `jwt` method (hashicorp/cap, `jwt` and `oidc`) and of OpenBao 2.7,
where they are the same. A text that is not known is a `LoginError` without a reason.
"""

import re

import requests
from hvac import exceptions as hvac  # type: ignore[import-untyped]

from agent_studio.identity import errors
from agent_studio.identity.transport import describe

_MALFORMED = r"\(alg\) header|signature|malformed jwt|parsing token|missing token"
_FOREIGN = r"invalid CIDR|source address|remote address"
_LOGIN: tuple[tuple[str, type[errors.LoginError], str], ...] = (
    (r"\(aud\) claim|audience claim", errors.AudienceError, "the token is for somebody else"),
    (r"\(sub\) claim", errors.SubjectError, "the token is another workload's"),
    (r"\(iss\) claim", errors.IssuerError, "the token is another issuer's"),
    (r"\(exp\) claim|token is expired", errors.ExpiryError, "the token has expired"),
    (r"\((nbf|iat)\) claim", errors.ExpiryError, "the token is not valid yet"),
    (r"no issued at \(iat\)", errors.ExpiryError, "the token says nothing of its times"),
    (_MALFORMED, errors.SignatureError, "the token is malformed, or not signed by the issuer"),
    (r"role .* could not be found|missing role", errors.RoleError, "there is no such role"),
    (_FOREIGN, errors.OriginError, "the login comes from outside of the role's network"),
)
_CLAIM = re.compile(r'claim "(?P<name>[^"]{1,200})"')


def login_fault(error: Exception, role: str) -> errors.IdentityError:
    """Say why a login failed.

    Args:
        error: what hvac raised.
        role: the role that was asked for.

    Returns:
        the error to raise.
    """
    if not isinstance(error, hvac.InvalidRequest | hvac.Forbidden | hvac.InvalidPath):
        return fault(error)
    said = _said(error)
    for pattern, kind, text in _LOGIN:
        if re.search(pattern, said):
            return kind(f"Vault refused the login as {role}: {text}")
    if claim := _CLAIM.search(said):
        name = claim["name"].replace("~1", "/").replace("~0", "~")
        return errors.ClaimError(f"Vault refused the login as {role}: claim {name} does not match")
    if isinstance(error, hvac.InvalidPath):
        return errors.RoleError(f"Vault refused the login as {role}: there is no such login method")
    if isinstance(error, hvac.Forbidden):
        return errors.OriginError(
            f"Vault refused the login as {role}: it comes from outside of the role's network,"
            " or there is no such login method"
        )
    return errors.LoginError(f"Vault refused the login as {role}")


def fault(error: Exception) -> errors.IdentityError:
    """Say why any other request failed.

    Args:
        error: what hvac, requests or a socket raised.

    Returns:
        the error to raise.
    """
    if isinstance(error, requests.RequestException | OSError):
        return errors.NetworkError(f"Vault can't be reached: {describe(error)}")
    said = _said(error)
    if isinstance(error, hvac.VaultNotInitialized) or "not initialized" in said:
        return errors.SealError("Vault is not initialized")
    if "sealed" in said:
        return errors.SealError("Vault is sealed")
    if "active cluster node" in said or "standby" in said:
        return errors.SealError("Vault has no active node")
    if isinstance(error, hvac.Forbidden | hvac.Unauthorized):
        return errors.PolicyError("Vault's policy does not admit the request")
    if isinstance(error, hvac.InvalidPath):
        return errors.SecretMissingError("Vault has nothing there")
    if isinstance(error, hvac.RateLimitExceeded):
        return errors.ServerError("Vault has too many requests")
    if isinstance(error, hvac.VaultError):
        return errors.ServerError(f"Vault failed ({type(error).__name__})")
    return errors.IdentityError(f"the request failed ({type(error).__name__})")


def _said(error: Exception) -> str:
    found = getattr(error, "errors", None) or [getattr(error, "text", None)]
    return " ".join(str(each) for each in found)[:2000]
