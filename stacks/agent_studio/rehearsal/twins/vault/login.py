"""How Terraform logs in: block `auth_login_jwt` of the provider."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_studio.estate.names.vault import JOB_TOKEN


@dataclass(frozen=True, kw_only=True)
class Login:
    """A login.

    Attributes:
        mount: where.
        role: as what.
        token: the token of the CI's job.
    """

    mount: str
    role: str
    token: str = field(repr=False)


def login_of(config: Mapping[str, Any]) -> Login | None:
    """What a provider's block says; None for one that has a token already.

    Args:
        config: the provider's arguments.
    """
    blocks = config.get("auth_login_jwt") or []
    if not blocks:
        return None
    told = blocks[0]
    return Login(
        mount=str(told.get("mount") or "jwt"),
        role=str(told.get("role") or ""),
        token=str(told.get("jwt") or os.environ.get(JOB_TOKEN, "")),
    )
