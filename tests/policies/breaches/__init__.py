"""Ways to break residency, isolation or encryption in one cell, each named, with its control."""

from policies.breaches.table import BREACHES, Breach

__all__ = ["BREACHES", "Breach"]
