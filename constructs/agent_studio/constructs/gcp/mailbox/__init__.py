"""The mailbox of a cell: all that passes between it and the core."""

from agent_studio.constructs.gcp.mailbox.block import ControlMailbox

__all__ = ["ControlMailbox"]
