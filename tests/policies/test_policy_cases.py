"""The Cedar policies against their tables, and the tests of those tables."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.policies.decisions import Layer, decide, estate_layer
from agent_studio.policies.facts import Action, Fact, Resources, facts_of, place_of
from agent_studio.policies.places import Synthesized
from agent_studio.policies.testing import Case, load_suite
from agent_studio.policies.testing.mutation import mutants, shown, written

ROOT = Path(__file__).resolve().parents[2]
SUITE = load_suite(root=ROOT / "policies")
KNOWN = [case for case in SUITE.all_cases if case.group == "estate" and not case.outside_schema]


@pytest.mark.parametrize("case", SUITE.all_cases, ids=lambda case: case.id)
def test_a_case_holds(case: Case) -> None:
    """Each case of the tables is decided as it says, in the words that it says."""
    assert SUITE.failure(case) is None


def test_every_policy_is_covered_and_every_mutant_is_found() -> None:
    """Each policy has both kinds of cases, each mutant makes one fail, and the schema holds."""
    report = SUITE.run()
    assert report.wrong == ()
    assert [one.id for one in report.policies if not one.covered] == []
    assert {one.id: one.survived for one in report.policies if one.survived} == {}
    assert report.good
    assert report.coverage == 1.0


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A copy of the policies with their tests."""
    for name in ("cedar", "tests"):
        shutil.copytree(ROOT / "policies" / name, tmp_path / name)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    """Change one text of a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_case_that_does_not_hold_is_named(rules: Path) -> None:
    """What was expected and what was found stand in the report."""
    edit(rules / "cedar" / "models.cedar", "when { context.anywhere }", "when { false }")
    report = load_suite(root=rules).run()
    failed = dict(report.failed)
    assert failed["estate/model-anywhere: a global inference profile"] == (
        "expected denied by model-anywhere, found allowed"
    )
    assert not report.good


def test_a_missing_case_lets_a_mutant_live(rules: Path) -> None:
    """A condition that no case asks for is named, and so is a policy without a kind of case."""
    table = rules / "tests" / "models.yaml"
    text = table.read_text()
    table.write_text(text[: text.index("  model-undeclared:")])
    report = load_suite(root=rules).run()
    one = next(each for each in report.policies if each.id == "model-undeclared")
    assert (one.covered, one.passing, one.failing) == (False, 0, 0)
    assert "without the policy" in one.survived
    assert report.coverage < 1
    assert not report.good


def test_a_mutant_may_be_excused_with_a_reason(rules: Path) -> None:
    """An excuse counts for a mutant that lives, and is reported when none does."""
    edit(
        rules / "cedar" / "models.cedar",
        "when { context.anywhere }",
        "when { context.anywhere && context.anywhere }",
    )
    before = load_suite(root=rules).run()
    lived = next(one for one in before.policies if one.id == "model-anywhere").survived
    assert lived != ()
    entries = [{"policy": "model-anywhere", "mutant": each, "reason": "the same"} for each in lived]
    entries.append({"policy": "model-anywhere", "mutant": "no such", "reason": "none"})
    (rules / "tests" / "equivalent.yaml").write_text(json.dumps({"equivalent": entries}))
    after = load_suite(root=rules).run()
    one = next(each for each in after.policies if each.id == "model-anywhere")
    assert (one.survived, one.equivalent) == ((), len(lived))
    assert after.wrong == (
        "equivalent.yaml excuses 'no such' of model-anywhere, but no such mutant survives",
    )


def test_a_message_that_names_what_is_not_there_fails(rules: Path) -> None:
    """A field that neither the fact nor the stack has would be shown to users as it stands."""
    edit(rules / "cedar" / "models.cedar", "prompts go to {model}, which may", "{modell} may")
    case = next(one for one in load_suite(root=rules).all_cases if "a global inf" in one.name)
    told = load_suite(root=rules).failure(case)
    assert told is not None
    assert told.startswith("the message names what the fact does not have: lets {modell} may")


def test_a_request_that_the_schema_does_not_know_fails(rules: Path) -> None:
    """A case about a fact that no stack can have proves nothing."""
    edit(rules / "tests" / "defaults.yaml", "anywhere: false, ", "")
    suite = load_suite(root=rules)
    case = next(one for one in suite.all_cases if one.name == "a declared model")
    told = suite.failure(case)
    assert told is not None
    assert told.startswith("the schema does not know such a request:")
    assert "`anywhere`" in told


def test_a_team_tests_its_own_layer(rules: Path, tmp_path: Path) -> None:
    """Tables of another folder test a lower layer, together with the estate's above it."""
    layer = rules / "cedar" / "units" / "payments.cedar"
    layer.parent.mkdir()
    layer.write_text(
        '@id("no-queues") @control("team/queues") @message("is a queue")\n'
        'forbid (principal is Studio::Stack, action == Studio::Action::"Provision", resource)\n'
        'when { context.kind == "aws_sqs_queue" };\n'
    )
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "payments.yaml").write_text(
        "policies: units/payments\n"
        "cases:\n"
        "  no-queues:\n"
        "    - {is: a bucket, action: Provision, allowed: true}\n"
        "    - {is: what speaks of queues, action: Transfer,\n"
        "       context: {kind: aws_sqs_queue}, allowed: true}\n"
        "    - {is: a queue, action: Provision, context: {kind: aws_sqs_queue},\n"
        "       denied: [no-queues], message: is a queue}\n"
        "    - {is: a queue far away, action: Provision,\n"
        "       context: {kind: aws_sqs_queue, region: us-east-1},\n"
        "       denied: [no-queues, residency-location]}\n"
    )
    report = load_suite([folder], root=rules).run()
    one = next(each for each in report.policies if each.id == "no-queues")
    assert report.good, one
    assert (one.group, one.control) == ("units/payments", "team/queues")
    assert (one.passing, one.failing) == (2, 2)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cases: [a]", "t.yaml lacks `cases`, a mapping of policies"),
        ("cases: {p: [{action: Store}]}", "t.yaml, p: a case does not say what it `is`"),
        (
            "cases: {p: [{is: x, action: Store}]}",
            "t.yaml, p, x: wants either `allowed: true` or `denied: [...]`",
        ),
        (
            "cases: {p: [{is: x, action: Store, allowed: true, denied: []}]}",
            "t.yaml, p, x: wants either `allowed: true` or `denied: [...]`",
        ),
        (
            "cases: {p: [{is: x, action: Store, allowed: true, maybe: 1}]}",
            "t.yaml, p, x: a case has no maybe",
        ),
        (
            "cases: {p: [{is: x, action: Store, allowed: true, message: no}]}",
            "t.yaml, p, x: what is allowed has no message",
        ),
        (
            "cases: {p: [&a {is: x, action: Store, allowed: true}, *a]}",
            "two cases are estate/p: x",
        ),
    ],
)
def test_a_table_that_is_none_is_refused(rules: Path, text: str, found: str) -> None:
    """Each error says where it is."""
    folder = rules / "more"
    folder.mkdir()
    (folder / "t.yaml").write_text(text)
    with pytest.raises(StudioError) as error:
        load_suite([folder], root=rules)
    assert found in str(error.value)


def test_policies_without_tests_say_so(tmp_path: Path) -> None:
    """A bundle in force has no tests beside it."""
    with pytest.raises(StudioError, match="the policies in force have no tests beside them"):
        load_suite(root=tmp_path)


def test_mutants_change_one_thing() -> None:
    """Every part of a condition is left out and turned round once, and each mutant is Cedar."""
    text = (
        "forbid (principal, action, resource) "
        'when { context.a && !(context.b == "x") } unless { context.c.containsAll(context.d) };'
    )
    policy = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]["policy0"]
    found = {each.what: each.policy for each in mutants(policy)}
    assert set(found) >= {
        "without the policy",
        "permit instead of forbid",
        "without && context.a",
        "not context.a",
        '(context.b) == "x" without its !',
        '!= instead of == in (context.b) == "x"',
        "containsAny instead of (context.c).containsAll(context.d)",
        "without unless { (context.c).containsAll(context.d) }",
        "when instead of unless { (context.c).containsAll(context.d) }",
    }
    for each in found.values():
        if each is not None:
            cedarpy.PolicySet.from_str(written({"one": each}))
            assert each != policy
    assert shown({"Var": "context"}) == "context"


FIELDS = {
    action: sorted(
        {
            name
            for case in KNOWN
            if case.action == action
            for name, value in case.context.items()
            if isinstance(value, str)
        }
    )
    for action in sorted({case.action for case in KNOWN})
}


@st.composite
def lower_layers(draw: st.DrawFn) -> str:
    """A lower layer: forbids with any conditions over what the actions have."""
    made = []
    for number in range(draw(st.integers(1, 4))):
        action = draw(st.sampled_from(sorted(FIELDS)))
        tests = []
        for _ in range(draw(st.integers(0, 3))):
            field = draw(st.sampled_from(FIELDS[action]))
            known = sorted({str(c.context[field]) for c in KNOWN if c.action == action})
            value = draw(st.sampled_from(known) | st.text("abc-.*/:", max_size=6))
            # An attribute that is not there makes the policy fail on the request.
            side = draw(st.sampled_from([f"context.{field}", "principal.region", "context.gone"]))
            tests.append(f"({side} {draw(st.sampled_from(['==', '!=']))} {json.dumps(value)})")
        joined = draw(st.sampled_from([" && ", " || "])).join(tests) or "true"
        scope = draw(st.sampled_from([f'action == Studio::Action::"{action}"', "action"]))
        made.append(
            f'@id("l{number}") @control("team/x") @message("no") forbid (principal, {scope}, '
            f"resource) {draw(st.sampled_from(['when', 'unless']))} {{ {joined} }};"
        )
    return "\n".join(made)


@settings(max_examples=60, deadline=None)
@given(text=lower_layers())
def test_a_lower_layer_only_tightens(text: str) -> None:
    """No layer that can be read turns a denial of the estate's policies into an allowance."""
    layer = Layer("lower", text, permits=False)
    for case in KNOWN:
        fact = Fact(action=Action(case.action), address="aws_example.case", context=case.context)
        above = decide(case.place, [fact], [estate_layer()])
        both = decide(case.place, [fact], [estate_layer(), layer])
        assert both[: len(above)] == above


@settings(max_examples=20, deadline=None)
@given(text=lower_layers(), at=st.integers(0, 4))
def test_a_lower_layer_that_permits_is_refused(text: str, at: int) -> None:
    """One permit among forbids is enough to refuse the layer."""
    lines = text.splitlines()
    lines.insert(at, '@id("open") permit (principal, action, resource);')
    with pytest.raises(StudioError, match="the layer lower permits something; found open"):
        Layer("lower", "\n".join(lines), permits=False)


def test_every_fact_of_the_example_estate_is_of_the_schema(tmp_path: Path) -> None:
    """What the facts say and what the policies may speak of are the same."""
    done = subprocess.run(
        [sys.executable, "-m", "agent_studio.stacks"],
        cwd=ROOT,
        env={**os.environ, "CDKTF_OUTDIR": str(tmp_path), "STUDIO_ESTATE": "regions.yaml"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    estate = load_estate(ROOT / "regions.yaml")
    schema = cedarpy.Schema.from_str((ROOT / "policies/cedar/schema.cedarschema").read_text())
    actions = set()
    for path in tmp_path.glob("stacks/*/cdk.tf.json"):
        place = place_of(estate, path.parent.name)
        assert place is not None
        facts = facts_of(Resources.of(Synthesized.read(path), None), place)
        decidable = [fact for fact in facts if not fact.unknown]
        actions |= {fact.action for fact in decidable}
        answers = cedarpy.is_authorized_batch(
            [
                {
                    "principal": {"type": "Studio::Stack", "id": place.stack},
                    "action": {"type": "Studio::Action", "id": fact.action.value},
                    "resource": {"type": "Studio::Resource", "id": fact.address},
                    "context": dict(fact.context),
                }
                for fact in decidable
            ],
            "permit(principal, action, resource);",
            [place.as_entity()],
            schema,
        )
        odd = [
            (fact.address, fact.action.value, answer.diagnostics.errors)
            for fact, answer in zip(decidable, answers, strict=True)
            if not answer.allowed
        ]
        assert odd == []
    assert actions >= {Action.PROVISION, Action.STORE, Action.GRANT, Action.CONNECT, Action.INFER}
