"""A suite: policies with their tables, run as a whole."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies.decisions.engine import UNDECIDED, Layer, decide
from agent_studio.policies.documents import policy_root, read_yaml
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.testing.cases import (
    CHECKS,
    EQUIVALENT,
    Case,
    by_group,
    read_tables,
)
from agent_studio.policies.testing.check_cases import read_check_cases
from agent_studio.policies.testing.checks import CheckReport, CheckSuite, check_suite
from agent_studio.policies.testing.mutation import Mutant, Policy, mutants
from agent_studio.policies.testing.sets import Outcome, PolicySet, policy_sets

_FIELD = re.compile(r"\{[A-Za-z_]+\}")
_ACTIONS = frozenset(action.value for action in Action)
_FIXTURES = "fixtures"


@dataclass(frozen=True, kw_only=True)
class PolicyReport:
    """What the tests say of one policy.

    Attributes:
        id: its `@id`.
        group: the set that it is of.
        control: the control that it serves.
        cases: how many cases it has.
        passing: how many of them must be allowed.
        failing: how many of them it must deny.
        mutants: how many mutants of it were tried.
        survived: the mutants that no case found.
        equivalent: how many of the mutants that no case found are known to be no fault.
    """

    id: str
    group: str
    control: str
    cases: int
    passing: int
    failing: int
    mutants: int
    survived: tuple[str, ...]
    equivalent: int

    @property
    def covered(self) -> bool:
        """Whether something shows what it lets pass, and something what it denies."""
        return self.passing > 0 and self.failing > 0


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of all tests.

    Attributes:
        cases: how many ran.
        failed: (case, what went wrong) of each that failed.
        policies: each policy.
        checks: each control that no policy decides: checks on resources, rules on plans.
        wrong: what else is wrong: schema, cases of no policy, excuses for nothing.
    """

    cases: int
    failed: tuple[tuple[str, str], ...]
    policies: tuple[PolicyReport, ...]
    checks: tuple[CheckReport, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether everything holds."""
        return (
            not self.failed
            and not self.wrong
            and all(one.covered and not one.survived for one in self.policies)
            and all(one.covered for one in self.checks)
        )

    @property
    def coverage(self) -> float:
        """The share of policies and checks that have a passing and a failing case."""
        covered = [one.covered for one in self.policies] + [one.covered for one in self.checks]
        return sum(covered) / len(covered) if covered else 0.0

    @property
    def gaps(self) -> tuple[str, ...]:
        """What no case shows, by policy and check."""
        counts = [(f"{one.group}/{one.id}", one.passing, one.failing) for one in self.policies]
        counts += [(one.control, one.passing, one.failing) for one in self.checks]
        return tuple(
            f"{name} has no case that {what}"
            for name, passing, failing in counts
            for what, number in (("must be allowed", passing), ("it must deny", failing))
            if not number
        )


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Policies and the cases about them.

    Attributes:
        sets: the sets of policies by name.
        cases: the cases of each set.
        excuses: (policy, mutant) -> why the mutant is no fault.
        checks: the controls that no policy decides, with their cases; None where the policies have
            no cases of their own beside them.
    """

    sets: Mapping[str, PolicySet]
    cases: Mapping[str, Sequence[Case]]
    excuses: Mapping[tuple[str, str], str] = field(default_factory=dict)
    checks: CheckSuite | None = None

    @cached_property
    def all_cases(self) -> tuple[Case, ...]:
        """Every case of a policy of a set that there is."""
        return tuple(case for name in self.sets for case in self.cases.get(name, ()))

    def failure(self, case: Case) -> str | None:
        """Run one case.

        Returns:
            What went wrong; None when it holds.
        """
        group = self.sets[case.group]
        return self._against(case, group.outcomes([case])[0])

    def run(self) -> Report:
        """Run every case and try every mutant."""
        wrong = list(self._misplaced())
        failed: list[tuple[str, str]] = []
        policies: list[PolicyReport] = []
        excused: set[tuple[str, str]] = set()
        for name, group in self.sets.items():
            wrong += [f"{name}: the schema does not admit it: {each}" for each in group.invalid()]
            cases = self.cases.get(name, ())
            for case, outcome in zip(cases, group.outcomes(cases), strict=True):
                found = self._against(case, outcome)
                if found is not None:
                    failed.append((case.id, found))
            policies += [
                self._policy(group, policy, body, cases, excused)
                for policy, body in group.policies.items()
            ]
        wrong += [
            f"equivalent.yaml excuses {what!r} of {policy}, but no such mutant survives"
            for policy, what in sorted(self.excuses.keys() - excused)
        ]
        count, checks = len(self.all_cases), tuple[CheckReport, ...]()
        if self.checks is not None:
            count += len(self.checks.cases)
            checks = self.checks.reports()
            wrong += self.checks.misplaced()
            told = ((case.id, self.checks.failure(case)) for case in self.checks.cases)
            failed += [(name, found) for name, found in told if found is not None]
        return Report(
            cases=count,
            failed=tuple(failed),
            policies=tuple(policies),
            checks=checks,
            wrong=tuple(wrong),
        )

    def _misplaced(self) -> list[str]:
        found = [
            f"there are cases of the policies {name}, but no such policies"
            for name in sorted(self.cases.keys() - self.sets.keys())
        ]
        for case in self.all_cases:
            known = self.sets[case.group].policies
            if case.policy not in known:
                found.append(f"{case.id}: {case.group} has no policy {case.policy}")
        return found

    def _against(self, case: Case, outcome: Outcome) -> str | None:
        group = self.sets[case.group]
        if not case.outside_schema:
            unlike = group.unlike(case)
            if unlike is not None:
                return f"the schema does not know such a request: {unlike}"
        expected = Outcome(case.passes, case.denied or frozenset())
        if outcome != expected:
            return f"expected {_told(expected)}, found {_told(outcome)}"
        if case.passes or not case.denied:
            return None
        said = _messages(group, case)
        unfilled = [text for text in said if _FIELD.search(text)]
        if unfilled:
            return f"the message names what the fact does not have: {unfilled[0]}"
        if case.message is not None and case.message not in said:
            return f"expected the message {case.message!r}, found {'; '.join(said)!r}"
        return None

    def _policy(
        self,
        group: PolicySet,
        policy: str,
        body: Policy,
        cases: Sequence[Case],
        excused: set[tuple[str, str]],
    ) -> PolicyReport:
        own = [case for case in cases if case.policy == policy]
        others = [case for case in cases if case.policy != policy]
        tried, survived, equivalent = 0, [], 0
        for mutant in mutants(body):
            tried += 1
            if _found(group, policy, mutant, own, others):
                continue
            if (policy, mutant.what) in self.excuses:
                excused.add((policy, mutant.what))
                equivalent += 1
            else:
                survived.append(mutant.what)
        return PolicyReport(
            id=policy,
            group=group.name,
            control=_control(body),
            cases=len(own),
            passing=sum(case.passes for case in own),
            failing=sum(_shows(case, body) for case in own),
            mutants=tried,
            survived=tuple(survived),
            equivalent=equivalent,
        )


def load_suite(folders: Sequence[Path] = (), *, root: Path | None = None) -> Suite:
    """Read the policies with their own tests, and tables of other folders beside them.

    Args:
        folders: more folders of tables, e.g. a team's for its layer.
        root: the policies folder; None takes the one that is in force.

    Raises:
        StudioError: policies or tables can't be read.
    """
    root = root or policy_root()
    home = root / "tests"
    if not home.is_dir() and not folders:
        raise StudioError(
            "the policies in force have no tests beside them",
            found=f"no {home}",
            fix="run it in a checkout of the policies, or name a folder of tables with --from",
        )
    sources = [*([home] if home.is_dir() else []), *folders]
    tables = [table for folder in sources for table in read_tables(folder, fallback=home)]
    excuses: dict[tuple[str, str], str] = {}
    for folder in sources:
        excuses |= _excuses(folder / EQUIVALENT)
    sets = policy_sets(root / "cedar")
    checks = _checks(sources, sets, all_needed=home.is_dir())
    return Suite(sets=sets, cases=by_group(tables), excuses=excuses, checks=checks)


def _checks(
    sources: Sequence[Path], sets: Mapping[str, PolicySet], *, all_needed: bool
) -> CheckSuite | None:
    """The controls that no policy decides, with their cases; None where nobody has any."""
    cases = [
        case
        for folder in sources
        for case in read_check_cases(folder / CHECKS, fixtures=folder / _FIXTURES)
    ]
    if not cases and not all_needed:
        return None
    elsewhere = {_control(policy) for group in sets.values() for policy in group.policies.values()}
    return check_suite(cases, decided_elsewhere=elsewhere)


def _excuses(path: Path) -> dict[tuple[str, str], str]:
    """Mutants that change nothing that can be asked, each with the reason."""
    if not path.is_file():
        return {}
    found: dict[tuple[str, str], str] = {}
    entries: Any = read_yaml(path).get("equivalent")
    for entry in entries if isinstance(entries, list) else [None]:
        values = entry if isinstance(entry, dict) else {}
        if values.keys() != {"policy", "mutant", "reason"} or not all(
            isinstance(value, str) and value.strip() for value in values.values()
        ):
            raise StudioError(
                f"an entry of {path} is not one",
                found=str(entry)[:200],
                allowed="policy, mutant and reason",
            )
        found[values["policy"], values["mutant"]] = values["reason"]
    return found


def _found(
    group: PolicySet, policy: str, mutant: Mutant, own: Sequence[Case], others: Sequence[Case]
) -> bool:
    """Whether some case fails under a mutant."""
    try:
        if group.policies[policy]["effect"] == "forbid":
            # Policies that forbid do so each for itself, so the policy's own cases, put to the
            # mutant alone, find nearly every mutant in a fraction of the time.
            alone = group.without(policy, mutant.policy, alone=True)
            for case, outcome in zip(own, group.outcomes(own, alone), strict=True):
                objects = policy in (case.denied or ())
                if (policy in outcome.rules) != objects or (case.passes and not outcome.passes):
                    return True
        layer = group.without(policy, mutant.policy)
    except StudioError:
        # Refused when it is read, as a permit of a lower layer is.
        return True
    return not (_holds(group, own, layer) and _holds(group, others, layer))


def _holds(group: PolicySet, cases: Sequence[Case], layer: Layer) -> bool:
    expected = [Outcome(case.passes, case.denied or frozenset()) for case in cases]
    return group.outcomes(cases, layer) == expected


def _control(policy: Policy) -> str:
    return str(policy.get("annotations", {}).get("control", ""))


def _shows(case: Case, policy: Policy) -> bool:
    """Whether a case shows its policy deny; a case may also show that it keeps out of it."""
    if case.denied is None:
        return False
    return case.policy in case.denied if policy["effect"] == "forbid" else not case.denied


def _messages(group: PolicySet, case: Case) -> list[str]:
    """What the objections say, without the address."""
    case_denied = case.denied or frozenset()
    if case.action not in _ACTIONS:
        rules = [rule for rule in group.layer.rules.values() if rule.id in case_denied]
        return [rule.worded(case.context) for rule in rules]
    address = case.resource[1]
    fact = Fact(action=Action(case.action), address=address, context=case.context)
    return [
        objection.message.removeprefix(f"{address} ")
        for objection in decide(case.place, [fact], [*group.above, group.layer])
        if objection.control != UNDECIDED or objection.message.startswith(f"{address} ")
    ]


def _told(outcome: Outcome) -> str:
    if outcome.passes:
        return "allowed"
    return f"denied by {', '.join(sorted(outcome.rules)) or 'nothing permitting it'}"
