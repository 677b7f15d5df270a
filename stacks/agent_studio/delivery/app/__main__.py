"""Synthesize the stacks that the environment asks for, without those that the gate denies.

Environment: that of `python -m agent_studio.stacks`, which does the same without the gate.
"""

import sys

from agent_studio.delivery.app.refusal import refuse
from agent_studio.stacks.__main__ import main

if __name__ == "__main__":
    sys.exit(main(refuse))
