"""Which transit key is meant, in which cluster of Vault it lies, and as whom to come to it.

`vault:` is the core's key as the estate computes it. `vault:<mount>/<key>` is any other; the mount
may have a namespace before it, as in all of Vault's paths (Vault documentation, "Namespaces").
The variables are Vault's own (Vault documentation, "Commands: environment variables"), and for the
core's cluster `VAULT_TOKEN_<JURISDICTION>` and `VAULT_CACERT_<JURISDICTION>`, as for `studio kill`.
Without a token, a job of the CI logs in to the core's cluster by its own, as it does for Terraform
(Vault provider, `auth_login_jwt`).
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, NoReturn

from agent_studio.estate.errors import StudioError
from agent_studio.estate.names import vault as names
from agent_studio.policies.signing.transit.variables import (
    authority,
    checked,
    same,
    seconds,
    shown,
    token,
)

SCHEME = "vault:"

_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")
_SPELLINGS = f"{SCHEME} for the core's key, or {SCHEME}<namespace>/<mount>/<key>"


@dataclass(frozen=True, kw_only=True)
class Login:
    """A login by the token of a CI's job.

    Attributes:
        mount: the `jwt` method's, without `auth/`; it lies in the root namespace.
        role: the role to log in as.
        jwt: the job's token; no repr shows it.
    """

    mount: str
    role: str
    jwt: str = field(repr=False)

    def __reduce__(self) -> NoReturn:
        raise TypeError("what holds a token is not pickled or copied")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A transit key, and how to come to it.

    Attributes:
        address: the cluster's `https://<host>[:<port>]`.
        namespace: the namespace, as `X-Vault-Namespace` takes it; empty for the root namespace.
        mount: where the engine is mounted.
        name: the key's name.
        token_variable: the variable that the token was found in.
        authority: PEM file by which the cluster is known; by default the system's authorities.
        seconds: how long a request may take, all in all.
        token: the token, empty where there is a login; no repr shows it.
        login: how to log in for a token.
    """

    address: str
    namespace: str
    mount: str
    name: str
    token_variable: str
    authority: Path | None
    seconds: float
    token: str = field(repr=False)
    login: Login | None = None

    @property
    def path(self) -> str:
        """Namespace, mount and key in one path."""
        return "/".join(part for part in (self.namespace, self.mount, self.name) if part)

    @property
    def spelled(self) -> str:
        """How the key is named in full, whatever the estate says."""
        return f"{SCHEME}{self.path}"

    def making(self, name: str) -> str:
        """The command that makes a key of the right type beside this one.

        Args:
            name: its name.
        """
        where = f" -namespace={self.namespace}" if self.namespace else ""
        return f"vault write{where} -f {self.mount}/keys/{name} type=ed25519"

    def __str__(self) -> str:
        return f"{self.spelled} at {self.address}"

    def __reduce__(self) -> NoReturn:
        raise TypeError("what holds a token is not pickled or copied")


def is_transit(text: str) -> bool:
    """Tell whether a text names a transit key rather than a file.

    >>> is_transit("vault:"), is_transit("keys/gate.pem")
    (True, False)
    """
    return text.startswith(SCHEME)


def parts(text: str) -> list[str]:
    """Split a list of files, folders and transit keys at the separator of paths.

    On most systems that is `:`, which a transit key has in its name, too: what follows `vault:` up
    to the next separator is its path.

    >>> parts(os.pathsep.join(["a.pub", "vault:", "keys"]))
    ['a.pub', 'vault:', 'keys']
    >>> parts(os.pathsep.join(["vault:team/transit/gate", "keys"]))
    ['vault:team/transit/gate', 'keys']
    """
    found: list[str] = []
    rest = text
    while rest:
        scheme = SCHEME if is_transit(rest) else ""
        one, _, rest = rest[len(scheme) :].partition(os.pathsep)
        if scheme or one:
            found.append(scheme + one)
    return found


def resolve(
    text: str, *, estate_file: Path | None, environment: Mapping[str, str] = os.environ
) -> Reference:
    """Find a transit key, and who asks for it.

    Args:
        text: how it is spelled.
        estate_file: the estate's file, from which `vault:` is computed.
        environment: the variables.

    Raises:
        StudioError: it is misspelled, the estate can't be read, or a variable is missing or wrong.
    """
    path = text.removeprefix(SCHEME)
    if path:
        return _named(path, environment)
    if estate_file is None:
        raise _unnamed("no estate's file")
    return _core(estate_file, environment)


def _named(path: str, environment: Mapping[str, str]) -> Reference:
    if not _PATH.fullmatch(path):
        raise StudioError(
            "a transit key is not named as one",
            found=f"{SCHEME}{path[:100]}",
            allowed=_SPELLINGS,
            fix=f"write e.g. {SCHEME}acme-core/transit/signing",
        )
    mount, _, name = path.rpartition("/")
    address = environment.get("VAULT_ADDR", "")
    if not address:
        raise StudioError(
            f"the server of {SCHEME}{path} is not named",
            found="no VAULT_ADDR",
            fix=f"set VAULT_ADDR, or write {SCHEME} for the core's key in the estate's cluster",
        )
    return Reference(
        address=checked(address),
        namespace=environment.get("VAULT_NAMESPACE", "").strip("/"),
        mount=mount,
        name=name,
        token_variable="VAULT_TOKEN",  # noqa: S106 - the variable's name
        authority=authority(environment, "VAULT_CACERT"),
        seconds=seconds(environment),
        token=token(environment, ("VAULT_TOKEN",))[1],
    )


def _core(estate_file: Path, environment: Mapping[str, str]) -> Reference:
    core = _of_core(estate_file)
    own = names.variable("VAULT_TOKEN", core.jurisdiction)
    variables = [own]
    ambient = environment.get("VAULT_ADDR", "")
    job = environment.get(names.JOB_TOKEN, "") if core.by_ci else ""
    # A token that one cluster gave is shown to no other.
    if not ambient or same(ambient, core.address):
        variables.append("VAULT_TOKEN")
    elif not environment.get(own) and not job:
        raise StudioError(
            "VAULT_ADDR names another server than the estate does for the core's key",
            found=shown(ambient),
            allowed=core.address,
            fix=f"set {own} for the core's cluster, or correct VAULT_ADDR",
        )
    login = None
    if job and not any(environment.get(each) for each in variables):
        login = Login(
            mount=names.ci_mount(core.studio),
            role=names.ci_role(core.studio, "gate"),
            jwt=token(environment, (names.JOB_TOKEN,))[1],
        )
    variable, found = (names.JOB_TOKEN, "") if login else token(environment, variables)
    cacert = names.variable("VAULT_CACERT", core.jurisdiction)
    return Reference(
        address=core.address,
        namespace=core.place.namespace,
        mount=names.transit_mount(core.place),
        name=names.SIGNING_KEY,
        token_variable=variable,
        authority=authority(environment, cacert, "VAULT_CACERT"),
        seconds=seconds(environment),
        token=found,
        login=login,
    )


class _Core(NamedTuple):
    """What the estate says of the core's key, and of who may log in for it."""

    studio: str
    jurisdiction: str
    address: str
    place: names.Place
    by_ci: bool


def _of_core(estate_file: Path) -> _Core:
    try:
        status = estate_file.stat()
    except OSError as error:
        raise _unnamed(f"{estate_file}: {error.strerror}") from None
    return _computed(estate_file.absolute(), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _computed(estate_file: Path, _modified: int, _size: int) -> _Core:
    """Read the estate: once for a file, since each stack asks."""
    from agent_studio.estate.loader import load_estate

    try:
        estate = load_estate(estate_file)
    except StudioError as error:
        raise _unnamed(error.line) from None
    vault, jurisdiction = estate.spec.vault, estate.core_region.jurisdiction
    address = vault.clusters.get(jurisdiction)
    if address is None:
        raise _unnamed(f"no Vault cluster for {jurisdiction}")
    return _Core(
        studio=estate.studio,
        jurisdiction=jurisdiction,
        address=checked(address),
        place=names.cell(estate.core_scope, vault.isolation),
        by_ci=estate.spec.ci is not None,
    )


def _unnamed(found: str) -> StudioError:
    return StudioError(
        f"the estate does not tell which key {SCHEME} is",
        found=found,
        fix=f"correct the estate's file or name it with --estate, or write {_SPELLINGS}",
    )
