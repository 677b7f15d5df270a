"""What stacks have in Vault, on every cloud and in both ways of holding cells apart."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from support import azure_core, gcp_core
from support.aws_cells import Stack
from support.estates import EXAMPLE, synthesized_estate

from agent_studio.estate import Cell, Estate
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import MadeId, inventory
from agent_studio.policies.facts.place import place_of

PREFIX = EXAMPLE.read_text("utf-8").replace("isolation: namespace", "isolation: prefix")
SILENT = "\n".join(
    line for line in EXAMPLE.read_text("utf-8").splitlines() if "    issuer: https://" not in line
)
NO_CI = "\n".join(
    line for line in EXAMPLE.read_text("utf-8").splitlines() if not line.startswith("ci:")
)
ESTATES = {
    "example": EXAMPLE.read_text("utf-8"),
    "without namespaces": PREFIX,
    "without issuers": SILENT,
    "without CI": NO_CI,
    "core on Azure": azure_core.ESTATE,
    "core on Google Cloud": gcp_core.ESTATE,
}
SHORT = ("example", "without namespaces")
IDENTITIES = {
    "aws": "arn:aws:iam::",
    "gcp": "${google_service_account.identity-collector_account",
    "azure": "${azurerm_user_assigned_identity.identity-collector_identity",
}


@cache
def estate_of(name: str) -> Estate:
    """An estate by its name here."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "regions.yaml"
        file.write_text(ESTATES[name], encoding="utf-8")
        return load_estate(file)


def stacks_of(name: str) -> dict[str, Stack]:
    """Its stacks."""
    return synthesized_estate(ESTATES[name])


def in_vault(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Type and arguments of everything that a stack has in Vault."""
    for type_, named in stack.document["resource"].items():
        if type_.startswith("vault_"):
            yield from ((type_, body) for body in named.values())


def of(stack: Stack, type_: str) -> list[dict[str, Any]]:
    """Everything of a type."""
    return [body for each, body in in_vault(stack) if each == type_]


def cell_of(name: str, cloud: str) -> tuple[Cell, Stack]:
    """The first cell of an estate on a cloud, and its stack."""
    cell = next(each for each in estate_of(name).cells if each.cloud.value == cloud)
    return cell, stacks_of(name)[cell.stack]


@pytest.mark.parametrize("name", ESTATES)
def test_stacks_make_what_the_gate_expects_and_nothing_else(name: str) -> None:
    """Two computations of the estate agree: what blocks make, and what the gate admits."""
    estate = estate_of(name)
    for ref in estate.stacks:
        place = place_of(estate, ref.name)
        assert place is not None
        wanted = place.in_vault.wanted if place.in_vault else ()
        expected = sorted(
            (each.type, each.cluster, *(str(each.arguments[key]) for key in each.key))
            for each in wanted
        )
        keys = {each.type: each.key for each in wanted}
        made = sorted(
            (
                type_,
                str(body.get("provider", "vault")).partition(".")[2],
                *(str(body.get(key)) for key in keys.get(type_, ())),
            )
            for type_, body in in_vault(stacks_of(name)[ref.name])
        )
        assert made == expected, ref.name


@pytest.mark.parametrize("name", ESTATES)
def test_drift_knows_all_that_stacks_make(name: str) -> None:
    """What drift takes for declared in a cluster is what the stacks make there, and bootstrap."""
    estate = estate_of(name)
    known: set[tuple[str, str, str]] = set()
    for jurisdiction in estate.spec.vault.clusters:
        for place in inventory(estate, jurisdiction):
            if place.place is None:
                continue
            at = place.namespace
            known |= {("vault_mount", at, each) for each in place.engines}
            known |= {("vault_jwt_auth_backend", at, each) for each in place.methods}
            known |= {("vault_policy", at, each) for each in place.policies}
            known |= {
                ("vault_jwt_auth_backend_role", at, f"{method}/{role}")
                for method, roles in place.methods.items()
                for role in roles
            }
            known |= {
                ("vault_transit_secret_backend_key", at, f"{place.transit}/{key}")
                for key in place.keys
            }
    made = {
        (type_, str(body.get("namespace") or ""), _named(body))
        for stack in stacks_of(name).values()
        for type_, body in in_vault(stack)
        if type_ != "vault_namespace"
    }
    assert made == known


def _named(body: dict[str, Any]) -> str:
    if "backend" in body:
        return f"{body['backend']}/{body.get('role_name') or body.get('name')}"
    return str(body.get("path") or body.get("name"))


@pytest.mark.parametrize("cloud", IDENTITIES)
@pytest.mark.parametrize("name", SHORT)
def test_a_role_lets_in_one_runtime_from_its_cells_network(name: str, cloud: str) -> None:
    """For 15 minutes and an hour at most, with one policy, in both places."""
    cell, stack = cell_of(name, cloud)
    roles = of(stack, "vault_jwt_auth_backend_role")
    assert len(roles) == 2 * len(cell.runtimes)
    for role in roles:
        assert role["token_bound_cidrs"] == [str(cell.network)]
        assert (role["token_ttl"], role["token_max_ttl"]) == (900, 3600)
        assert role["token_no_default_policy"] is True
        assert len(role["token_policies"]) == 1
        assert role["bound_audiences"] == [names.audience(cell.scope, tenant=cell.account.tenant)]
    subjects = {
        role["bound_subject"] for role in roles if role["role_name"].startswith("acme-collector-")
    }
    (subject,) = subjects
    assert subject.startswith(IDENTITIES[cloud])


@pytest.mark.parametrize("cloud", IDENTITIES)
def test_a_role_on_aws_names_account_and_region(cloud: str) -> None:
    """Each cloud's own claims, beside the subject."""
    cell, stack = cell_of("example", cloud)
    claims = of(stack, "vault_jwt_auth_backend_role")[0]["bound_claims"]
    expected = {
        "aws": {"aws_account", "source_region"},
        "gcp": {"email"},
        "azure": {"oid", "tid"},
    }[cloud]
    assert {each.rpartition("/")[2] for each in claims} == expected
    if cloud == "aws":
        assert set(claims.values()) == {cell.account.id, cell.region.name}


@pytest.mark.parametrize("cloud", IDENTITIES)
@pytest.mark.parametrize("name", SHORT)
def test_no_policy_reaches_beyond_its_runtime(name: str, cloud: str) -> None:
    """Each path is the runtime's own, and none ends in a star but that of its own secrets."""
    cell, stack = cell_of(name, cloud)
    for policy in of(stack, "vault_policy"):
        paths = json.loads(policy["policy"])["path"]
        assert "sudo" not in json.dumps(paths)
        wild = [path for path in paths if "*" in path or "+" in path]
        runtime = policy["name"].split("-")[1]
        own = names.kv_mount(names.cell(cell.scope, cell.vault_isolation))
        assert wild in ([], [f"{own}/data/runtimes/{runtime}/*"])


@pytest.mark.parametrize("name", SHORT)
def test_a_place_is_a_namespace_or_a_prefix(name: str) -> None:
    """Without namespaces everything is named below the place, and none is made."""
    for cell in estate_of(name).cells:
        stack = stacks_of(name)[cell.stack]
        own = names.cell(cell.scope, cell.vault_isolation)
        shared = names.shared(cell.studio, cell.jurisdiction, cell.vault_isolation)
        made = [each["path"] for each in of(stack, "vault_namespace")]
        assert made == ([own.label] if name == "example" else [])
        for type_, body in in_vault(stack):
            if name == "example" and type_ != "vault_namespace":
                assert body["namespace"] in (own.label, shared.label)
            elif type_ in ("vault_mount", "vault_jwt_auth_backend"):
                assert body["path"].startswith((f"{own.label}/", f"{shared.label}/"))
                assert "namespace" not in body


def test_what_holds_secrets_or_keys_is_never_destroyed_by_a_plan() -> None:
    """Namespaces, engines and keys; a key never leaves, and can't be deleted."""
    for stack in stacks_of("example").values():
        for type_, body in in_vault(stack):
            if type_ in ("vault_namespace", "vault_mount", "vault_transit_secret_backend_key"):
                assert body["lifecycle"] == {"prevent_destroy": True}
            if type_ == "vault_transit_secret_backend_key":
                for name in ("exportable", "allow_plaintext_backup", "deletion_allowed"):
                    assert body[name] is False


def test_everything_waits_for_what_it_lies_in() -> None:
    """Names are no references, so the order stands beside them; the shared place is the core's."""
    for cell in estate_of("example").cells:
        stack = stacks_of("example")[cell.stack]
        own = names.cell(cell.scope, cell.vault_isolation).label
        for type_, body in in_vault(stack):
            if type_ != "vault_namespace" and body["namespace"] == own:
                assert body["depends_on"], (cell.stack, type_)


def test_without_an_issuer_nobody_logs_in() -> None:
    """A cell on AWS has its place, engines and keys all the same; on other clouds all is there."""
    for cell in estate_of("without issuers").cells:
        stack = stacks_of("without issuers")[cell.stack]
        assert bool(of(stack, "vault_jwt_auth_backend_role")) == (cell.cloud.value != "aws")
        assert of(stack, "vault_transit_secret_backend_key")


def test_terraform_logs_in_as_the_jobs_role_where_there_is_a_ci() -> None:
    """And by nothing that stands in a stack."""
    for name, login in (
        ("example", [{"mount": "acme-ci", "role": "${var.studio_role}"}]),
        ("without CI", None),
    ):
        for stack in stacks_of(name).values():
            for provider in stack.document["provider"].get("vault", []):
                assert provider.get("auth_login_jwt") == login
                assert provider["skip_child_token"] is True
                assert set(provider) <= {"address", "alias", "auth_login_jwt", "skip_child_token"}


def test_guardrails_have_nothing_in_vault() -> None:
    """They need no cluster to be planned."""
    for name, stack in stacks_of("example").items():
        assert ("vault" in stack.document["provider"]) == (not name.startswith("guardrails-"))


@pytest.mark.parametrize("name", ["example", "core on Azure", "core on Google Cloud"])
def test_the_core_keeps_pseudonyms_keys_in_every_cluster(name: str) -> None:
    """A key for each data class in the cluster of each jurisdiction, and one key to sign with."""
    estate, stack = estate_of(name), stacks_of(name)["core"]
    clusters = {each["alias"]: each["address"] for each in stack.document["provider"]["vault"]}
    declared = estate.spec.vault.clusters
    assert clusters == {each.lower(): address for each, address in declared.items()}
    keys = of(stack, "vault_transit_secret_backend_key")
    classes = {names.class_key(each.name) for each in estate.data_classes}
    for jurisdiction in declared:
        found = {
            each["name"] for each in keys if each["provider"] == f"vault.{jurisdiction.lower()}"
        }
        home = jurisdiction == estate.core_region.jurisdiction
        assert found == classes | ({names.SIGNING_KEY} if home else set())


def test_a_new_cell_changes_nothing_in_the_core() -> None:
    """The core's part depends on clusters and data classes alone."""
    more = ESTATES["example"] + (
        "  gcp/asia-northeast2:\n    research-jp: {network: 10.16.64.0/20, runtimes: [collector]}\n"
    )
    before, after = (
        synthesized_estate(text, only="core")["core"] for text in (ESTATES["example"], more)
    )
    assert list(in_vault(before)) == list(in_vault(after))


def test_ids_that_a_cloud_makes_up_are_told_by_type() -> None:
    """The gate takes such an id from the runtime's own identity alone."""
    estate = estate_of("example")
    for cell in estate.cells:
        place = place_of(estate, cell.stack)
        assert place is not None
        assert place.in_vault is not None
        made = {
            each.arguments["bound_subject"].type
            for each in place.in_vault.wanted
            if isinstance(each.arguments.get("bound_subject"), MadeId)
        }
        expected = {
            "aws": set(),
            "gcp": {"google_service_account"},
            "azure": {"azurerm_user_assigned_identity"},
        }
        assert made == expected[cell.cloud.value]
