"""What is known of each cloud's own resources: ids, names of places, what forces replacement.

No schema tells these, so they stand in `clouds/<provider>.yaml`, each with its source.
"""

import hashlib
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

Template = str | Sequence["Template"] | Mapping[str, "Template"]
"""What the cloud sets, with names of values in braces."""


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One resource type.

    Attributes:
        id: template of its id over its values and the provider's settings; None for one that the
            cloud chooses.
        sets: attribute that the cloud sets -> template; a list of them for a list, a mapping of
            them for an object.
        computed: attributes that the cloud sets at the apply where nobody does; the bindings do
            not tell those from other optional ones.
        replace: attributes whose change makes another resource.
        parents: attribute -> the type of resource that must exist by that id.
    """

    id: str | None = None
    sets: Mapping[str, "Template"] = field(default_factory=dict)
    computed: Sequence[str] = ()
    replace: Sequence[str] = ()
    parents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Mention:
    """How texts name a resource that must exist: a cloud refuses a policy for nobody.

    Attributes:
        pattern: what matches such a text; its groups and the provider's settings fill `id`.
            `PROJECT` in it is the provider's own project.
        type: the type of resource that it names.
        id: template of that resource's id.
    """

    pattern: str
    type: str
    id: str


@dataclass(frozen=True, kw_only=True)
class CloudTable:
    """What is known of one provider's resources.

    Attributes:
        cloud: the cloud, as the region catalogue names it; empty where there are no places.
        places: attributes that name a location.
        wide: locations that are no single region, and exist all the same.
        replace: attributes whose change makes another resource, of whatever type.
        types: resource type -> what is known of it.
        mentions: how texts name resources that must exist.
    """

    cloud: str
    places: Sequence[str]
    wide: frozenset[str]
    replace: Sequence[str]
    types: Mapping[str, ResourceType]
    mentions: Sequence[Mention] = ()

    def of(self, type_: str) -> ResourceType:
        """What is known of a type; nothing of one that the table does not name."""
        return self.types.get(type_, ResourceType())


@cache
def table(provider: str) -> CloudTable:
    """Read what is known of a provider's resources.

    Args:
        provider: e.g. `google`.
    """
    file = resources.files(__package__).joinpath("clouds", f"{provider}.yaml")
    found = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    return CloudTable(
        cloud=found.get("cloud", ""),
        places=tuple(found.get("places", ())),
        wide=frozenset(found.get("wide", ())),
        replace=tuple(found.get("replace", ())),
        types={name: ResourceType(**one) for name, one in found.get("types", {}).items()},
        mentions=tuple(Mention(**one) for one in found.get("mentions", ())),
    )


def rendered(template: Template, values: Mapping[str, Any]) -> Any:
    """Fill in a template, or each of several; None where a value that it needs is not known.

    `{name|last}` is what follows the last slash of a value.

    >>> rendered("projects/{project}/topics/{name}", {"project": "p", "name": "n"})
    'projects/p/topics/n'
    >>> rendered("{vault|last}.example", {"vault": "/vaults/v"})
    'v.example'
    """
    if isinstance(template, Mapping):
        parts = {name: rendered(each, values) for name, each in template.items()}
        return parts if all(parts.values()) else None
    if not isinstance(template, str):
        texts = [rendered(each, values) for each in template]
        return texts if all(texts) else None
    words = {}
    for _, name, _, _ in string.Formatter().parse(template):
        if name is None:
            continue
        plain, _, part = name.partition("|")
        value = values.get(plain)
        if not isinstance(value, str | int) or value == "":
            return None
        words[name] = str(value).rpartition("/")[2] if part == "last" else value
    return template.format(**words)


def plausible(type_: str, path: Sequence[str], shape: Any, identity: str) -> Any:
    """A value as a cloud could have chosen it: the same each time for the same resource.

    Args:
        type_: the resource type.
        path: the attribute.
        shape: its type, as schemas spell it.
        identity: what tells this resource from others.
    """
    digest = hashlib.sha256("/".join((type_, *path, identity)).encode()).hexdigest()
    if isinstance(shape, list):
        return {} if shape[0] == "map" else _empty_object(shape[1]) if shape[0] == "object" else []
    if shape == "number":
        return int(digest[:11], 16)
    if shape == "bool":
        return False
    return f"twin-{digest[:24]}"


def _empty_object(parts: Mapping[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(parts)
