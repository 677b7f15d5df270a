"""Looks at the clusters of an estate, side by side."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from fnmatch import fnmatchcase

from agent_studio.delivery.drift.detection import StackDrift, joined
from agent_studio.delivery.drift.differences import Drifted
from agent_studio.delivery.drift.vault.cluster import Cluster, UnreadError
from agent_studio.delivery.drift.vault.space import Finding
from agent_studio.delivery.drift.vault.undeclared import undeclared
from agent_studio.delivery.vault_operator import Operator, find_operator, token_variable
from agent_studio.estate.errors import StudioError
from agent_studio.estate.model import Estate
from agent_studio.estate.vault import DeclaredPlace, inventory
from agent_studio.identity.deadline import within

DEADLINE_SECONDS = 120.0
"""How long one cluster may take."""

_POLICY = "give the token the policy of docs/runbooks/drift.md, or log in again if it has ended"


def look(
    estate: Estate,
    patterns: Sequence[str],
    *,
    environment: Mapping[str, str],
    insist: bool,
    tell: Callable[[str], None],
    deadline: float = DEADLINE_SECONDS,
) -> tuple[StackDrift, ...]:
    """Find what is in Vault that nobody declared.

    Args:
        estate: the estate.
        patterns: names of stacks (globs) whose places are looked at; none means all, and what is
            in no place.
        environment: the variables, which hold a token for each cluster.
        insist: whether a cluster for which there is no token is a failure.
        tell: told of each cluster that is left out.
        deadline: how long each cluster may take, in seconds.

    Returns:
        One entry for each stack with findings; `vault-<jurisdiction>` for what is in no place of a
        stack, and for a cluster that could not be read, or not in full. What was found in it is
        told all the same.
    """
    clusters = {
        name: address
        for name, address in estate.spec.vault.clusters.items()
        if _wanted(inventory(estate, name), patterns)
    }
    # Terraform may have VAULT_TOKEN for itself, so it serves here for who insists alone.
    alone = insist and len(clusters) == 1
    chosen: dict[str, tuple[str, Operator]] = {}
    failed = []
    for jurisdiction, address in clusters.items():
        operator = find_operator(environment, jurisdiction, alone=alone)
        variable = token_variable(jurisdiction)
        if operator is not None:
            chosen[jurisdiction] = (address, operator)
        elif insist:
            error = StudioError(
                f"there is no token for the Vault of {jurisdiction}",
                found=f"no {variable}{' or VAULT_TOKEN' if alone else ''}",
                fix=f"log in to it with the policy of docs/runbooks/drift.md, set {variable}",
            )
            failed.append(_failed(jurisdiction, error))
        else:
            tell(f"the Vault of {jurisdiction} is not asked what nobody declared: no {variable}")
    with ThreadPoolExecutor(max(1, len(chosen))) as pool:
        futures = [
            pool.submit(_look_at, estate, patterns, jurisdiction, address, operator, deadline)
            for jurisdiction, (address, operator) in chosen.items()
        ]
        return (*failed, *(each for future in futures for each in future.result()))


def _look_at(
    estate: Estate,
    patterns: Sequence[str],
    jurisdiction: str,
    address: str,
    operator: Operator,
    deadline: float,
) -> Sequence[StackDrift]:
    begun = time.monotonic()
    try:
        cluster = Cluster(address, operator)
    except OSError as error:
        return [_failed(jurisdiction, _unreadable(operator, error))]
    with closing(cluster), within(deadline):
        found, unread = undeclared(
            cluster,
            estate.studio,
            inventory(estate, jurisdiction),
            lambda places: _wanted(places, patterns),
        )
    seconds = round(time.monotonic() - begun, 2)
    by_stack: dict[str, list[Drifted]] = {}
    for one in found:
        stack = one.stack or _entry(jurisdiction)
        if _matches(stack, patterns):
            by_stack.setdefault(stack, []).append(_as_drift(jurisdiction, one))
    results = [
        StackDrift(
            stack=stack,
            status="drifted",
            drift=tuple(sorted(entries, key=lambda one: (one.severity.rank, one.address))),
            seconds=seconds,
        )
        for stack, entries in by_stack.items()
    ]
    if unread:
        late = deadline if seconds >= deadline else None
        return joined(results, [_failed(jurisdiction, _told(jurisdiction, address, unread, late))])
    return results


def _as_drift(jurisdiction: str, one: Finding) -> Drifted:
    return Drifted(
        address=f"vault:{jurisdiction}:{one.path}",
        kind=one.kind,
        severity=one.severity,
        paths=one.paths,
    )


def _wanted(places: Sequence[DeclaredPlace], patterns: Sequence[str]) -> bool:
    """Whether some of the places is of a stack that is looked at."""
    if not patterns:
        return True
    return any(_matches(each.stack, patterns) for each in places if each.stack)


def _matches(stack: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(stack, each) for each in patterns)


def _entry(jurisdiction: str) -> str:
    """The name under which that stands which is in no stack's place."""
    return f"vault-{jurisdiction.lower()}"


def _failed(jurisdiction: str, error: StudioError) -> StackDrift:
    name = _entry(jurisdiction)
    return StackDrift(stack=name, status="failed", error=f"{name}: {error.line}")


def _unreadable(operator: Operator, error: OSError) -> StudioError:
    return StudioError(
        "the authority of Vault's certificate can't be read",
        found=f"{operator.authority}: {error.strerror or type(error).__name__}",
        fix="correct VAULT_CACERT",
    )


def _told(
    jurisdiction: str, address: str, unread: Sequence[UnreadError], late: float | None
) -> StudioError:
    first = unread[0]
    more = f", and {len(unread) - 1} more" if len(unread) > 1 else ""
    fixes = {
        "policy": _POLICY,
        "network": f"see that {address} can be reached from here",
        "seal": f"unseal {address}",
        "size": "revoke or delete what nobody needs",
    }
    fix = fixes.get(first.fault, f"look at the log of {address}")
    if late is not None and first.fault == "network":
        fix = f"it was not read within {late:g} s: see how quickly it answers"
    return StudioError(
        f"the Vault of {jurisdiction} can't be asked what nobody declared",
        found=f"{first}{more}",
        fix=fix,
    )
