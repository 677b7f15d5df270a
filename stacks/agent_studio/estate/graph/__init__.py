"""The estate as a picture: jurisdictions, cells, and what may flow where."""

from agent_studio.estate.graph.picture import draw

__all__ = ["draw"]
