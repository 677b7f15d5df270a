"""The estate file as text: read within bounds, every key and value with its place."""

from agent_studio.estate.source.nodes import Mapping, Node, Place, Scalar, Sequence
from agent_studio.estate.source.reader import read_text
from agent_studio.estate.source.tree import Source, parse

__all__ = ["Mapping", "Node", "Place", "Scalar", "Sequence", "Source", "parse", "read_text"]
