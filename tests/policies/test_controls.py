"""Every check and policy has an entry in the controls, and every entry a check or a policy."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from support import azure_core, gcp_core
from support.azure_cells import runtime, synthesized
from support.estates import synthesized_estate

from agent_studio.estate.errors import StudioError
from agent_studio.policies import builtin, controls
from agent_studio.policies.controls import Controls, load_controls
from agent_studio.policies.controls_reference import COMMAND, FILE, reference
from agent_studio.policies.model import Objection, Severity

ROOT = Path(__file__).resolve().parents[2]
CEDAR = ROOT / "policies" / "cedar"
ANNOTATION = re.compile(r'@control\("([^"]*)"\)')
POLICY = re.compile(r"^\s*forbid\s*\(", re.MULTILINE)


def stack_types() -> dict[str, set[str]]:
    """The types that the example estate uses, by kind.

    Beside it stand a cell with models of Azure's, and cores on Google Cloud and Azure.
    """
    types: dict[str, set[str]] = {"resource": set(), "data": set(), "provider": set()}
    caller = synthesized(runtime(models=("azure/Standard/gpt-4.1",)))
    cores = (gcp_core.stack(), azure_core.stack())
    for stack in (*synthesized_estate().values(), caller, *cores):
        for kind, names in types.items():
            names |= set(stack.document.get(kind, {}))
    return types


def cedar_controls() -> set[str]:
    """The controls that Cedar policies name."""
    return {
        found for path in CEDAR.glob("**/*.cedar") for found in ANNOTATION.findall(path.read_text())
    }


def coded_controls() -> set[str]:
    """The controls that the gate's own code names."""
    package = ROOT / "policies" / "agent_studio" / "policies"
    return {
        found
        for path in package.glob("**/*.py")
        for found in re.findall(r'"(studio/[a-z-]+)"', path.read_text())
    }


def yaml(path: Path) -> Any:
    """A YAML file's content."""
    return YAML(typ="safe").load(path.read_text())


def test_every_check_that_applies_has_an_entry() -> None:
    """A built-in check that can report on a type of our stacks is classified by hand."""
    applicable = builtin.load().applicable(stack_types())
    entries = load_controls()
    missing = {
        id_: f"{name} ({category})"
        for id_, (name, category) in applicable.items()
        if id_ not in entries.built_in and id_ not in entries.by_id
    }
    assert missing == {}, "add these to policies/checkov/checks.yaml, each under its topic"
    assert len(applicable) > 140


def test_every_entry_of_a_built_in_check_has_its_check() -> None:
    """An entry whose check checkov does not have, or that no stack of ours can fail, is idle."""
    applicable = set(builtin.load().applicable(stack_types()))
    idle = set(load_controls().built_in) - applicable
    assert idle == set(), "remove these from policies/checkov/checks.yaml"


def test_every_check_of_the_kit_has_an_entry_and_the_same_title() -> None:
    """A custom check is called the same by checkov and by the controls."""
    titles = {check.id: check.name for check in builtin.load().custom}
    entries = load_controls().by_id
    own = {id_: entry.title for id_, entry in entries.items() if not id_.startswith("studio/")}
    assert own == titles


def test_every_cedar_policy_names_a_control_that_has_an_entry() -> None:
    """A policy that forbids names its control, and the control has an entry."""
    if not CEDAR.is_dir():
        return
    named = cedar_controls()
    assert named, "policies/cedar/ holds no policy that names a control"
    assert named - set(load_controls().by_id) == set()
    for path in CEDAR.glob("**/*.cedar"):
        text = path.read_text()
        assert len(POLICY.findall(text)) <= len(ANNOTATION.findall(text)), path.name


def test_every_control_of_the_code_has_an_entry() -> None:
    """A control that the gate's code names has an entry."""
    named = coded_controls()
    assert {"studio/data-bearing-destroyed", "studio/plan-unreadable"} <= named
    assert named - set(load_controls().by_id) == set()


def test_every_entry_has_a_policy_or_a_rule() -> None:
    """A control of the kit that nothing can object under is not a control."""
    own = {id_ for id_ in load_controls().by_id if id_.startswith("studio/")}
    named = cedar_controls() | coded_controls()
    idle = own - named
    assert idle == set(), "remove these from policies/controls.yaml, or write their policy"


def test_every_entry_is_complete_and_plain() -> None:
    """Each entry has words, a fix that is a sentence, and a framework."""
    entries = load_controls()
    for control in entries.by_id.values():
        assert control.explanation.endswith((".", ")")), control.id
        assert control.fix.endswith("."), control.id
        assert not control.title.endswith("."), control.id
        assert len(control.frameworks) >= 4, control.id
    for topic in entries.topics.values():
        assert topic.explanation.endswith(".")
        assert topic.fix.endswith(".")
        assert len(topic.frameworks) >= 4, topic.id
    titles = [control.title for control in entries.by_id.values()]
    assert len(titles) == len(set(titles)), "two controls have one title"


def test_every_topic_and_category_is_used() -> None:
    """A topic that no control and no category names is idle."""
    entries = load_controls()
    used = {control.topic for control in entries.by_id.values()}
    used |= {entry.topic.id for entry in entries.built_in.values()}
    table = yaml(ROOT / "policies" / "controls.yaml")
    used |= {body["topic"] for body in table["categories"].values()}
    assert set(entries.topics) == used


def served(entries: Controls) -> set[tuple[str, str]]:
    """Every requirement that any control names."""
    found = [control.frameworks for control in entries.by_id.values()]
    found += [entry.frameworks for entry in entries.built_in.values()]
    found += [frameworks for _, frameworks in entries.by_category.values()]
    return {(name, item) for each in found for name, items in each.items() for item in items}


def test_every_requirement_exists_and_every_one_listed_is_served() -> None:
    """Requirement numbers are those of frameworks.yaml, which lists none that nobody serves."""
    table = yaml(ROOT / "policies" / "frameworks.yaml")["frameworks"]
    listed = {(name, item) for name, body in table.items() for item in body["requirements"]}
    named = served(load_controls())
    assert named - listed == set(), "no such requirement in policies/frameworks.yaml"
    assert listed - named == set(), "no control serves these; remove them"
    for body in table.values():
        assert body["title"]
        assert body["source"].startswith("https://")


@pytest.mark.parametrize(
    ("framework", "pattern"),
    [
        ("CIS AWS", r"\d\.\d{1,2}(\.\d)?"),
        ("CIS Azure", r"\d{1,2}\.\d{1,2}(\.\d{1,2})?"),
        ("CIS Docker", r"[45]\.\d{1,2}"),
        ("ISO 27001", r"A\.(5\.([1-9]|[12]\d|3[0-7])|8\.([1-9]|[12]\d|3[0-4]))"),
        ("SOC 2", r"(CC[1-9]\.\d|A1\.[123]|C1\.[12])"),
        ("GDPR", r"Art\. ([1-9]|[1-9]\d)(\(\d\))?(\([a-f]\))?"),
        ("NIS2", r"Art\. 21\(2\)\([a-j]\)"),
        ("EU AI Act", r"Art\. \d{1,3}(\(\d\))?"),
        ("NIST AI RMF", r"(GOVERN [1-6]|MAP [1-5]|MEASURE [1-4]|MANAGE [1-4])\.\d{1,2}"),
        ("NIST 800-53", r"[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?"),
    ],
)
def test_requirement_numbers_have_the_frameworks_shape(framework: str, pattern: str) -> None:
    """A number that the framework can't have is a slip of the pen."""
    table = yaml(ROOT / "policies" / "frameworks.yaml")["frameworks"]
    for number in table[framework]["requirements"]:
        assert re.fullmatch(pattern, number), number


def test_a_finding_of_a_built_in_check_says_what_to_do() -> None:
    """Title, severity, fix and frameworks come from the entry, its topic and checkov's name."""
    control = load_controls().of(
        Objection(control="CKV_AWS_62", address="a.b", message="m", title="No *-* policies.")
    )
    assert control.severity is Severity.CRITICAL
    assert control.title == "No *-* policies"
    assert control.explanation.startswith("Each right that a role does not need")
    assert control.fix == (
        "Change the resource so that this holds: No *-* policies. Name the actions, the resources "
        "and the principals that are needed, with conditions."
    )
    assert control.frameworks["CIS AWS"] == ("1.16",)
    assert control.frameworks["GDPR"] == ("Art. 32(1)(b)",)


def test_a_check_of_one_argument_names_it() -> None:
    """Where checkov knows the argument, the fix is to set it."""
    control = load_controls().of(
        Objection(control="CKV_AWS_7", address="a.b", message="m", title="t", fix="Set `x`.")
    )
    assert control.fix == "Set `x`."
    own = load_controls().of(
        Objection(control="CKV_AWS_41", address="a.b", message="m", title="t", fix="Set `x`.")
    )
    assert own.fix.startswith("Take the key out of the provider block")


def test_the_reference_is_fresh() -> None:
    """docs/reference/controls.md is what the controls say today."""
    assert FILE.is_file(), f"run: {COMMAND}"
    assert FILE.read_text(encoding="utf-8") == reference(), f"stale; run: {COMMAND}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("topics: {t: {title: a}}\ncontrols: {}\ncategories: {}", "explanation"),
        (
            "topics: {}\ncategories: {}\ncontrols: {studio/x: {topic: gone, title: a, severity: "
            "low, explanation: a., fix: a.}}",
            "gone",
        ),
        (
            "topics: {t: {title: a, explanation: a., fix: a., frameworks: {CIS AWS: [3.10]}}}\n"
            "controls: {}\ncategories: {}",
            "the requirements [3.1] of CIS AWS are not a list of texts",
        ),
        (
            "topics: {t: {title: a, explanation: a., fix: a., frameworks: {}}}\ncategories: {}\n"
            "controls: {studio/x: {topic: t, title: a, severity: low, explanation: a., fix: a., "
            "skip: 1}}",
            "studio/x has the unknown field skip",
        ),
        (
            "topics: {t: {title: a, explanation: a., fix: a., frameworks: {}}}\ncategories: {}\n"
            "controls: {studio/x: {topic: t, title: a, severity: dire, explanation: a., fix: a.}}",
            "'dire' is not a valid Severity",
        ),
    ],
)
def test_an_entry_that_is_not_shaped_as_one_is_an_error(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip in the file stops the gate with one line that says where."""
    (tmp_path / "controls.yaml").write_text(text)
    (tmp_path / "checkov").mkdir()
    (tmp_path / "checkov" / "checks.yaml").write_text("checks: {}\n")
    monkeypatch.setattr(controls, "policy_file", lambda name: tmp_path / name)
    with pytest.raises(StudioError) as caught:
        load_controls.__wrapped__()
    assert "controls.yaml has an entry that is not shaped as one" in str(caught.value)
    assert message in str(caught.value)
