"""Policy documents: the statements in a resource, and what conditions narrow them to.

Grammar and matching: IAM User Guide, "IAM JSON policy elements reference".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from agent_studio.policies.facts.arns import is_account, parsed
from agent_studio.policies.facts.values import UNKNOWN, document, known, listed

_DOCUMENTS = re.compile(r"(^|_)(policy|policies|policy_document|policy_body|inline_policy)$")
_NO_DOCUMENTS = frozenset(
    {
        "deletion_policy",
        "firewall_policy",
        "object_ownership_policy",
        "security_policy",
        "ssl_policy",
        "removal_policy",
    }
)
_NARROWING = re.compile(r"^(ForAnyValue:)?(String|Arn)(Equals|Like)(IgnoreCase)?$")
"""Operators under which only the listed values pass, and a missing key does not.

With `IfExists`, or under `ForAllValues:`, a request without the key passes too."""

_ACCOUNT_KEYS = (
    "aws:principalaccount",
    "aws:sourceaccount",
    # What SNS itself writes into the policy of a topic that has none ("Amazon SNS access control").
    "aws:sourceowner",
    "kms:calleraccount",
)
_ARN_KEYS = ("aws:principalarn", "aws:sourcearn")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy document.

    Attributes:
        attribute: where in it the document stands.
        body: the statement.
    """

    attribute: str
    body: Mapping[str, Any]

    @property
    def allows(self) -> bool:
        """Whether it is an Allow; anything but Deny counts as one."""
        return self.body.get("Effect") != "Deny"

    @property
    def trust(self) -> bool:
        """Whether it says who may become a role."""
        return self.attribute.startswith("assume_role_policy")

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions in lower case; `*` where it names those that it leaves out."""
        if "NotAction" in self.body:
            return ("*",)
        return tuple(str(one).lower() for one in listed(self.body.get("Action")))

    @property
    def resources(self) -> tuple[str, ...]:
        """The resources; `*` where it names those that it leaves out."""
        if "NotResource" in self.body:
            return ("*",)
        return tuple(str(one) for one in listed(self.body.get("Resource")))

    @property
    def conditions(self) -> Iterator[tuple[str, str, list[Any]]]:
        """Each condition: operator, key in lower case, values."""
        body = self.body.get("Condition")
        for operator, keys in body.items() if isinstance(body, Mapping) else ():
            for key, values in keys.items() if isinstance(keys, Mapping) else ():
                yield str(operator), str(key).lower(), listed(values)

    def narrowed(self, key: str) -> list[str] | None:
        """The only values that a key may have for the statement to hold; None when any may."""
        found: list[str] | None = None
        for operator, name, values in self.conditions:
            if name == key and _NARROWING.match(operator):
                found = [str(value) for value in values] if found is None else found
        return found

    def narrowed_by(self, ending: str) -> list[str] | None:
        """As `narrowed`, for the key that ends so: issuers stand before `:sub` and `:aud`."""
        for _, key, _ in self.conditions:
            if key.endswith(ending):
                found = self.narrowed(key)
                if found is not None:
                    return found
        return None

    def may(self, action: str) -> bool:
        """Whether its actions cover one, e.g. `bedrock:invokemodel`."""
        return any(fnmatchcase(action, pattern) for pattern in self.actions)

    def accounts(self) -> frozenset[str] | None:
        """The accounts that conditions narrow it to; None when they narrow it to none.

        A value that names no account in full (`*`, a variable) counts as `any`.
        """
        for key in _ACCOUNT_KEYS:
            values = self.narrowed(key)
            if values is not None:
                return frozenset(v if is_account(v) else "any" for v in values)
        for key in _ARN_KEYS:
            values = self.narrowed(key)
            if values is not None:
                return frozenset(_account_of(value) for value in values)
        return None


def statements(values: Mapping[str, Any]) -> Iterator[Statement | str]:
    """Every statement of every policy document in a resource.

    A document is found by its shape, whatever the type or the attribute; an attribute that is
    named as one and can't be read is given as its name.
    """
    for name, value in values.items():
        yield from _of(str(name), value)


def _of(path: str, value: Any) -> Iterator[Statement | str]:
    if isinstance(value, dict):
        if path != "//":
            for key, item in value.items():
                yield from _of(f"{path}.{key}", item)
        return
    if isinstance(value, list):
        for item in value:
            yield from _of(path, item)
        return
    found = document(value)
    if found is not None:
        lowered = {str(key).lower(): item for key, item in found.items()}
        for body in listed(lowered.get("statement")):
            if isinstance(body, Mapping):
                yield Statement(attribute=path, body=_spelled(body))
            else:
                yield path
        return
    named = path.rsplit(".", 1)[-1]
    if _DOCUMENTS.search(named) and named not in _NO_DOCUMENTS and _opaque(value):
        yield path


_ELEMENTS = {
    name.lower(): name
    for name in (
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    )
}


def _spelled(body: Mapping[str, Any]) -> dict[str, Any]:
    # IAM reads element names in any case.
    return {_ELEMENTS.get(str(key).lower(), str(key)): value for key, value in body.items()}


def _opaque(value: Any) -> bool:
    return value is UNKNOWN or (isinstance(value, str) and not known(value))


def binding(value: str) -> bool:
    """Whether a condition's value says enough to keep strangers out: more than wildcards.

    >>> binding("arn:aws:iam::111111111111:role/x"), binding("arn:aws:iam::*"), binding("*")
    (True, False, False)
    """
    arn = parsed(value)
    if arn is None and value.startswith("arn:"):
        return False
    if arn is not None and arn.service not in ("s3", "") and "*" in arn.account:
        return False
    return len(value.replace("*", "").replace("?", "")) >= _SHORTEST


_SHORTEST = 5
"""Characters besides wildcards; names of an estate begin with two and a dash."""


def _account_of(value: str) -> str:
    arn = parsed(value)
    if arn is None:
        return "any"
    if is_account(arn.account):
        return arn.account
    # S3 and some others leave the account out; then the name itself is the owner's.
    return "own" if arn.account == "" and arn.service == "s3" else "any"
