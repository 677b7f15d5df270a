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
        twin = _twin(provider, Path(store))
    except StudioError as error:
        sys.stderr.write(f"error: {error.line}\n")
        return 1
    return serve(twin.calls())


def _twin(provider: str, store: Path) -> Twin:
    schemas, known = load_schemas(provider), table(provider)
    if provider == "vault":
        # It brings an HTTP client, which other twins have no use for.
        from agent_studio.rehearsal.twins.vault import VaultTwin

        return VaultTwin(schemas, known, store)
    return Twin(provider, schemas, known, Store(store))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
