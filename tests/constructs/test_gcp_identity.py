"""What a Google Cloud runtime's identity may do, read off the synthesized stack."""

import json

from support.gcp_cells import COLLECTOR, TALKER, account_of, bindings, runtime, stack, synthesized

FORBIDDEN = ("roles/owner", "roles/editor", "roles/viewer", "admin")


def test_no_identity_has_a_key() -> None:
    """No stack makes a key of a service account."""
    assert stack().of("google_service_account_key") == {}
    assert stack().of("google_storage_hmac_key") == {}


def test_nobody_takes_on_a_runtimes_account() -> None:
    """Terraform may attach an account to its service; a caller's token is for Pub/Sub alone."""
    attach, token = "roles/iam.serviceAccountUser", "roles/iam.serviceAccountOpenIdTokenCreator"
    policies = stack().of("google_service_account_iam_policy")
    assert len(policies) == 6
    for path, each in policies.items():
        found = bindings(each["policy_data"])
        (terraform,) = found.pop(attach)
        assert terraform.startswith("serviceAccount:acme-studio-apply-")
        if path.endswith("/caller-access"):
            (who,) = found.pop(token)
            assert who.endswith("@gcp-sa-pubsub.iam.gserviceaccount.com")
        assert found == {}


def test_a_service_waits_for_the_leave_to_run_as_its_account() -> None:
    """Service and push subscription are made once Terraform may attach their accounts."""
    service = stack().at("google_cloud_run_v2_service", "runtime-analyst/service")
    push = stack().at("google_pubsub_subscription", "runtime-analyst/work/subscription")
    policy = "google_service_account_iam_policy"
    (first,) = service["depends_on"]
    assert first.startswith(f"{policy}.identity-analyst_access_")
    (first,) = push["depends_on"]
    assert first.startswith(f"{policy}.runtime-analyst_caller-access_")


def test_roles_stand_on_resources_but_for_calling_models() -> None:
    """The one role on the project holds one permission, for runtimes that declare models."""
    (grant,) = stack().of("google_project_iam_member").values()
    assert grant["member"].startswith(account_of("identity-analyst_account_"))
    (role,) = stack().of("google_project_iam_custom_role").values()
    assert role["permissions"] == ["aiplatform.endpoints.predict"]
    silent = synthesized(COLLECTOR, TALKER)
    for kind in ("google_project_iam_member", "google_project_iam_binding"):
        assert silent.of(kind) == {}


def test_models_of_other_clouds_give_no_permission() -> None:
    """A runtime that declares Bedrock's models alone gets nothing on Vertex AI."""
    other = synthesized(runtime(models=("bedrock/amazon.nova-pro",)))
    assert other.of("google_project_iam_member") == {}


def test_no_policy_gives_a_basic_or_administrative_role() -> None:
    """No role of any policy in the stack administers anything or is a basic one."""
    seen = 0
    for kind in stack().document["resource"]:
        for path, each in stack().of(kind).items():
            for binding in json.loads(each.get("policy_data", "{}")).get("bindings", []):
                seen += 1
                role = binding["role"].lower()
                assert not role.endswith(FORBIDDEN), f"{path}: {role}"
                for member in binding["members"]:
                    assert not member.startswith(("allUsers", "allAuthenticatedUsers", "domain:"))
    assert seen > 30
