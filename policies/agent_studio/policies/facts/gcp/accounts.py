"""The service accounts that `studio bootstrap` makes in each project."""

from agent_studio.estate.names import gcp as names
from agent_studio.policies.facts.place import Place

PURPOSES = ("plan", "apply", "state")


def studio_account(place: Place, purpose: str) -> str:
    """The address of one of them: `plan`, `apply` or `state`."""
    return names.account_service_account_email(place.scope, purpose)


def studio_accounts(place: Place) -> frozenset[str]:
    """All of them."""
    return frozenset(studio_account(place, purpose) for purpose in PURPOSES)
