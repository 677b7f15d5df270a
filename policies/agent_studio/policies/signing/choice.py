"""Which key signs, and which are trusted: what the environment says, else the defaults."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies.signing import local
from agent_studio.policies.signing.model import MOST_KEYS, SIGNING_KEY, TRUSTED_KEYS, Trust
from agent_studio.policies.signing.transit.reference import SCHEME, is_transit, parts, resolve

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer


def signer(state_dir: Path, *, estate_file: Path | None = None) -> "Signer":
    """The key that signs.

    Args:
        state_dir: the state folder, whose `keys/gate.pem` is made unless a key is configured.
        estate_file: the estate's file, from which `vault:` is computed.

    Raises:
        StudioError: the key can't be read or made, or is no Ed25519 key; or Vault can't be asked.
    """
    configured = os.environ.get(SIGNING_KEY)
    if configured is None:
        path = state_dir / "keys" / "gate.pem"
        local.own(path)
        return local.private(path)
    if not configured:
        raise _empty(SIGNING_KEY)
    if is_transit(configured):
        from agent_studio.policies.signing.transit.signer import TransitSigner

        return TransitSigner.open(resolve(configured, estate_file=estate_file))
    return local.private(Path(configured))


def trusted(state_dir: Path, *, estate_file: Path | None = None) -> Trust:
    """The keys whose signatures count.

    Args:
        state_dir: the state folder, whose own key counts where nothing else is configured.
        estate_file: the estate's file; `policies/keys/*.pub` beside it count where they are, and
            `vault:` is computed from it.

    Raises:
        StudioError: there is no key, or one can't be used; or Vault can't be asked; `exit_code` is
            DENIED.
    """
    configured = os.environ.get(TRUSTED_KEYS)
    if configured is not None:
        places = parts(configured)
        if not places:
            raise _empty(TRUSTED_KEYS, exit_code=ExitCode.DENIED)
        files = [Path(each) for each in places if not is_transit(each)]
        found = trust(files, origin=f"${TRUSTED_KEYS}")
        for each in places:
            if is_transit(each):
                found = _and(found, each, estate_file)
        return found
    if estate_file is not None:
        beside = estate_file.parent / "policies" / "keys"
        if os.path.lexists(beside):
            return trust([beside], origin=str(beside))
    own = state_dir / "keys" / "gate.pub"
    return trust([own], origin=str(own))


def trust(places: Iterable[Path], *, origin: str) -> Trust:
    """Trust the public keys of files, and of the `*.pub` files of folders.

    Raises:
        StudioError: a place holds no key, or one can't be used; `exit_code` is DENIED.
    """
    keys: dict[str, Key] = {}
    for place in places:
        for file in local.files(place):
            key = local.public(file)
            keys[key.keyid] = key
            _bounded(keys, origin)
    return Trust(keys=tuple(keys.values()), origin=origin)


def _and(found: Trust, spelled: str, estate_file: Path | None) -> Trust:
    """Trust a transit key's versions, too."""
    from agent_studio.policies.signing.transit import trust as live

    try:
        more = live.of(resolve(spelled, estate_file=estate_file))
    except StudioError as error:
        raise StudioError(
            error.cause,
            found=error.found,
            allowed=error.allowed,
            fix=error.fix,
            exit_code=ExitCode.DENIED,
        ) from None
    keys = {key.keyid: key for key in (*found.keys, *more.keys)}
    _bounded(keys, found.origin)
    return Trust(
        keys=tuple(keys.values()),
        origin=f"{found.origin} ({more.origin})",
        advice=more.advice or found.advice,
    )


def _bounded(keys: "dict[str, Key]", origin: str) -> None:
    if len(keys) > MOST_KEYS:
        raise local.distrust("there are too many trusted keys", origin, f"{MOST_KEYS} keys")


def _empty(name: str, exit_code: ExitCode = ExitCode.ERROR) -> StudioError:
    return StudioError(
        f"${name} is set, but empty",
        fix=f"name a key in it ({SCHEME} is the core's in Vault), or unset it",
        exit_code=exit_code,
    )
