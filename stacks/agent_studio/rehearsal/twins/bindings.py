"""The schemas that a twin speaks: those of the lean bindings."""

import importlib.util
import json
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError


def load_schemas(provider: str) -> dict[str, Any]:
    """Read the schemas that the lean bindings of a provider carry.

    Args:
        provider: e.g. `google`.

    Returns:
        `provider`, `resource_schemas`, `data_source_schemas` and `provider_version`.

    Raises:
        StudioError: no bindings are installed, or they carry no schemas.
    """
    package = f"cdktf_cdktf_provider_{provider}"
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec else None
    file = Path(places[0]) / "schemas.json" if places else None
    if file is None or not file.is_file():
        raise StudioError(
            f"no twin of {provider} can be made: its bindings carry no schemas",
            found=package,
            fix="run `studio bindings build`",
        )
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found
