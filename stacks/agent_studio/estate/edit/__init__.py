"""Changes to an estate file that leave every other byte, comments included, as it stands."""

from agent_studio.estate.edit.change import Change, add_cell, remove_cell
from agent_studio.estate.edit.network import next_network

__all__ = ["Change", "add_cell", "next_network", "remove_cell"]
