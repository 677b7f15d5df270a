"""A Google Cloud project's guardrails, as their stack holds them."""

from typing import Any

import pytest
from support.gcp_cells import CI, PROJECT, account_of, bindings, guardrails

PRODUCTION = "repo:acme/estate:environment:production"
PULL_REQUEST = "repo:acme/estate:pull_request"


def rules(constraint: str) -> list[dict[str, Any]]:
    """The rules of one organization policy."""
    policy = guardrails().at("google_org_policy_policy", f"policies/{constraint}")
    assert policy["parent"] == f"projects/{PROJECT}"
    assert policy["name"] == f"projects/{PROJECT}/policies/{constraint}"
    found: list[dict[str, Any]] = policy["spec"]["rules"]
    return found


def test_new_resources_lie_in_open_regions() -> None:
    """The locations that a project takes are the open regions, and none is inherited."""
    allowed = ["in:europe-west3-locations", "in:europe-west4-locations"]
    assert rules("gcp.resourceLocations") == [{"values": {"allowed_values": allowed}}]
    policy = guardrails().at("google_org_policy_policy", "policies/gcp.resourceLocations")
    assert policy["spec"]["inherit_from_parent"] is False


@pytest.mark.parametrize(
    "constraint",
    [
        "compute.skipDefaultNetworkCreation",
        "iam.automaticIamGrantsForDefaultServiceAccounts",
        "iam.disableServiceAccountKeyCreation",
        "iam.disableServiceAccountKeyUpload",
        "storage.publicAccessPrevention",
        "storage.uniformBucketLevelAccess",
    ],
)
def test_a_prohibition_is_on(constraint: str) -> None:
    """Keys, public buckets, access lists, default networks and default roles are forbidden."""
    assert rules(constraint) == [{"enforce": "TRUE"}]


def test_nothing_gets_an_address_and_services_stay_inside() -> None:
    """No machine has an external address; Cloud Run is internal, in and out."""
    assert rules("compute.vmExternalIpAccess") == [{"deny_all": "TRUE"}]
    assert rules("run.allowedIngress") == [{"values": {"allowed_values": ["internal"]}}]
    assert rules("run.allowedVPCEgress") == [{"values": {"allowed_values": ["all-traffic"]}}]


def test_only_images_of_the_projects_own_registries_run() -> None:
    """Everything else is refused, and the refusal is logged."""
    policy = guardrails().at("google_binary_authorization_policy", "images/policy")
    assert policy["default_admission_rule"] == {
        "evaluation_mode": "ALWAYS_DENY",
        "enforcement_mode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
    }
    assert [each["name_pattern"] for each in policy["admission_whitelist_patterns"]] == [
        f"{region}-docker.pkg.dev/{PROJECT}/**" for region in ("europe-west3", "europe-west4")
    ]


def test_audit_logs_lie_in_the_region_and_nobody_is_exempt() -> None:
    """Reads and writes of every service are logged into a bucket under its own key."""
    (config,) = guardrails().of("google_project_iam_audit_config").values()
    assert config["service"] == "allServices"
    assert config["audit_log_config"] == [
        {"log_type": each} for each in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
    ]
    bucket = guardrails().at("google_logging_project_bucket_config", "trail/trail/bucket")
    assert bucket["location"] == "europe-west3"
    assert bucket["retention_days"] == 3650
    assert "trail_key-access" in bucket["cmek_settings"]["kms_key_name"]
    (left_out,) = guardrails().of("google_logging_project_exclusion").values()
    assert 'log_id("cloudaudit.googleapis.com/data_access")' in left_out["filter"]


def test_ci_tokens_are_compared_as_whole_strings() -> None:
    """Only the one repository's pull requests may plan, only its environment's jobs may apply."""
    issuer = guardrails().at("google_iam_workload_identity_pool_provider", "ci/issuer")
    assert issuer["attribute_condition"] == (
        f"assertion.sub == '{PULL_REQUEST}' || assertion.sub == '{PRODUCTION}'"
    )
    assert issuer["oidc"] == {
        "issuer_uri": "https://token.actions.githubusercontent.com",
        "allowed_audiences": [CI.audience],
    }

    def subjects(purpose: str) -> set[str]:
        path = f"ci/{purpose}-access"
        policy = guardrails().at("google_service_account_iam_policy", path)["policy_data"]
        found = bindings(policy)
        assert set(found) == {"roles/iam.workloadIdentityUser"}
        return {each.partition("/subject/")[2] for each in found["roles/iam.workloadIdentityUser"]}

    assert subjects("ci-plan") == {PULL_REQUEST, PRODUCTION}
    assert subjects("ci-apply") == {PRODUCTION}


def test_the_planning_identity_of_ci_acts_as_the_plan_account_alone() -> None:
    """It can take on no account that changes anything."""
    grants = guardrails().of("google_service_account_iam_member")
    targets = {"ci-plan": ["plan"], "ci-apply": ["plan", "apply", "state"]}
    assert set(grants) == {
        f"ci/{purpose}-as-{target}" for purpose, each in targets.items() for target in each
    }
    for path, each in grants.items():
        target = path.rpartition("-")[2]
        account = f"projects/{PROJECT}/serviceAccounts/acme-studio-{target}-"
        assert each["service_account_id"].startswith(account)
        assert each["role"] == "roles/iam.serviceAccountTokenCreator"
        purpose = path.removeprefix("ci/").partition("-as-")[0]
        assert each["member"].startswith(account_of(f"ci_{purpose}_"))


def test_without_a_ci_no_project_trusts_one() -> None:
    """Deny by default: an estate that names no CI gets no pool and no identity for one."""
    bare = guardrails(with_ci=False)
    for kind in (
        "google_iam_workload_identity_pool",
        "google_service_account",
        "google_service_account_iam_member",
    ):
        assert bare.of(kind) == {}


def test_the_budget_counts_the_one_project() -> None:
    """The budget is the declared amount to the cent, a month, for this project alone."""
    budget = guardrails().at("google_billing_budget", "budget/budget")
    assert budget["amount"]["specified_amount"] == {
        "currency_code": "USD",
        "units": "4000",
        "nanos": 500_000_000,
    }
    assert budget["budget_filter"]["calendar_period"] == "MONTH"
    assert budget["budget_filter"]["projects"] == ["projects/${data.google_project.project.number}"]
    assert len(budget["threshold_rules"]) == 3
    assert guardrails(budget=None).of("google_billing_budget") == {}


def test_every_service_is_on_before_it_is_used() -> None:
    """What guards the project is made after the services, which a plan never turns off."""
    services = guardrails().of("google_project_service")
    assert all(each["disable_on_destroy"] is False for each in services.values())
    assert {"run.googleapis.com", "cloudkms.googleapis.com"} <= {
        each["service"] for each in services.values()
    }
    policy = guardrails().at("google_org_policy_policy", "policies/gcp.resourceLocations")
    assert len(policy["depends_on"]) == len(services)
    assert all(each.startswith("google_project_service.services_") for each in policy["depends_on"])
