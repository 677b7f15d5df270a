"""What a stack and its plan tell about a resource beside the values that a check is handed.

checkov hands a check one resource. Some questions need more: what the synthesized stack says where
a plan only says "known after apply", which values a plan does not know, and whose accounts the
stack's providers are held to. Custom checks under `policies/checkov/` ask here.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from agent_studio.policies.places import unindexed

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known beside a resource's own values.

    Attributes:
        resources: address without index -> the resource as it stands in the synthesized stack.
        unknown: address -> the arguments that a plan does not know before apply.
        accounts: the AWS accounts that the providers are held to (`allowed_account_ids`).
        planned: whether values come from a plan.
    """

    resources: Mapping[str, Body] = field(default_factory=dict)
    unknown: Mapping[str, frozenset[str]] = field(default_factory=dict)
    accounts: frozenset[str] = frozenset()
    planned: bool = False

    def shown(self, address: str, argument: str) -> Any:
        """An argument as the synthesized stack shows it; None when it does not."""
        return self.resources.get(unindexed(address), {}).get(argument)

    def is_unknown(self, address: str, argument: str) -> bool:
        """Whether the plan says that an argument is known after apply only."""
        return argument in self.unknown.get(address, ())


_CURRENT: ContextVar[Evidence] = ContextVar("evidence")


def current() -> Evidence:
    """The evidence about what is being checked; empty outside of a check."""
    return _CURRENT.get(Evidence())


@contextmanager
def given(evidence: Evidence) -> Iterator[None]:
    """Hold evidence for the checks that run meanwhile."""
    token = _CURRENT.set(evidence)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def of_stack(stack: Body) -> Evidence:
    """The evidence of a synthesized stack."""
    blocks = [
        block
        for name, found in _mapping(stack.get("provider")).items()
        if name == "aws"
        for block in (found if isinstance(found, list) else [found])
    ]
    return Evidence(
        resources=_resources(stack),
        accounts=_accounts(_mapping(block).get("allowed_account_ids") for block in blocks),
    )


def of_plan(plan: Body, stack: Body | None) -> Evidence:
    """The evidence of a plan's JSON and, if there is one, of its synthesized stack."""
    providers = _mapping(_mapping(plan.get("configuration")).get("provider_config")).values()
    expressions = [
        _mapping(_mapping(item).get("expressions"))
        for item in providers
        if _mapping(item).get("name") == "aws"
    ]
    return Evidence(
        resources=_resources(stack) if stack else {},
        unknown={
            str(change.get("address")): frozenset(
                name
                for name, value in _mapping(
                    _mapping(change.get("change")).get("after_unknown")
                ).items()
                if value is True
            )
            for change in plan.get("resource_changes") or ()
            if isinstance(change, dict)
        },
        accounts=_accounts(
            _mapping(found.get("allowed_account_ids")).get("constant_value")
            for found in expressions
        ),
        planned=True,
    )


def _resources(stack: Body) -> Mapping[str, Body]:
    return {
        f"{kind}.{name}": body
        for kind, named in _mapping(stack.get("resource")).items()
        for name, body in _mapping(named).items()
        if isinstance(body, dict)
    }


def _accounts(lists: Iterator[Any]) -> frozenset[str]:
    return frozenset(
        item for found in lists if isinstance(found, list) for item in found if type(item) is str
    )


def _mapping(value: Any) -> Body:
    return value if isinstance(value, dict) else {}
