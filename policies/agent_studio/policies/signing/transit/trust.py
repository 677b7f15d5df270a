"""Trusts the versions of a transit key that Vault holds, as they are now."""

from agent_studio.policies.signing.model import Trust
from agent_studio.policies.signing.transit.connection import connected
from agent_studio.policies.signing.transit.reference import Reference
from agent_studio.policies.signing.transit.versions import read


def of(reference: Reference) -> Trust:
    """Ask Vault for the public halves of a key.

    A version below the key's `min_decryption_version` is archived: Vault does not tell its public
    half, and what it signed is not trusted.

    Args:
        reference: the key.

    Raises:
        StudioError: Vault can't be asked, or the key is none that can sign here.
    """
    found = read(connected(reference))
    latest = found.latest.number
    numbers = f"version {latest}"
    if latest > found.oldest:
        numbers = f"versions {found.oldest} to {latest}"
    origin = f"{numbers} of {reference}"
    advice = None
    if found.oldest > 1:
        older = f"versions 1 to {found.oldest - 1} are" if found.oldest > 2 else "version 1 is"
        origin += f", where {older} archived"
        # Never to lower `min_decryption_version`: a version may be archived for it was stolen.
        advice = (
            "have a trusted key sign; if an archived version signed it in its time, trust the"
            " public half that `studio policy keys` wrote then"
        )
    return Trust(keys=tuple(each.key for each in found.all), origin=origin, advice=advice)
