"""Every known way to break the core on Azure, or a cell's trust in it, is denied, and why."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from policies.breaches.cases import cases, denied, standing_cases
from policies.breaches.cell import Cell
from policies.breaches.judging import judged
from policies.breaches_azure.cell import Breach
from policies.breaches_azure.core import CORE_BREACHES, AzureCore
from support.azure_core import (
    ABROAD,
    AUDIENCE,
    AWS_GUARDRAILS,
    CELL,
    ISSUER,
    ON_AWS,
    ON_GOOGLE,
    SUBJECTS,
    TENANT,
    plans,
)
from support.estates import synthesized_estate

from agent_studio.policies import Stage

EACH = 8
"""Every so many of the ways are tried each time, all of them in the slow tests."""

CASES = cases(CORE_BREACHES, each=EACH)
STANDING = standing_cases(one for one in CORE_BREACHES if Stage.PLAN in one.stages)


@pytest.mark.parametrize(("breach", "stage"), CASES)
def test_a_breach_is_denied(breach: Breach, stage: Stage, tmp_path: Path) -> None:
    """The gate denies the broken core with a control that is about the breach."""
    denied(breach, breach.of.example(), stage, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("breach", STANDING)
def test_a_breach_of_what_stands_is_denied(breach: Breach, tmp_path: Path) -> None:
    """The same, where the core stands already, so that the plan knows what Azure made up."""
    denied(breach, breach.of.standing(), Stage.PLAN, tmp_path)


@pytest.mark.parametrize("stage", list(Stage))
def test_the_unbroken_core_is_allowed(stage: Stage, tmp_path: Path) -> None:
    """What the breaches start from has no finding: nothing else can be why one is denied."""
    assert judged(AzureCore.example(), stage, tmp_path).findings == ()


def test_the_second_plan_is_empty_and_allowed(tmp_path: Path) -> None:
    """Once the core stands, nothing is left to do, and what Azure made up breaks nothing."""
    actions = {
        tuple(each["change"]["actions"]) for each in json.loads(plans()[1])["resource_changes"]
    }
    assert actions == {("no-op",)}
    assert judged(AzureCore.standing(), Stage.PLAN, tmp_path).findings == ()


@pytest.mark.parametrize("start", ["example", "standing"])
def test_the_edit_itself_breaks_nothing(start: str, tmp_path: Path) -> None:
    """Each argument that is planned anew as it was leaves the core allowed."""
    core = getattr(AzureCore, start)()
    core.again()
    assert judged(core, Stage.PLAN, tmp_path).findings == ()


OTHER = "99999999-9999-4999-8999-999999999999"
"""A tenant, or an identity of the core's own tenant, that is not the core's."""


def abroad(name: str, type_: str, part: str, change: Callable[[dict[str, Any]], object]) -> Cell:
    """A stack of an estate whose core lies on Azure, with one resource changed."""
    document = copy.deepcopy(synthesized_estate(ABROAD)[name].document)
    (body,) = (each for key, each in document["resource"][type_].items() if key.startswith(part))
    change(body)
    found = Cell(stack=document, plan={}, estate=ABROAD)
    found.NAME = name  # type: ignore[misc]
    return found


def controls(stack: Cell, folder: Path) -> set[str]:
    """What the gate objects to."""
    found = judged(stack, Stage.STATIC, folder).findings
    return {each.control for each in found if each.blocks}


@pytest.mark.parametrize("name", [CELL, ON_AWS, AWS_GUARDRAILS, ON_GOOGLE])
def test_what_trusts_such_a_core_is_allowed(name: str, tmp_path: Path) -> None:
    """Cells on all three clouds, and what an account on AWS needs for it."""
    document = copy.deepcopy(synthesized_estate(ABROAD)[name].document)
    stack = Cell(stack=document, plan={}, estate=ABROAD)
    stack.NAME = name  # type: ignore[misc]
    assert judged(stack, Stage.STATIC, tmp_path).findings == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sub", None),
        ("sub", [OTHER]),
        ("sub", ["*"]),
        ("sub", [SUBJECTS["mailbox"], OTHER]),
        ("aud", None),
        ("aud", [f"api://{TENANT}/others"]),
        ("aud", [AUDIENCE, "https://management.azure.com/"]),
    ],
)
def test_another_door_into_a_cell_on_aws_is_denied(
    key: str, value: list[str] | None, tmp_path: Path
) -> None:
    """Another identity of the tenant, or a token for something else, opens no door."""

    def change(role: dict[str, Any]) -> None:
        trust = json.loads(role["assume_role_policy"])
        held = trust["Statement"][0]["Condition"]["StringEquals"]
        held.pop(f"{ISSUER}:{key}")
        if value is not None:
            held[f"{ISSUER}:{key}"] = value
        role["assume_role_policy"] = json.dumps(trust)

    broken = abroad(ON_AWS, "aws_iam_role", "mailbox_door", change)
    assert "studio/identity-trust" in controls(broken, tmp_path)


def test_another_tenants_door_into_a_cell_on_aws_is_denied(tmp_path: Path) -> None:
    """A provider of another tenant knows the core's identities by no id."""

    def change(role: dict[str, Any]) -> None:
        role["assume_role_policy"] = role["assume_role_policy"].replace(
            f"sts.windows.net/{TENANT}", f"sts.windows.net/{OTHER}"
        )

    broken = abroad(ON_AWS, "aws_iam_role", "mailbox_door", change)
    assert "studio/identity-trust" in controls(broken, tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", f"https://sts.windows.net/{OTHER}/"),
        ("client_id_list", [AUDIENCE, "https://management.azure.com/"]),
        ("client_id_list", []),
    ],
)
def test_another_provider_of_tokens_on_aws_is_denied(
    name: str, value: object, tmp_path: Path
) -> None:
    """Neither another tenant's tokens nor those for something else are taken."""
    broken = abroad(
        AWS_GUARDRAILS,
        "aws_iam_openid_connect_provider",
        "core_issuer",
        lambda body: body.update({name: value}),
    )
    assert "studio/identity-trust" in controls(broken, tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"attribute_condition": None},
        {"attribute_condition": "true"},
        {"attribute_condition": f"assertion.sub == '{OTHER}'"},
        {"attribute_condition": f"assertion.sub == '{SUBJECTS['mailbox']}' || true"},
        {"attribute_mapping": {"google.subject": f"'{SUBJECTS['mailbox']}'"}},
        {"oidc": {"issuer_uri": f"https://{ISSUER}", "allowed_audiences": ["api://others"]}},
        {"oidc": {"issuer_uri": f"https://{ISSUER}"}},
        {
            "oidc": {
                "issuer_uri": f"https://sts.windows.net/{OTHER}/",
                "allowed_audiences": [AUDIENCE],
            }
        },
    ],
)
def test_another_door_into_a_cell_on_google_cloud_is_denied(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    """Another identity, another tenant, another audience or none: nobody else comes in."""
    broken = abroad(
        ON_GOOGLE,
        "google_iam_workload_identity_pool_provider",
        "core_provider",
        lambda body: body.update(changed),
    )
    assert controls(broken, tmp_path) & {"studio/identity-trust", "studio/identity-principal"}


@pytest.mark.parametrize("part", ["mailbox_core-writes", "mailbox_core-takes", "registry_releases"])
def test_another_holder_of_the_cores_roles_in_a_cell_on_azure_is_denied(
    part: str, tmp_path: Path
) -> None:
    """The two declared identities have the core's roles, each its own, and nobody else has."""
    swapped = SUBJECTS["mailbox" if part.startswith("registry") else "release"]
    for principal in (OTHER, swapped):
        broken = abroad(
            CELL,
            "azurerm_role_assignment",
            part,
            lambda body, found=principal: body.update(principal_id=found),  # type: ignore[misc]
        )
        assert controls(broken, tmp_path) & {
            "studio/identity-principal",
            "studio/identity-privilege",
            "studio/identity-trust",
            "studio/isolation-account",
            "studio/undecided",
        }


def test_there_are_breaches_enough() -> None:
    """At least sixty ways are tried, each under a name of its own."""
    assert len(CORE_BREACHES) >= 60
    assert len({breach.name for breach in CORE_BREACHES}) == len(CORE_BREACHES)
