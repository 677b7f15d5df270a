"""An agent that logs in, prints its login's accessor, and ends as its argument says."""

import os
import signal
import sys
import time
from dataclasses import replace

from agent_studio.identity import Vault, from_environment


def main(way: str) -> None:
    """Log in and leave."""
    if way == "terminated":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = replace(from_environment(), source_address=os.environ["TEST_SOURCE_ADDRESS"])
    vault = Vault(settings)
    vault.log_in()
    grant = vault._cell._grant
    assert grant is not None
    print(grant.client.auth.token.lookup_self()["data"]["accessor"], flush=True)
    # The test looks whether the server knows it, and says so.
    sys.stdin.readline()
    if way == "close":
        vault.close()
        os._exit(0)
    elif way == "exit":
        sys.exit(3)
    elif way == "exception":
        raise RuntimeError("a fault of the agent's own")
    elif way in ("terminated", "killed"):
        time.sleep(30)
    elif way == "collected":
        del vault
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
