"""Which Vertex AI locations a cell's runtimes call.

Source: Vertex AI, "Locations": a region's endpoint processes a prompt in that region; `eu` and `us`
are served by regional endpoints (`*.rep.googleapis.com`), which are no part of
restricted.googleapis.com (VPC, "Regional endpoints").
"""

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell, Runtime
from agent_studio.estate.models import PREFIXES, read_endpoint

_CLOUD = "gcp"
_PREFIX = next(prefix for prefix, cloud in PREFIXES.items() if cloud == _CLOUD)

GLOBAL = "global"
"""The location that may process a prompt anywhere; the estate's check says who may name it."""

_UNREACHABLE = ("eu", "us")


def vertex_models(runtime: Runtime) -> tuple[str, ...]:
    """Give the Vertex AI models among a runtime's models; other clouds' models are left out."""
    return tuple(each for each in runtime.models if each.startswith(f"{_PREFIX}/"))


def vertex_hosts(cell: Cell) -> tuple[str, ...]:
    """Name the endpoints of the Vertex AI locations that the cell's runtimes declare.

    Raises:
        StudioError: a declared location's endpoint cannot be reached from a cell's network.
    """
    hosts = set()
    for runtime in cell.runtimes:
        for model in vertex_models(runtime):
            location = read_endpoint(model).place or cell.region.name
            if location in _UNREACHABLE:
                raise StudioError(
                    f"a cell's network does not reach the model endpoint of runtime {runtime.name}",
                    found=model,
                    allowed=f"{_PREFIX}/<region>/<model>",
                    fix="name the region that shall process the prompts",
                    exit_code=ExitCode.INVALID,
                )
            prefix = "" if location == GLOBAL else f"{location}-"
            hosts.add(f"{prefix}aiplatform.googleapis.com")
    return tuple(sorted(hosts))
