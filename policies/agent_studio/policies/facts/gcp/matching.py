"""Whether an argument's value is what its rule allows."""

import re
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
_PROOF = re.compile(
    r"^\$\{(google_certificate_manager_dns_authorization\.[\w-]+)\.dns_resource_record\[0\]\.data\}$"
)
_RESTRICTED = frozenset(
    {
        "199.36.153.4",
        "199.36.153.5",
        "199.36.153.6",
        "199.36.153.7",
        "restricted.googleapis.com.",
    }
)
"""What Google's services for private networks are found under (VPC, "Private Google Access")."""

_SIGN_IN = "roles/cloudsql.instanceUser"
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
            return place.resolves(text)
        case "image":
            return _own_image(place, resource, text)
        case "destination":
            return _own_destination(resources, place, text)
        case "permission":
            return text in _MODEL_PERMISSIONS
        case "role":
            return is_own(resources, value) or _known_role(resources, place, resource, text)
        case "answer":
            return is_own(resources, value) or text in _RESTRICTED or _proves(resources, text)
        case "own_user":
            return text in {
                f"{each.values.get('account_id')}@{place.account}.iam"
                for each in resources.of_type("google_service_account")
            }
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


def _known_role(resources: Resources, place: Place, resource: Resource, text: str) -> bool:
    """Whether a role is one that a type of resource gives, and on no more than it is for."""
    if resource.type == "google_service_account_iam_member":
        return text == _TOKENS
    expression = str(resource.get("condition", "expression"))
    return text == _SIGN_IN and any(
        expression.startswith(f"resource.name == 'projects/{place.account}/instances/{name}' && ")
        and "||" not in expression
        for name in (
            each.values.get("name") for each in resources.of_type("google_sql_database_instance")
        )
    )


def _proves(resources: Resources, text: str) -> bool:
    """Whether a record's data is what Google asks for, to know that a domain is ours."""
    found = _PROOF.match(text)
    if found is not None:
        return resources.referred(f"${{{found[1]}}}") is not None
    return any(
        text == block.get("data")
        for each in resources.of_type("google_certificate_manager_dns_authorization")
        for block in each.blocks("dns_resource_record")
    )


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
