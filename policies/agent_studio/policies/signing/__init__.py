"""Who signs gate records and bundles, and whose signatures count.

Ed25519 (RFC 8032) in a DSSE envelope (secure-systems-lab/dsse, protocol version 1), through
securesystemslib. The library is imported when it is first needed: that takes half a second.

* Signs: the key that `$STUDIO_SIGNING_KEY` names, else one made on first use in the state folder.
* Trusted: the keys that `$STUDIO_TRUSTED_KEYS` names, else those of `policies/keys/` beside the
  estate's file, else the state folder's own. The last guards against accident, and not against
  somebody who can write the state folder.

Both name files, or `vault:` for a transit key of Vault (`transit`). An envelope does not tell one
from the other.

Whatever is configured and can't be used is an error: nothing else is trusted in its place.
"""

from agent_studio.policies.signing.choice import signer, trust, trusted
from agent_studio.policies.signing.envelope import canonical, seal, unseal
from agent_studio.policies.signing.model import (
    SIGNING_KEY,
    TRUSTED_KEYS,
    Signed,
    Trust,
    Unverified,
)

__all__ = [
    "SIGNING_KEY",
    "TRUSTED_KEYS",
    "Signed",
    "Trust",
    "Unverified",
    "canonical",
    "seal",
    "signer",
    "trust",
    "trusted",
    "unseal",
]
