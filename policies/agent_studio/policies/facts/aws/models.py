"""Model endpoints that prompts may go to, and how far the inference may wander.

Geographic profiles (`eu.`) process within their geography, `global.` anywhere (Amazon Bedrock User
Guide, "Increase throughput with cross-Region inference"); a model without a profile is called in
the region of the request.
"""

import re
from collections.abc import Iterator

from agent_studio.estate.catalogue import find_region, geographies, model_providers
from agent_studio.policies.facts.arns import parsed
from agent_studio.policies.facts.builders import inference, undecided
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.statements import Statement
from agent_studio.policies.facts.values import known

_INVOKING = (
    "bedrock:invokemodel",
    "bedrock:invokemodelwithresponsestream",
    "bedrock:converse",
    "bedrock:conversestream",
    "bedrock:invokeagent",
    "bedrock:createmodelinvocationjob",
)
_VERSION = re.compile(r"-(v[\d?]|20[\d?]{6}).*$|:[\d?*]+$")
"""What follows a model's name: `-20250929-v1:0`, or the same with wildcards for the version."""


def models(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every model that a statement lets be invoked, and every profile that a setting names."""
    for resource in resources.all.values():
        if resource.address in resources.boundaries:
            continue
        for found in resource.statements:
            if isinstance(found, Statement) and found.allows and _invokes(resource, found):
                for text in found.resources:
                    yield from _granted(place, resource, found, text)
        yield from _named(place, resource)


def _invokes(resource: Resource, statement: Statement) -> bool:
    # Another's policy on a resource grants nothing on models, but an endpoint's lets them through.
    return ("Principal" not in statement.body or resource.type == "aws_vpc_endpoint") and any(
        statement.may(action) for action in _INVOKING
    )


def _granted(place: Place, resource: Resource, statement: Statement, text: str) -> Iterator[Fact]:
    arn = parsed(text)
    if arn is not None and arn.service not in ("bedrock", "*"):
        return
    address = resource.address
    if arn is None or "/" not in arn.resource:
        if not known(text):
            yield undecided(address, f"the model {text}", action=Action.INFER)
        else:
            yield _fact(address, model="any model", areas=None, declared=False)
        return
    kind, _, model = arn.resource.partition("/")
    if kind == "inference-profile":
        yield _profile(place, address, model)
    elif kind == "application-inference-profile":
        yield _fact(address, model=text, areas=None, declared=False)
    elif kind == "foundation-model":
        yield _foundation(place, resource, statement, arn.region, model)


def _profile(place: Place, address: str, model: str) -> Fact:
    area = model.split(".", 1)[0]
    name = _VERSION.sub("", model)
    return _fact(address, model=model, areas=[area], declared=name in place.models)


def _foundation(
    place: Place, resource: Resource, statement: Statement, region: str, model: str
) -> Fact:
    through = statement.narrowed("bedrock:inferenceprofilearn")
    regions = [region] if "*" not in region else statement.narrowed("aws:requestedregion")
    if resource.type == "aws_vpc_endpoint":
        # An interface endpoint reaches its own region alone.
        regions = [place.region]
    areas: list[str] | None = None
    if through is not None:
        areas = [one.rsplit("/", 1)[-1].split(".", 1)[0] for one in through]
    elif regions is not None:
        areas = regions
    name = _VERSION.sub("", model)
    plain = {_bare(one) for one in place.models}
    return _fact(resource.address, model=model, areas=areas, declared=name in plain)


def _bare(model: str) -> str:
    area, _, rest = model.partition(".")
    return rest if area in geographies("aws") and rest else model


def _named(place: Place, resource: Resource) -> Iterator[Fact]:
    seen = set()
    for path, text in resource.texts:
        if "policy" in path:
            continue
        for area, model in _PROFILE.findall(text):
            seen.add(f"{area}.{model}")
    for name in sorted(seen):
        yield _profile(place, resource.address, name)


_PROFILE = re.compile(
    rf"(?<![\w.-])({'|'.join(sorted(geographies('aws'), key=len, reverse=True))})"
    rf"\.((?:{'|'.join(sorted(model_providers()))})\.[\w.:-]+)"
)


def _fact(address: str, *, model: str, areas: list[str] | None, declared: bool) -> Fact:
    found: set[str] = set()
    anywhere = areas is None
    for area in areas or ():
        region = find_region(f"aws/{area}")
        if region is not None:
            found.add(region.jurisdiction)
        elif area in geographies("aws") and geographies("aws")[area].processes_in:
            found |= geographies("aws")[area].processes_in
        else:
            anywhere = True
    return inference(
        address, model=model, anywhere=anywhere, jurisdictions=found, declared=declared
    )
