"""Which models prompts may go to: the permission to call them, and the addresses in texts."""

import re
from collections.abc import Iterator

from agent_studio.policies.facts.builders import inference
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources

_HOST = re.compile(r"\b(?:([a-z0-9-]+)-)?aiplatform\.googleapis\.com\b")
_WIDE = re.compile(r"\blocations/(global|us|eu)/(?:publishers|endpoints)\b", re.I)


def models(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every way to a model.

    The endpoint `global` processes prompts anywhere; `us` and `eu` are wider than a region (Vertex
    AI documentation, "Data residency").
    """
    for resource in resources.of_type("google_project_iam_custom_role"):
        permissions = [str(each) for each in resource.values.get("permissions") or ()]
        if any(each.startswith("aiplatform.") for each in permissions):
            yield _infer(resource.address, "models of Vertex AI", place, anywhere=False)
    for resource in resources.of_type("google_cloud_run_v2_service"):
        for _, text in resource.texts:
            for found in _HOST.finditer(text.lower()):
                if found[1] != place.region:
                    name = f"the endpoint {found[0]}"
                    yield _infer(resource.address, name, place, anywhere=True)
            for found in _WIDE.finditer(text):
                yield _infer(resource.address, f"the endpoint {found[0]}", place, anywhere=True)


def _infer(address: str, model: str, place: Place, *, anywhere: bool) -> Fact:
    return inference(
        address,
        model=model,
        anywhere=anywhere,
        jurisdictions=[place.jurisdiction],
        declared=bool(place.models),
    )
