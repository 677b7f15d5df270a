"""Which built-in checks do not apply to which resources, and why; from `checkov/skips.yaml`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache, cached_property

from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import policy_file, read_yaml
from agent_studio.policies.model import Objection
from agent_studio.policies.places import unindexed


@dataclass(frozen=True)
class Skip:
    """One check that does not apply to some resources.

    Attributes:
        check: the id of a built-in check.
        resource: a pattern over addresses without index, `*` for any characters.
        reason: why.
    """

    check: str
    resource: str
    reason: str

    def covers(self, objection: Objection) -> bool:
        """Whether an objection is meant."""
        return self.check == objection.control and bool(
            self._pattern.match(unindexed(objection.address))
        )

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(translate(self.resource))


@cache
def load_skips() -> Sequence[Skip]:
    """Read the skips.

    Raises:
        StudioError: an entry lacks its check, its pattern or its reason, or names one of the kit's
            own controls, which are passed by exceptions alone.
    """
    entries = read_yaml(policy_file("checkov/skips.yaml")).get("skips") or []
    return tuple(_skip(entry) for entry in entries)


def _skip(entry: object) -> Skip:
    fields = dict(entry) if isinstance(entry, dict) else {}
    values = {key: fields.pop(key, None) for key in ("check", "resource", "reason")}
    if fields or not all(isinstance(item, str) and item.strip() for item in values.values()):
        raise StudioError(
            "checkov/skips.yaml has an entry without check, resource or reason", found=str(entry)
        )
    if not str(values["check"]).startswith(("CKV_", "CKV2_")):
        raise StudioError(
            "only built-in checks can be skipped", found=str(values["check"]), allowed="CKV..."
        )
    return Skip(**{key: str(value) for key, value in values.items()})
