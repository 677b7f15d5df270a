"""Checks of what a well-formed estate file means; each finding is one named function's problem."""

from collections.abc import Iterator

from agent_studio.estate.checks.accounts import check_accounts
from agent_studio.estate.checks.addresses import check_addresses
from agent_studio.estate.checks.domains import check_domains
from agent_studio.estate.checks.homes import check_homes
from agent_studio.estate.checks.models import check_models
from agent_studio.estate.checks.networks import check_networks
from agent_studio.estate.checks.places import check_places
from agent_studio.estate.checks.references import check_names, check_references
from agent_studio.estate.checks.replicas import check_replicas
from agent_studio.estate.checks.sizes import check_sizes
from agent_studio.estate.checks.subjects import check_subjects
from agent_studio.estate.checks.vault import check_vault
from agent_studio.estate.draft import Draft
from agent_studio.estate.problems import Problem

CHECKS = (
    check_names,
    check_accounts,
    check_places,
    check_homes,
    check_networks,
    check_addresses,
    check_references,
    check_vault,
    check_domains,
    check_sizes,
    check_models,
    check_replicas,
    check_subjects,
)


def check(draft: Draft) -> Iterator[Problem]:
    """Run every check over what of the file could be read."""
    for run in CHECKS:
        yield from run(draft)
