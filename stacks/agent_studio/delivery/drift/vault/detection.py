"""Looks at the clusters of an estate, side by side."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase

from agent_studio.delivery.drift.detection import StackDrift
from agent_studio.delivery.drift.differences import Drifted
from agent_studio.delivery.drift.vault.cluster import Cluster
from agent_studio.delivery.drift.vault.undeclared import Space, Undeclared, spaces, undeclared
from agent_studio.delivery.vault_operator import Operator, find_operator, token_variable
from agent_studio.estate.errors import StudioError
from agent_studio.estate.model import Estate
from agent_studio.estate.vault import inventory
from agent_studio.identity.deadline import within
from agent_studio.identity.errors import IdentityError

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
        stack, and for a cluster that could not be read.
    """
    clusters = estate.spec.vault.clusters
    chosen: dict[str, tuple[str, Operator]] = {}
    failed = []
    for jurisdiction, address in clusters.items():
        operator = find_operator(environment, jurisdiction, alone=len(clusters) == 1)
        variable = token_variable(jurisdiction)
        if operator is not None:
            chosen[jurisdiction] = (address, operator)
        elif insist:
            error = StudioError(
                f"there is no token for the Vault of {jurisdiction}",
                found=f"no {variable}",
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
) -> list[StackDrift]:
    begun = time.monotonic()
    declared = inventory(estate, jurisdiction)
    namespaces = frozenset(each.namespace for each in declared if each.namespace)
    found: list[Undeclared] = []
    try:
        cluster = Cluster(address, operator)
        with within(deadline):
            for space in spaces(estate.studio, declared):
                if _wanted(space, patterns):
                    found += undeclared(cluster, space, namespaces)
        cluster.close()
    except OSError as error:
        return [_failed(jurisdiction, _unreadable(operator, error))]
    except IdentityError as error:
        return [_failed(jurisdiction, _told(jurisdiction, address, error))]
    seconds = round(time.monotonic() - begun, 2)
    by_stack: dict[str, list[Drifted]] = {}
    for one in found:
        stack = one.stack or f"vault-{jurisdiction.lower()}"
        if not patterns or any(fnmatchcase(stack, each) for each in patterns):
            by_stack.setdefault(stack, []).append(
                Drifted(
                    address=f"vault:{jurisdiction}:{one.path}",
                    kind="undeclared",
                    severity=one.severity,
                    paths=(),
                )
            )
    return [
        StackDrift(stack=stack, status="drifted", drift=tuple(entries), seconds=seconds)
        for stack, entries in by_stack.items()
    ]


def _wanted(space: Space, patterns: Sequence[str]) -> bool:
    """Whether some place of a namespace is of a stack that is looked at."""
    stacks = {each.stack for each in space.places if each.stack}
    if not patterns:
        return True
    return any(fnmatchcase(stack, each) for stack in stacks for each in patterns)


def _failed(jurisdiction: str, error: StudioError) -> StackDrift:
    name = f"vault-{jurisdiction.lower()}"
    return StackDrift(stack=name, status="failed", error=f"{name}: {error.line}")


def _unreadable(operator: Operator, error: OSError) -> StudioError:
    return StudioError(
        "the authority of Vault's certificate can't be read",
        found=f"{operator.authority}: {error.strerror or type(error).__name__}",
        fix="correct VAULT_CACERT",
    )


def _told(jurisdiction: str, address: str, error: IdentityError) -> StudioError:
    fixes = {
        "policy": _POLICY,
        "network": f"see that {address} can be reached from here",
        "seal": f"unseal {address}",
        "size": "revoke or delete what nobody needs",
    }
    return StudioError(
        f"the Vault of {jurisdiction} can't be asked what nobody declared",
        found=str(error),
        fix=fixes.get(error.fault, f"look at the log of {address}"),
    )
