"""Where core and cell meet."""

from agent_studio.constructs.azure.mailbox.block import ControlMailbox

__all__ = ["ControlMailbox"]
