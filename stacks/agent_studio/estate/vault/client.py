"""What the client of a runtime is told: where to log in, as what, and where its things lie."""

import json
from typing import Any

from agent_studio.estate.model import Cell, Cloud, Runtime
from agent_studio.estate.names import vault as names

VARIABLE = "STUDIO_VAULT"
"""The environment variable that holds the document as JSON (`agent_studio.identity.settings`)."""

_SOURCES = {Cloud.AWS: "aws", Cloud.GCP: "google", Cloud.AZURE: "azure"}


def client_document(cell: Cell, runtime: Runtime, *, source: str | None = None) -> dict[str, Any]:
    """What a runtime's environment says under `STUDIO_VAULT`.

    Args:
        cell: the cell.
        runtime: the runtime.
        source: where its tokens come from; by default its cloud.
    """
    own = names.cell(cell.scope, cell.vault_isolation)
    shared = names.shared(cell.studio, cell.jurisdiction, cell.vault_isolation)
    keys = {each.name: names.class_key(each.name) for each in runtime.data_classes}
    places = [
        {
            "namespace": place.namespace,
            "auth": names.auth_mount(cell.scope, place),
            "role": names.role(cell.scope, runtime.name),
            "transit": names.transit_mount(place),
            "keys": keys,
        }
        for place in (own, shared)
    ]
    places[0] |= {
        "signing_key": names.SIGNING_KEY,
        "kv": names.kv_mount(own),
        "secrets": names.secrets(runtime.name),
    }
    return {
        "audience": names.audience(cell.scope, tenant=cell.account.tenant),
        "source": source or _SOURCES[cell.cloud],
        "cell": places[0],
        "shared": places[1],
    }


def client_text(cell: Cell, runtime: Runtime) -> str:
    """Give that document as the environment takes it."""
    return json.dumps(client_document(cell, runtime), sort_keys=True, separators=(",", ":"))
