"""What in a cluster's root namespace an estate answers for, by name.

The namespace is everybody's. What lies in an estate's place is its own. Beside that, names are all
there is to go by, and they may mislead: the estate `acme` stands beside `acme-eu`, and a team that
has nothing to do with either may call its things `acme-notes`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent_studio.estate.names import vault as names
from agent_studio.estate.scope import Scope

_DIGEST = re.compile(r"-[0-9a-f]{8}$")
_OWN = ("cell", "core", "pseudonyms", "ci", "kill", "drift")
"""What follows the estate's name in names that the kit computes."""


@dataclass(frozen=True, kw_only=True)
class Ours:
    """Tells an estate's names from those of others.

    Attributes:
        studio: the estate's short name.
        others: names of other estates in the cluster that begin with it and a hyphen.
    """

    studio: str
    others: frozenset[str] = frozenset()

    def path(self, path: str) -> bool:
        """Whether a namespace or a mount is the estate's, by how computed names begin."""
        label = path.partition("/")[0]
        if _place_of(self.studio, label):
            return True
        return bool(_own(self.studio).match(label)) and not self._foreign(label)

    def policy(self, name: str) -> bool:
        """Whether a policy is the estate's: its name begins with the estate's."""
        return name.startswith(f"{self.studio}-") and not self._foreign(name)

    def _foreign(self, name: str) -> bool:
        return any(name.startswith(f"{other}-") for other in self.others)


def other_estates(studio: str, paths: Iterable[str], methods: Mapping[str, str]) -> frozenset[str]:
    """Find the estates in a cluster whose names begin with another one's.

    An estate is known by the login of its CI, `<estate>-ci`, or by a place: the digest at the end
    of a place's name is of the estate's name and the stack's, so it tells where the one ends.

    Args:
        studio: the estate's short name.
        paths: namespaces and mounts of the root namespace.
        methods: login methods there -> their types.

    >>> sorted(other_estates("acme", [], {"acme-eu-ci": "jwt", "acme-ci": "jwt"}))
    ['acme-eu']
    """
    found = set()
    for path, kind in methods.items():
        estate = path.removesuffix("-ci")
        if kind == "jwt" and estate != path and _longer(estate, studio):
            found.add(estate)
    for path in (*paths, *methods):
        label = path.partition("/")[0]
        ends = (match.start() for match in re.finditer("-", label))
        found |= {
            label[:end]
            for end in ends
            if label.startswith(f"{studio}-")
            and end > len(studio)
            and _place_of(label[:end], label)
        }
    return frozenset(found)


def _longer(estate: str, studio: str) -> bool:
    return estate.startswith(f"{studio}-") and not _own(studio).match(estate)


def _place_of(studio: str, label: str) -> bool:
    """Whether a label is that of a stack's place, by its digest."""
    digest = _DIGEST.search(label)
    if digest is None or not label.startswith(f"{studio}-"):
        return False
    stack = label[len(studio) + 1 : digest.start()]
    if not re.match(r"cell-|core$", stack):
        return False
    scope = Scope(studio=studio, stack=stack, account_id="", region="")
    return names.cell(scope, "namespace").label == label


def _own(studio: str) -> "re.Pattern[str]":
    return re.compile(rf"{re.escape(studio)}-(?:{'|'.join(_OWN)})(?:-|$)")
