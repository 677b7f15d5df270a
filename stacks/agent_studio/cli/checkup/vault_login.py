"""The token with which Terraform logs in to Vault, before Vault is asked."""

import base64
import binascii
import json
import os
import time
from typing import Any

from agent_studio.cli.checkup.model import Unfit
from agent_studio.estate.model import CiSpec, Estate
from agent_studio.estate.names.vault import JOB_TOKEN, ci_audience

_LONGEST = 16 * 1024


def vault_login(estate: Estate) -> str:
    """Say whose token it is and how long it lasts; its signature is for Vault to check.

    Args:
        estate: says whom its clusters trust.

    Raises:
        Unfit: there is none, or Vault would not take it.
    """
    ci = estate.spec.ci
    if ci is None:
        if not os.environ.get("VAULT_TOKEN"):
            raise Unfit("no VAULT_TOKEN", fix="log in to Vault, or declare ci in the estate")
        return "VAULT_TOKEN is set"
    text = os.environ.get(JOB_TOKEN, "")
    if not text:
        raise Unfit(f"no {JOB_TOKEN}")
    claims = _claims(text)
    _check(estate, ci, claims)
    left = _number(claims.get("exp")) - time.time()
    return f"a token of {str(claims.get('sub'))[:200]}, {left / 60:.0f} minutes left"


def _check(estate: Estate, ci: CiSpec, claims: dict[str, Any]) -> None:
    wanted = ci_audience(estate.studio)
    audiences = claims.get("aud")
    held = audiences if isinstance(audiences, list) else [audiences]
    if wanted not in held:
        raise Unfit(
            f"{JOB_TOKEN} is for {_shown(held)}",
            fix=f"ask for a token with the audience {wanted}",
        )
    if claims.get("iss") != ci.issuer:
        raise Unfit(f"{JOB_TOKEN} is of {_shown([claims.get('iss')])}, and not of {ci.issuer}")
    if _number(claims.get("exp")) <= time.time():
        raise Unfit(f"{JOB_TOKEN} has expired")
    if not str(claims.get("sub")).startswith(f"repo:{ci.repository}:"):
        raise Unfit(f"{JOB_TOKEN} is no job's of {ci.repository}: {_shown([claims.get('sub')])}")


def _claims(text: str) -> dict[str, Any]:
    parts = text.split(".")
    try:
        if len(parts) != 3 or len(text) > _LONGEST:
            raise ValueError
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        found = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error):
        found = None
    if not isinstance(found, dict):
        # Whatever it is, it may be a secret of something else.
        raise Unfit(f"{JOB_TOKEN} holds no JSON Web Token")
    return found


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _shown(values: list[Any]) -> str:
    return ", ".join(str(each)[:200] for each in values[:5])
