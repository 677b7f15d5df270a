"""`python -m agent_studio.rehearsal.twins PROVIDER STORE`: what an engine starts as a provider."""

import sys
from pathlib import Path

from agent_studio.estate.errors import StudioError
from agent_studio.rehearsal.twins.bindings import load_schemas
from agent_studio.rehearsal.twins.clouds import table
from agent_studio.rehearsal.twins.protocol.serving import serve
from agent_studio.rehearsal.twins.provider import Twin
from agent_studio.rehearsal.twins.store import Store


def main(arguments: list[str]) -> int:
    """Serve one provider until the engine is done with it.

    Args:
        arguments: the provider, and the folder of its store.
    """
    try:
        provider, store = arguments
        twin = Twin(provider, load_schemas(provider), table(provider), Store(Path(store)))
    except StudioError as error:
        sys.stderr.write(f"error: {error.line}\n")
        return 1
    return serve(twin.calls())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
