"""Whether an argument's value is what its rule allows."""

from typing import Any

from agent_studio.policies.facts.gcp.accounts import studio_accounts
from agent_studio.policies.facts.gcp.owned import begins_own, is_own, is_own_key, own_names
from agent_studio.policies.facts.matching import is_number, matches_plainly
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.ranges import within
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.table import Rule
from agent_studio.policies.facts.values import known

_YEAR = 366 * 24 * 3600
_MODEL_PERMISSIONS = frozenset({"aiplatform.endpoints.predict"})
_DOCKER = "-docker.pkg.dev"
_TOKENS = "roles/iam.serviceAccountTokenCreator"


def matches(resources: Resources, place: Place, resource: Resource, rule: Rule, value: Any) -> bool:
    """Whether a value is allowed.

    Args:
        resources: the stack's.
        place: the stack as the estate declares it.
        resource: whose argument it is.
        rule: what it may be.
        value: what it is.
    """
    plainly = matches_plainly(rule, value)
    return _matches_word(resources, place, resource, rule, value) if plainly is None else plainly


def _matches_word(
    resources: Resources, place: Place, resource: Resource, rule: Rule, value: Any
) -> bool:
    text = str(value)
    match rule.word:
        case "number":
            return is_number(text) and not (rule.wrong == "rotation" and _late(text))
        case "place":
            return text.lower() == place.region
        case "project":
            return text == place.account
        case "project_path":
            return text == f"projects/{place.account}"
        case "own":
            return is_own(resources, value)
        case "own_address":
            return begins_own(resources, value)
        case "key":
            return is_own_key(resources, place, value)
        case "range":
            return within(text, place.networks, exact=True)
        case "fqdn":
            return text.lower().rstrip(".") in place.hosts
        case "image":
            return _own_image(place, resource, text)
        case "destination":
            return _own_destination(resources, place, text)
        case "permission":
            return text in _MODEL_PERMISSIONS
        case "role":
            return is_own(resources, value) or (
                text == _TOKENS and resource.type == "google_service_account_iam_member"
            )
        case "studio_account":
            return text in {
                f"projects/{place.account}/serviceAccounts/{each}"
                for each in studio_accounts(place)
            }
    return False


def _own_image(place: Place, resource: Resource, text: str) -> bool:
    """Whether an image is of the own registry; guardrails admit those of each open region."""
    host, _, rest = text.partition("/")
    region, suffix = host[: -len(_DOCKER)], host[-len(_DOCKER) :]
    if suffix != _DOCKER or not rest.startswith(f"{place.account}/"):
        return False
    if resource.type == "google_binary_authorization_policy":
        return place.leaves_open(region)
    return region == place.region


def _late(text: str) -> bool:
    """Whether a period in seconds is longer than a year, in which each key is to be rotated."""
    return not text.endswith("s") or float(text[:-1]) > _YEAR


def _own_destination(resources: Resources, place: Place, text: str) -> bool:
    """Whether a sink delivers to a log bucket or a bucket of the stack."""
    service, _, rest = text.partition("/")
    if service == "storage.googleapis.com":
        return is_own(resources, rest) and (not known(rest) or rest in own_names(resources))
    own = f"projects/{place.account}/locations/{place.region}/buckets/"
    return service == "logging.googleapis.com" and (rest.startswith(own) or is_own(resources, rest))
