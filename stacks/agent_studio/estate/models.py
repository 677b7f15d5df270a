"""Model endpoints: how `regions.yaml` spells them, and where each processes a prompt."""

import re
from dataclasses import dataclass

from agent_studio.estate.catalogue import (
    deployment_types,
    find_region,
    geographies,
    model_providers,
)
from agent_studio.estate.region import Region

PREFIXES = {"bedrock": "aws", "vertex": "gcp", "azure": "azure"}
FORMS = (
    "bedrock/<model>, bedrock/<area>.<model>, vertex/<location>/<model> "
    "or azure/<deployment type>/<model>"
)
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{1,127}\Z")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A model endpoint.

    Attributes:
        cloud: the cloud whose cells can call it.
        model: the model's id at its cloud, without area, location or deployment type.
        place: an area (`eu`, `global`), a region's name, or None for the calling cell's region.
        zone: whether it processes in the data zone of the calling region (Azure).
    """

    cloud: str
    model: str
    place: str | None
    zone: bool = False

    def processes_in(self, caller: Region) -> frozenset[str]:
        """Name the jurisdictions in which a prompt from a region may be processed.

        Returns:
            Jurisdictions; `*` among them where it may be any.
        """
        here = frozenset({caller.jurisdiction})
        place = caller.geography if self.zone else self.place
        if place is None:
            return here
        region = find_region(f"{self.cloud}/{place}")
        if region:
            return frozenset({region.jurisdiction})
        area = geographies(self.cloud)[place]
        # An area called from outside it may also process in the calling region.
        return here | (area.processes_in or frozenset("*"))

    def stays_in_region(self, caller: Region) -> bool:
        """Tell whether a prompt is processed in the calling region alone."""
        return not self.zone and self.place in (None, caller.name)

    def callable_from(self, caller: Region) -> bool:
        """Tell whether a region's cells can call the endpoint."""
        if caller.cloud != self.cloud:
            return False
        if self.zone:
            return caller.geography in geographies(self.cloud)
        area = geographies(self.cloud).get(self.place or "")
        return area is None or not area.called_from or caller.name in area.called_from


class UnreadableEndpointError(ValueError):
    """A text that names no model endpoint; `allowed` says what would."""

    def __init__(self, message: str, allowed: str) -> None:
        self.message = message
        self.allowed = allowed
        super().__init__(message)


def read_endpoint(text: str) -> Endpoint:
    """Read a model endpoint.

    Args:
        text: as `regions.yaml` writes it, e.g. `bedrock/eu.anthropic.claude-sonnet-4-5`.

    Raises:
        UnreadableEndpointError: the text names no endpoint whose place of processing is known.

    >>> read_endpoint("bedrock/eu.anthropic.claude-sonnet-4-5").place
    'eu'
    >>> read_endpoint("bedrock/anthropic.claude-3-haiku").place is None
    True
    """
    service, _, rest = text.partition("/")
    if service not in PREFIXES or not rest:
        raise UnreadableEndpointError("this is no model endpoint", FORMS)
    if service == "bedrock":
        return _bedrock(rest)
    place, _, model = rest.partition("/")
    if not _MODEL.match(model):
        raise UnreadableEndpointError("this is no model endpoint", FORMS)
    return _vertex(place, model) if service == "vertex" else _azure(place, model)


def _bedrock(rest: str) -> Endpoint:
    first, _, model = rest.partition(".")
    if not _MODEL.match(rest) or not model:
        raise UnreadableEndpointError(
            "this is no Bedrock model",
            "bedrock/<maker>.<model>, with an area before it for an inference profile",
        )
    areas = geographies("aws")
    if first in areas:
        return Endpoint(cloud="aws", model=model, place=first)
    if first not in model_providers() and model.partition(".")[0] in model_providers():
        raise UnreadableEndpointError(
            "an unknown area of Bedrock's inference profiles", ", ".join(sorted(areas))
        )
    return Endpoint(cloud="aws", model=rest, place=None)


def _vertex(place: str, model: str) -> Endpoint:
    if place not in geographies("gcp") and find_region(f"gcp/{place}") is None:
        raise UnreadableEndpointError(
            "an unknown Vertex AI location", "a Google Cloud region, eu, us or global"
        )
    return Endpoint(cloud="gcp", model=model, place=place)


def _azure(kind: str, model: str) -> Endpoint:
    processes = deployment_types().get(kind)
    if processes is None:
        raise UnreadableEndpointError(
            "an unknown Azure deployment type", ", ".join(deployment_types())
        )
    return Endpoint(
        cloud="azure",
        model=model,
        place="global" if processes == "global" else None,
        zone=processes == "zone",
    )
