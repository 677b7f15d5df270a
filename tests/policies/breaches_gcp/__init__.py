"""Ways to break a cell on Google Cloud."""

from policies.breaches_gcp.cell import Breach, GcpCell
from policies.breaches_gcp.table import BREACHES

__all__ = ["BREACHES", "Breach", "GcpCell"]
