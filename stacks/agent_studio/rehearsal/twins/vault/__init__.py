"""The twin of Vault's provider: what Terraform applies is written to a real server.

Where nobody says which server plays a cluster, it keeps what it holds in files, as other twins do.
"""

from agent_studio.rehearsal.twins.vault.played import Played, write_played
from agent_studio.rehearsal.twins.vault.twin import VaultTwin

__all__ = ["Played", "VaultTwin", "write_played"]
