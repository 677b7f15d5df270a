"""The identity of an agent or of the core: a small client of Vault.

It fetches the token that the cloud signs for this workload, logs in with it, renews the login
ahead of its end, reads secrets, signs, verifies and pseudonymizes, and revokes the login at exit.
It fails closed: without a live login nothing is given out, and nothing is kept for later.
"""

from agent_studio.identity.errors import IdentityError
from agent_studio.identity.secret import Secret, Secrets
from agent_studio.identity.settings import Settings, from_environment
from agent_studio.identity.vault import Vault

__all__ = ["IdentityError", "Secret", "Secrets", "Settings", "Vault", "from_environment"]
