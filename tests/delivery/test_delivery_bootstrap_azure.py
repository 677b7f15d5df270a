"""The commands that make Azure subscriptions ready."""

import ast
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support import azure_core

from agent_studio.constructs.azure.zones import replication
from agent_studio.delivery.bootstrap import azure
from agent_studio.estate import Cloud, Estate
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import azure as names

ROOT = Path(__file__).parents[2]
STUDIO = str(Path(sys.executable).with_name("studio"))
SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
BLOCKS = ROOT / "constructs" / "agent_studio" / "constructs" / "azure"
CI = "ci: {repository: acme/estate, environment: production}\n\ndata_classes:"
SECOND = "  azure/westus:\n    retail-us: {network: 10.16.64.0/20, runtimes: [collector]}\n"
HOME = "owner: retail, home: azure/eastus2}"


@pytest.fixture
def estate_file(tmp_path: Path) -> Path:
    """An estate with CI and one subscription in a region with zones and one without."""
    text = (ROOT / "tests" / "estate" / "example.yaml").read_text(encoding="utf-8")
    text = text.replace("data_classes:", CI, 1).replace("owner: retail}", HOME, 1)
    file = tmp_path / "regions.yaml"
    file.write_text(text + SECOND, encoding="utf-8")
    return file


@pytest.fixture
def estate(estate_file: Path) -> Estate:
    """That estate, loaded."""
    return load_estate(estate_file)


def asked(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `studio bootstrap --commands azure` on an estate."""
    command = [STUDIO, "--estate", str(file), "bootstrap", "--commands", "azure", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def script(file: Path) -> str:
    """What it prints."""
    done = asked(file)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def calls(estate: Estate, *words: str) -> list[list[str]]:
    """The commands that begin with such words, each split as a shell splits it."""
    lines = [line.rpartition(" || ")[2] for line in azure.commands(estate)]
    split = [shlex.split(line) for line in lines if line.startswith("az ")]
    return [each for each in split if each[1 : len(words) + 1] == list(words)]


def option(call: list[str], name: str) -> str:
    """What a command says for one option, which it names once."""
    (found,) = [word for word in call if word.startswith(f"--{name}=")]
    return found.partition("=")[2]


def test_the_script_makes_what_the_stacks_count_on(estate: Estate) -> None:
    """Each stack's state account and container, in its own region and copied nowhere else."""
    cells = [each for each in estate.cells if each.cloud is Cloud.AZURE]
    assert {replication(each.region.name) for each in cells} == {"ZRS", "LRS"}
    accounts = calls(estate, "storage", "account", "create")
    assert len(accounts) == len(cells)
    for cell in cells:
        account = f"--name={names.state_account(cell.scope)}"
        (created,) = [each for each in accounts if account in each]
        assert f"--location={cell.region.name}" in created
        assert f"--sku=Standard_{replication(cell.region.name)}" in created
        assert "--allow-shared-key-access=false" in created
        assert "--allow-blob-public-access=false" in created
        assert "--min-tls-version=TLS1_2" in created
        container = f"--name={names.container('state')}"
        made = calls(estate, "storage", "container-rm", "create", container)
        holders = {option(each, "storage-account") for each in made}
        assert names.state_account(cell.scope) in holders
    versioned = calls(estate, "storage", "account", "blob-service-properties", "update")
    assert len(versioned) == len(cells)
    assert all("--enable-versioning=true" in each for each in versioned)


def test_every_guard_is_set_again(estate: Estate) -> None:
    """An account whose keys were let in meanwhile is closed by the next run."""
    for made, mended in zip(
        calls(estate, "storage", "account", "create"),
        calls(estate, "storage", "account", "update"),
        strict=True,
    ):
        assert set(mended[4:]) < set(made)
        assert "--allow-shared-key-access=false" in mended


def test_a_subscription_has_one_identity_for_plan_and_one_for_apply(estate: Estate) -> None:
    """They lie beside the home's guardrails, however many regions there are."""
    created = calls(estate, "identity", "create")
    assert len(created) == 2
    (own,) = {option(each, "resource-group") for each in created}
    groups = calls(estate, "group", "create")
    assert len(groups) == 3
    (group,) = [each for each in groups if option(each, "name") == own]
    assert option(group, "location") == "eastus2"


def test_apply_cannot_delete_state(estate: Estate) -> None:
    """Every group has a lock, which a contributor cannot take off."""
    groups = {option(each, "name") for each in calls(estate, "group", "create")}
    locks = calls(estate, "lock", "create")
    assert {option(each, "resource-group") for each in locks} == groups
    assert {option(each, "lock-type") for each in locks} == {"CanNotDelete"}


def test_roles_are_the_least_that_do(estate: Estate) -> None:
    """Both write state; in the subscription `plan` reads, `apply` changes; nobody is an owner."""
    found: dict[tuple[str, bool], set[str]] = {}
    for each in calls(estate, "role", "assignment", "create"):
        scope, role = option(each, "scope"), option(each, "role")
        wide = scope == f"/subscriptions/{SUBSCRIPTION}"
        found.setdefault((option(each, "assignee-object-id"), wide), set()).add(role)
        container = f"/blobServices/default/containers/{names.container('state')}"
        assert wide or scope.endswith(container)
    assert found == {
        ("$plan", False): {"Storage Blob Data Contributor"},
        ("$plan", True): {"Reader", "Key Vault Reader"},
        ("$apply", False): {"Storage Blob Data Contributor"},
        ("$apply", True): {
            "Contributor",
            "Key Vault Crypto Officer",
            "Resource Policy Contributor",
            "Role Based Access Control Administrator",
        },
    }


def test_apply_grants_what_the_stacks_grant(estate: Estate) -> None:
    """Granting and taking away are limited to those roles, and to identities."""
    (grants,) = [
        each
        for each in calls(estate, "role", "assignment", "create")
        if option(each, "role") == "Role Based Access Control Administrator"
    ]
    kind = "Microsoft.Authorization/roleAssignments"
    ids = ", ".join(sorted(azure.GRANTED.values()))
    assert option(grants, "condition") == (
        " AND ".join(
            f"((!(ActionMatches{{'{kind}/{action}'}})) OR "
            f"({source}[{kind}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{ids}}} AND "
            f"{source}[{kind}:PrincipalType] "
            "ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))"
            for action, source in (("write", "@Request"), ("delete", "@Resource"))
        )
    )


def test_every_role_that_a_block_grants_may_be_granted() -> None:
    """The table holds the roles that the blocks name, and none that they do not."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in BLOCKS.rglob("*.py")]
    constants = {
        target.id: node.value.value
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    granted = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.keyword) and node.arg in ("role", "role_definition_name"):
            match node.value:
                case ast.Constant(value=role):
                    granted.add(role)
                case ast.Name(id=name) if name.isupper() or name in constants:
                    granted.add(constants[name])
                case ast.Name(id="role"):
                    continue  # a parameter: its callers name the role
                case other:
                    pytest.fail(f"which role is {ast.unparse(other)}? name it by a constant")
    assert granted
    known = {**azure.GRANTED, **azure.CORE_GRANTED}
    missing = sorted(granted - set(known))
    assert not missing, f"add to GRANTED in {azure.__file__}, with their ids: {missing}"
    unused = sorted(set(known) - granted - set(constants.values()))
    assert not unused, f"take out of GRANTED in {azure.__file__}: {unused}"


def test_the_cores_subscription_alone_has_what_the_core_needs(tmp_path: Path) -> None:
    """Databases, and granting of signing; where cells lie, nobody can grant signing."""
    file = tmp_path / "regions.yaml"
    file.write_text(azure_core.ESTATE, encoding="utf-8")
    found = load_estate(file)
    of_core = list(azure.commands(found, ["platform"]))
    of_cell = list(azure.commands(found, ["clinics-uk"]))
    (signing,) = azure.CORE_GRANTED.values()
    for text, has in (("\n".join(of_core), True), ("\n".join(of_cell), False)):
        assert (signing in text) is has
        assert ("--namespace=Microsoft.DBforPostgreSQL" in text) is has


def test_ci_logs_in_from_its_environment_alone(estate: Estate) -> None:
    """Both identities take the protected environment's tokens; no pull request writes state."""
    trusts = calls(estate, "identity", "federated-credential", "create")
    assert len(trusts) == 2
    for each in trusts:
        assert "--issuer=https://token.actions.githubusercontent.com" in each
        assert "--subject=repo:acme/estate:environment:production" in each
        assert "--audiences=api://AzureADTokenExchange" in each


def test_without_ci_nobody_is_trusted() -> None:
    """An estate without CI gets identities that no token opens."""
    estate = load_estate(ROOT / "tests" / "estate" / "example.yaml")
    assert calls(estate, "identity", "create")
    assert not calls(estate, "identity", "federated-credential")


def test_the_script_is_one_that_a_shell_reads(estate_file: Path) -> None:
    """It has no syntax errors, and stops at the first command that fails."""
    text = script(estate_file)
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert text.startswith("set -euo pipefail\n")


def test_the_script_runs_twice(estate_file: Path, tmp_path: Path) -> None:
    """Each word reaches `az` whole; what is found is not created; the client ids come last."""
    log = tmp_path / "log"
    fake = tmp_path / "az"
    fake.write_text(
        "#!/bin/bash\n"
        f'printf "%s\\n" "$*" >>{shlex.quote(str(log))}\n'
        'case "$*" in *--query=*) echo an-id ;; *" show "*) exit "$FOUND" ;; esac\n',
        encoding="utf-8",
    )
    fake.chmod(0o755)
    made = {}
    for found in ("1", "0"):
        log.unlink(missing_ok=True)
        done = subprocess.run(
            ["bash"],
            input=script(estate_file),
            env={"PATH": f"{tmp_path}:/usr/bin:/bin", "FOUND": found},
            text=True,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == [
            "retail-us: ARM_CLIENT_ID=an-id is plan",
            "retail-us: ARM_CLIENT_ID=an-id is apply",
        ]
        called = log.read_text(encoding="utf-8").splitlines()
        made[found] = {line.partition(" --")[0] for line in called}
        assert f"--condition={azure.condition()} " in "\n".join(called)
        assert any(
            "--role=Reader" in line and "--assignee-object-id=an-id" in line for line in called
        )
    assert made["1"] - made["0"] == {"group create", "identity create", "storage account create"}


def test_a_subscription_that_is_none_is_refused(estate_file: Path) -> None:
    """An AWS account is no subscription; the line names those that are."""
    done = asked(estate_file, "--account=platform")
    assert done.returncode == 2
    assert done.stderr == (
        "error: no such subscription in the estate; found platform; allowed: retail-us\n"
    )
