"""Ways to break what a cell has in Vault, on whatever cloud the cell lies."""

from policies.breaches_vault.table import BREACHES, CELLS, VaultBreach

__all__ = ["BREACHES", "CELLS", "VaultBreach"]
