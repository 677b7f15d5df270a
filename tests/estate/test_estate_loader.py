"""Loading an estate file."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from textwrap import dedent

import pytest

from agent_studio.estate.errors import ExitCode
from agent_studio.estate.loader import load_estate, load_text
from agent_studio.estate.model import Estate, Layer, Residency
from agent_studio.estate.problems import EstateInvalid, Problem

ProblemsOf = Callable[..., tuple[Problem, ...]]


def test_every_part_is_resolved(estate: Estate) -> None:
    """Cells, accounts, classes and runtimes of the file stand in the estate, resolved."""
    assert [cell.id for cell in estate.cells] == [
        "aws-eu-west-1-payments-eu",
        "aws-eu-central-1-payments-eu",
        "gcp-europe-west3-research-de",
        "azure-eastus2-retail-us",
    ]
    cell = estate.cells[0]
    assert cell.jurisdiction == "EU"
    assert cell.vault_address == "https://vault.eu.acme.example:8200"
    assert cell.vault_endpoint == ("vault.eu.acme.example", 8200)
    assert replace(cell, vault_address="https://vault.eu.acme.example").vault_endpoint == (
        "vault.eu.acme.example",
        443,
    )
    assert replace(cell, runtimes=()).vault_endpoint is None
    assert replace(cell, vault_address=None).vault_endpoint is None
    assert cell.replicate["personal"].key == "aws/eu-central-1"
    assert [c.name for c in cell.data_classes] == ["internal", "personal", "public"]
    collector = estate.runtimes[0]
    assert (collector.cpu, collector.memory, collector.max_instances) == (1.0, 2048, 10)
    assert collector.budget is not None
    assert collector.budget.tokens_per_day == 5_000_000
    assert estate.data_classes[3].residency is Residency.REGION
    assert {a.name: a.home.key for a in estate.accounts} == {
        "platform": "aws/eu-west-1",
        "payments-eu": "aws/eu-west-1",
        "research-de": "gcp/europe-west3",
        "retail-us": "azure/eastus2",
    }


def test_stacks_stand_in_the_order_of_apply(estate: Estate) -> None:
    """The core comes first, then a guardrails stack for each account, then the cells."""
    assert [stack.layer for stack in estate.stacks] == (
        [Layer.CORE] + [Layer.GUARDRAILS] * 4 + [Layer.CELL] * 4
    )


def test_where_ci_comes_from_is_known_to_every_cell(example: str) -> None:
    """Cells make keys for the addresses of the estate's one CI; without a CI for none."""
    ci = "ci: {repository: acme/estate, environment: production, addresses: [20.0.0.0/28]}"
    estate = load_text("regions.yaml", example.replace("\nruntimes:", f"\n{ci}\n\nruntimes:", 1))
    assert {cell.ci_addresses for cell in estate.cells} == {(IPv4Network("20.0.0.0/28"),)}
    bare = load_text("regions.yaml", example)
    assert {cell.ci_addresses for cell in bare.cells} == {()}


def test_the_cores_issuer_is_part_of_its_place_alone(example: str) -> None:
    """What cells know the core by is declared with it, and names nobody else."""
    issuer = "https://00000000-0000-4000-8000-0000000000c0.tokens.sts.global.api.aws"
    text = example.replace("acme.example}", f"acme.example, issuer: {issuer}}}", 1)
    estate = load_text("regions.yaml", text)
    assert estate.core_scope.issuer == issuer
    assert estate.stacks[0].scope.issuer == issuer
    assert {stack.scope.issuer for stack in estate.stacks[1:]} == {None}
    assert load_text("regions.yaml", example).core_scope.issuer is None


def test_an_account_without_cells_is_left_out(example: str) -> None:
    """An account that is declared but used nowhere gets no stack."""
    text = example.replace(
        "accounts:\n", 'accounts:\n  spare: {cloud: aws, id: "999999999999", owner: a}\n'
    )
    assert "spare" not in {a.name for a in load_text("regions.yaml", text).accounts}


def test_the_repositorys_own_estate_is_valid() -> None:
    """The `regions.yaml` of the repository loads."""
    assert load_estate(Path(__file__).parents[2] / "regions.yaml").cells


def test_a_problem_is_one_line_with_place_value_allowed_and_fix(problems_of: ProblemsOf) -> None:
    """The line of a problem names file, line, column, path, value, what is allowed, and the fix."""
    [problem] = problems_of(("    egress:", "    egres:"))
    assert problem.text("regions.yaml") == (
        "regions.yaml:25:5: runtimes.collector.egres: unknown key; found `egres`; allowed: budget, "
        "cpu, data_classes, egress, max_instances, memory, models; fix: did you mean `egress`?"
    )


def test_all_problems_are_listed_at_once_in_the_order_of_lines(problems_of: ProblemsOf) -> None:
    """Mistakes of form and of meaning, also within one entry, are all in one answer."""
    problems = problems_of(
        ("studio: acme", "studio: Acme"),
        ("    cpu: 1\n", "    cpu: lots\n"),
        ("[public, internal]", "[public, internl]"),
        ("api.github.com", "https://api.github.com"),
        ("10.16.0.0/20, runtimes: [collector,", "10.16.0.0/33, runtimes: [colector,"),
        ("azure/eastus2", "azure/eastus9"),
    )
    assert [p.path for p in problems] == [
        "studio",
        "runtimes.collector.cpu",
        "runtimes.collector.data_classes[1]",
        "runtimes.collector.egress[0]",
        "regions.aws/eu-west-1.payments-eu.network",
        "regions.aws/eu-west-1.payments-eu.runtimes[0]",
        "regions.azure/eastus9",
    ]
    assert [p.line for p in problems] == sorted(p.line for p in problems)
    assert all(p.fix and p.allowed for p in problems)


def test_a_wrong_entry_is_no_unknown_name(problems_of: ProblemsOf) -> None:
    """Cells that use a runtime which is declared but wrong add no problems of their own."""
    [problem] = problems_of(("    memory: 2GiB", "    memory: 2GB"))
    assert problem.path == "runtimes.collector.memory"
    assert problem.allowed == "an amount such as 512MiB or 2GiB"


def test_an_unquoted_account_id_is_asked_in_quotes(problems_of: ProblemsOf) -> None:
    """Digits without quotes are a number, which would lose leading zeros."""
    [problem] = problems_of(('"222222222222"', "022222222222"))
    assert problem.found == "`022222222222`"
    assert problem.fix == 'put it in quotes: "022222222222"'


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("version: 1", "version: true", "version"),
        ("version: 1", "version: 2", "version"),
        ("    cpu: 1\n", "    cpu: true\n", "runtimes.collector.cpu"),
        ("max_instances: 10", "max_instances: 1.5", "runtimes.collector.max_instances"),
        ("max_instances: 10", "max_instances: .inf", "runtimes.collector.max_instances"),
        ("usd_per_day: 50", "usd_per_day: .nan", "runtimes.collector.budget.usd_per_day"),
        (
            "max_instances: 10",
            f"max_instances: {'9' * 5000}",
            "runtimes.collector.max_instances",
        ),
        (
            "data_classes: [public, internal]",
            "data_classes: public",
            "runtimes.collector.data_classes",
        ),
        ("data_classes: [public, internal]", "data_classes: []", "runtimes.collector.data_classes"),
        ("residency: anywhere", "residency: everywhere", "data_classes.public.residency"),
        ("cloud: gcp", "cloud: google", "accounts.research-de.cloud"),
        ("10.16.0.0/20", "5", "regions.aws/eu-west-1.payments-eu.network"),
        ("10.16.0.0/20", "10.16.1.0/20", "regions.aws/eu-west-1.payments-eu.network"),
        ("  research-de: {cloud", "  Research: {cloud", "accounts.Research"),
        ("isolation: namespace", "isolation: space", "vault.isolation"),
    ],
)
def test_values_of_a_wrong_form_are_named(
    problems_of: ProblemsOf, old: str, new: str, path: str
) -> None:
    """A value of the wrong kind, range or form is a problem at its own place."""
    found = [p for p in problems_of((old, new)) if p.path == path]
    assert len(found) == 1
    assert found[0].found is not None
    assert len(found[0].found) < 80


def test_a_missing_key_is_named_at_its_parent(problems_of: ProblemsOf) -> None:
    """What is missing is told where it should stand."""
    [problem] = problems_of(("cloud: gcp,   id: acme-research-de, ", "cloud: gcp, "))
    assert (problem.path, problem.line, problem.column) == ("accounts.research-de.id", 41, 3)
    assert problem.fix == "add `id:`"


def test_an_invalid_estate_ends_with_its_own_exit_code(tmp_path: Path) -> None:
    """The error carries exit code 5 and a line for each problem."""
    file = tmp_path / "regions.yaml"
    file.write_text("version: 3\n")
    with pytest.raises(EstateInvalid) as caught:
        load_estate(file)
    assert caught.value.exit_code is ExitCode.INVALID
    assert len(caught.value.lines) == len(caught.value.problems) == 8
    assert all(
        line.startswith(f"{file}:1:1: ") or f"{file}:1:10" in line for line in caught.value.lines
    )


def test_the_error_crosses_to_another_process(problems_of: ProblemsOf) -> None:
    """A worker's error arrives whole where the work was asked for."""
    error = EstateInvalid("regions.yaml", problems_of(("    egress:", "    egres:")))
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (copy.lines, copy.exit_code) == (error.lines, ExitCode.INVALID)


def test_aliases_are_read(example: str) -> None:
    """Anchors and aliases stand for the values that they name."""
    text = example.replace("[internal, personal]", "&both [internal, personal]")
    text = text.replace("data_classes: [restricted]", "data_classes: *both")
    keeper = load_text("regions.yaml", text).runtimes[2]
    assert [c.name for c in keeper.data_classes] == ["internal", "personal"]


def test_crlf_and_byte_order_mark_are_read(tmp_path: Path, example: str) -> None:
    """A file from Windows loads, and its problems keep their places."""
    file = tmp_path / "regions.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + example.replace("\n", "\r\n").encode())
    assert len(load_estate(file).cells) == 4
    file.write_bytes(file.read_bytes().replace(b"egress:", b"egres:"))
    with pytest.raises(EstateInvalid) as caught:
        load_estate(file)
    assert [(p.line, p.column) for p in caught.value.problems] == [(25, 5)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "the key stands twice; found `a` again, first on line 1"),
        ("a:\n\t- b\n", "indent with spaces, never with tabs"),
        ("a: [b\n", "this is no YAML"),
        ("a: *b\n", "an alias of an anchor that is not declared above"),
        ("a: &x [*x]\n", "an alias of an anchor that is not declared above"),
        ("a: !!python/object/apply:os.system [ls]\n", "a tag; found"),
        ("<<: {a: b}\n", "merge keys are not read"),
        ("--- \na: b\n---\nc: d\n", "a second document starts here"),
        ("? [a, b]\n: c\n", "a key that is no plain word"),
        ('a: "\\ud800"\n', "an escape that stands for no character"),
        ("- a\n- b\n", "the file declares no estate; found a list"),
        ("", "the file declares no estate; found an empty file"),
        ("# only a comment\n", "the file declares no estate; found an empty file"),
        ("just words\n", "the file declares no estate; found `just words`"),
        ("a: {" * 40, "too deeply nested"),
        ("[" * 100_000, "too deeply nested"),
    ],
)
def test_text_that_is_no_estate_is_told_so(text: str, message: str) -> None:
    """Broken or hostile YAML gets one clear answer."""
    with pytest.raises(EstateInvalid) as caught:
        load_text("regions.yaml", text)
    assert message in "\n".join(caught.value.lines)


def test_an_alias_bomb_is_stopped_before_it_is_expanded() -> None:
    """Nested aliases that would unfold to a billion values are refused at once."""
    lines = ['a0: &a0 ["lol","lol","lol","lol","lol","lol","lol","lol","lol"]']
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    with pytest.raises(EstateInvalid, match="the file holds too much"):
        load_text("regions.yaml", "\n".join(lines))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"version: \x00\n", "a character that may not stand in an estate file; found U+0000"),
        (b"version: 1\nstudio: \xff\n", ":2:9: the file is not UTF-8 text; found byte 0xff"),
        ("version: 1\n".encode("utf-16"), "the file is not UTF-8 text"),
        (b"a: b\x1b[31m\n", "U+001B"),
        (b"#" * (1024 * 1024 + 1), "the file is too large"),
    ],
)
def test_bytes_that_are_no_text_are_told_so(tmp_path: Path, data: bytes, message: str) -> None:
    """Binary, wrongly encoded and oversized files are refused before they are parsed."""
    file = tmp_path / "regions.yaml"
    file.write_bytes(data)
    with pytest.raises(EstateInvalid) as caught:
        load_estate(file)
    assert message in "\n".join(caught.value.lines)


def test_no_file_a_folder_and_a_strange_name_are_told_so(tmp_path: Path) -> None:
    """A path that leads to no readable file is a problem, not a crash."""
    for path, message in (
        (tmp_path / "none.yaml", "there is no such file"),
        (tmp_path, "this is no file; found a directory"),
        (Path("/dev/zero"), "this is no file; found a special file"),
        (Path("a\x00b"), "the file can't be read"),
    ):
        with pytest.raises(EstateInvalid, match=message):
            load_estate(path)


def test_a_file_of_ten_thousand_lines_is_answered_in_seconds() -> None:
    """A file near the largest size is checked within bounds, and its problems are all told."""
    cells = "".join(
        f"  aws/eu-west-1:\n    a{i}: {{network: 10.0.0.0/24, runtimes: [x]}}\n" for i in range(50)
    )
    text = dedent("version: 1\nstudio: acme\nregions:\n") + cells
    with pytest.raises(EstateInvalid) as caught:
        load_text("regions.yaml", text)
    assert len(caught.value.problems) == 49  # each repeated region key
