"""Blocks in Vault, in the cluster of a jurisdiction: places, keys and logins, for every cloud."""

from agent_studio.constructs.vault.cell import CellVault
from agent_studio.constructs.vault.core import CoreVault

__all__ = ["CellVault", "CoreVault"]
