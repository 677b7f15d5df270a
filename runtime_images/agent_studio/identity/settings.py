"""Where this workload logs in, and as what: the kit writes it into the environment."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_studio.identity.errors import IdentityError

VARIABLE = "STUDIO_VAULT"
DEADLINE_SECONDS = 5.0


class SettingsError(IdentityError):
    """The environment does not say where to log in, or as what."""

    fault = "settings"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A part of Vault in which the workload logs in: its cell's, or its jurisdiction's.

    Attributes:
        namespace: the namespace; empty for the root namespace.
        auth: the mount of the `jwt` method, without `auth/`.
        role: the role to log in as.
        transit: the mount of the keys.
        keys: data class to the name of its key.
        signing_key: the key with which the workload signs; empty if it signs nothing here.
        kv: the mount of the secrets; empty if there are none.
        secrets: the path below which the workload's own secrets lie.
    """

    namespace: str
    auth: str
    role: str
    transit: str
    keys: Mapping[str, str] = field(default_factory=dict)
    signing_key: str = ""
    kv: str = ""
    secrets: str = ""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that `Vault` needs besides a source of tokens.

    Attributes:
        address: `https://<host>[:<port>]`.
        audience: the audience of the tokens to log in with.
        cell: the cell's place.
        shared: the place of pseudonyms, if the workload makes any.
        authority: PEM file by which Vault is known; by default the system's authorities.
        source: the token source: `aws`, `google`, `azure`, or `file:<path>`.
        source_address: the local address to connect from; by default the system chooses.
        deadline: how long a call may take, in seconds, with all its retries.
    """

    address: str
    audience: str
    cell: Place
    shared: Place | None = None
    authority: Path | None = None
    source: str = ""
    source_address: str | None = None
    deadline: float = DEADLINE_SECONDS

    def __post_init__(self) -> None:
        if not self.address.startswith("https://"):
            raise SettingsError("Vault is reached by https alone; VAULT_ADDR says something else")
        if self.deadline <= 0:
            raise SettingsError("the deadline is not a positive number of seconds")


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings that the kit put into the environment.

    `VAULT_ADDR` and `VAULT_CACERT` are Vault's own (Vault documentation, "Commands: environment
    variables"); `STUDIO_VAULT` holds the rest as JSON.

    Args:
        environment: the variables; by default the process's own.

    Returns:
        the settings.

    Raises:
        SettingsError: a variable is missing or not in its form.
    """
    variables = os.environ if environment is None else environment
    try:
        document = json.loads(variables[VARIABLE])
        return Settings(
            address=variables["VAULT_ADDR"],
            audience=document["audience"],
            cell=_place(document["cell"]),
            shared=_place(document["shared"]) if document.get("shared") else None,
            authority=Path(path) if (path := variables.get("VAULT_CACERT")) else None,
            source=document["source"],
            deadline=float(document.get("deadline", DEADLINE_SECONDS)),
        )
    except KeyError as error:
        raise SettingsError(
            f"{error.args[0]} is missing in the environment or {VARIABLE}"
        ) from None
    except (TypeError, ValueError, AttributeError):
        raise SettingsError(f"{VARIABLE} is not in the form that the kit writes") from None


def _place(document: Mapping[str, Any]) -> Place:
    return Place(**document)
