"""Load balancers: where they send requests, and those who sent them.

Arguments are those of the Terraform AWS provider's `aws_lb_listener`, `aws_lb_listener_rule` and
`aws_lb_target_group_attachment`.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from agent_studio.policies.facts.aws.network.ranges import cidr
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.ranges import inside
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import block, known, listed

_ASKING = {"aws_lb_listener": "default_action", "aws_alb_listener": "default_action"}
_ASKING["aws_lb_listener_rule"] = "action"
_SIGN_IN = ("authorization_endpoint", "token_endpoint", "user_info_endpoint")
_SAME = "#{host}"
"""The host that was asked for; the provider's default."""


def balancers(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every redirect, every sign-in, and every target by its address."""
    for type_, name in _ASKING.items():
        for resource in resources.of_type(type_):
            for action in listed(resource.values.get(name)):
                yield from _action(resource, block(action))
    for target in resources.of_type("aws_lb_target_group_attachment"):
        text = target.values.get("target_id")
        if isinstance(text, str) and _is_address(text):
            found = cidr(resources, text)
            yield connection(
                target,
                kind="network",
                what=f"sends requests to {text}, outside of this network",
                peer=text,
                own=found is not None and inside(place, found),
            )


def _action(resource: Resource, action: Mapping[str, Any]) -> Iterator[Fact]:
    for redirect in listed(action.get("redirect")):
        host = block(redirect).get("host")
        if host not in (None, "", _SAME):
            yield _name(resource, host, host, "by a redirect of a load balancer")
    for sign_in in listed(action.get("authenticate_oidc")):
        for name in _SIGN_IN:
            url = block(sign_in).get(name)
            host = urlsplit(url).hostname if isinstance(url, str) and known(url) else None
            yield _name(resource, url, host, f"for sign-in at a load balancer ({name})")


def _name(resource: Resource, value: Any, host: Any, what: str) -> Fact:
    told = isinstance(host, str) and known(value)
    return connection(
        resource,
        kind="name",
        what=what,
        peer=str(host) if told else "",
        unknown=None if told else f"a host that it names ({what})",
    )


def _is_address(text: str) -> bool:
    return text.replace(".", "").isdigit() or (":" in text and not text.startswith("arn:"))
