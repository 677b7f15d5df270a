"""Which Bedrock models a runtime may invoke, as IAM statements.

Source: Amazon Bedrock User Guide, "Prerequisites for inference profiles" and "Geographic
cross-Region inference". A profile forwards a prompt to one of its destination regions, and IAM
checks the call three times over: on the profile, on the foundation model in the calling region and
on the foundation model in the destination, where `aws:RequestedRegion` is the destination's name.
A global profile's destination has no name: `aws:RequestedRegion` reads `unspecified`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from agent_studio.constructs.aws.policy_document import Statement, statement
from agent_studio.estate import Cell, Runtime
from agent_studio.estate.catalogue.data import geographies, regions

INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
"""The actions behind InvokeModel and Converse, with streaming and without."""

GLOBAL = "global"
"""The prefix of profiles that may process a prompt in any region."""

UNSPECIFIED = "unspecified"
"""What `aws:RequestedRegion` holds while a global profile is routed."""

_PREFIX = "bedrock/"
_VERSIONED = re.compile(r"(-v?\d+:\d+|-v\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class BedrockModel:
    """A Bedrock model that a runtime declares.

    Attributes:
        name: the foundation model, e.g. `anthropic.claude-sonnet-4-5`.
        geography: prefix of its inference profile, e.g. `eu`; None for a call that stays in the
            cell's own region.
    """

    name: str
    geography: str | None


def bedrock_models(runtime: Runtime) -> tuple[BedrockModel, ...]:
    """Give the Bedrock models among a runtime's models; other clouds' models are left out."""
    found = (_parse(each.removeprefix(_PREFIX)) for each in runtime.models if _is_bedrock(each))
    return tuple(dict.fromkeys(found))


def destinations(cell: Cell, geography: str | None) -> tuple[str, ...]:
    """Give the regions in which a prompt from the cell may be processed, its own first.

    Args:
        cell: where the call starts.
        geography: prefix of an inference profile, or None for a call within the region.

    Returns:
        For a geographic profile every region of the partition whose jurisdiction the catalogue
        lists for it; for a global one the cell's region and `unspecified`.
    """
    own = cell.region.name
    if geography is None:
        return (own,)
    if geography == GLOBAL:
        return (own, UNSPECIFIED)
    inside = geographies("aws")[geography].processes_in
    others = (
        region.name
        for region in regions("aws").values()
        if region.jurisdiction in inside
        and region.partition == cell.region.partition
        and region.name != own
    )
    return (own, *sorted(others))


def invoke_statements(cell: Cell, models: Iterable[BedrockModel]) -> list[Statement]:
    """Admit a cell's runtime to exactly these models.

    A call within the region is admitted on the region's own foundation model. A call through a
    profile is admitted on the profile and, in the profile's destinations alone, on the foundation
    model, provided that the call came through that very profile.
    """
    by_geography: dict[str | None, list[str]] = {}
    for model in models:
        by_geography.setdefault(model.geography, []).append(model.name)
    statements: list[Statement] = []
    for geography in sorted(by_geography, key=lambda each: each or ""):
        names = sorted(by_geography[geography])
        if geography is None:
            statements.append(_regional(cell, names))
        else:
            statements.extend(_profiled(cell, geography, names))
    return statements


def _regional(cell: Cell, names: list[str]) -> Statement:
    own = cell.region
    return statement(
        "InvokeModelsInRegion",
        actions=INVOKE,
        resources=[
            f"arn:{own.partition}:bedrock:{own.name}::foundation-model/{each}"
            for name in names
            for each in _versions(name)
        ],
        condition={"Null": {"bedrock:InferenceProfileArn": "true"}},
    )


def _profiled(cell: Cell, geography: str, names: list[str]) -> list[Statement]:
    own = cell.region
    title = "".join(part.capitalize() for part in geography.split("-"))
    profiles = [
        f"arn:{own.partition}:bedrock:{own.name}:{cell.account.id}:inference-profile/"
        f"{geography}.{each}"
        for name in names
        for each in _versions(name)
    ]
    # The region is left open in the ARN and closed by the condition: a list of ARNs for every
    # destination would pass the size limit of a policy after three or four models.
    region = "" if geography == GLOBAL else "*"
    models = [
        f"arn:{own.partition}:bedrock:{place}::foundation-model/{each}"
        for name in names
        for each in _versions(name)
        for place in dict.fromkeys((own.name, region) if geography == GLOBAL else (region,))
    ]
    return [
        statement(f"InvokeProfiles{title}", actions=INVOKE, resources=profiles),
        statement(
            f"InvokeModelsThrough{title}",
            actions=INVOKE,
            resources=models,
            condition={
                "ArnLike": {"bedrock:InferenceProfileArn": profiles},
                "StringEquals": {"aws:RequestedRegion": destinations(cell, geography)},
            },
        ),
    ]


def _is_bedrock(model: str) -> bool:
    return model.startswith(_PREFIX)


def _parse(name: str) -> BedrockModel:
    head, dot, rest = name.partition(".")
    if dot and (head == GLOBAL or head in geographies("aws")):
        return BedrockModel(name=rest, geography=head)
    return BedrockModel(name=name, geography=None)


def _versions(name: str) -> tuple[str, ...]:
    """Give the model ids that a declared name stands for.

    A name with its version is taken as it is. One without stands for every version of that model
    and of no other: `claude-sonnet-4` admits `claude-sonnet-4-20250514-v1:0` and must not admit
    `claude-sonnet-4-5-20250929-v1:0`, so the date is matched by its eight characters.

    >>> _versions("amazon.nova-pro-v1:0")
    ('amazon.nova-pro-v1:0',)
    >>> _versions("amazon.nova")
    ('amazon.nova', 'amazon.nova-v?:*', 'amazon.nova-v?', 'amazon.nova-20??????-v?:*')
    """
    if _VERSIONED.search(name):
        return (name,)
    return (name, f"{name}-v?:*", f"{name}-v?", f"{name}-20??????-v?:*")
