"""Who did what in a project, kept where its guardrails lie."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.kms_crypto_key import KmsCryptoKey
from cdktf_cdktf_provider_google.kms_crypto_key_iam_policy import KmsCryptoKeyIamPolicy
from cdktf_cdktf_provider_google.kms_key_ring import KmsKeyRing
from cdktf_cdktf_provider_google.logging_project_exclusion import LoggingProjectExclusion
from cdktf_cdktf_provider_google.project_iam_audit_config import (
    ProjectIamAuditConfig,
    ProjectIamAuditConfigAuditLogConfig,
)
from constructs import Construct

from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.access import Access
from agent_studio.constructs.gcp.keys.key import DELETION_WINDOW_SECONDS, ROTATION_SECONDS, USE
from agent_studio.constructs.gcp.labels import labels
from agent_studio.constructs.gcp.logs.bucket import LogBucket
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

RETENTION_DAYS = 3650
"""Days that audit logs are kept: the longest that a log bucket keeps entries."""

LOG_TYPES = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
"""What is logged besides changes, which always are (Cloud Logging, "Cloud Audit Logs overview")."""

ENTRIES = 'log_id("cloudaudit.googleapis.com/activity") OR ' + " OR ".join(
    f'log_id("cloudaudit.googleapis.com/{each}")'
    for each in ("data_access", "policy", "system_event")
)
"""Every audit log."""

OPTIONAL = 'log_id("cloudaudit.googleapis.com/data_access") OR ' + (
    'log_id("cloudaudit.googleapis.com/policy")'
)
"""The audit logs that `_Default` would keep; the others lie in `_Required` whatever one sets."""


class ProjectTrail(Construct):
    """Every audit log of the project, in the region of its guardrails.

    Guarantee: every service logs who read and who wrote, nobody exempted. All audit logs are kept
    ten years in a log bucket in the guardrails' region, under a key of its own, which no plan
    destroys. Google's own copy of the administrators' changes, the bucket `_Required`, lies where
    the organization's settings put it; that of data accesses is not made.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope) -> None:
        super().__init__(scope, id_)
        ring = KmsKeyRing(
            self,
            "ring",
            name=names.key_ring(place),
            location=place.region,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        key = KmsCryptoKey(
            self,
            "key",
            name=names.key("audit"),
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{ROTATION_SECONDS}s",
            destroy_scheduled_duration=f"{DELETION_WINDOW_SECONDS}s",
            labels=labels("audit"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        access = Access()
        access.grant(USE, [service_agents.logging_agent(self, place)])
        usable = KmsCryptoKeyIamPolicy(
            self, "key-access", crypto_key_id=key.id, policy_data=access.document()
        )
        LogBucket(
            self,
            "trail",
            place=place,
            purpose="trail",
            key_id=usable.crypto_key_id,
            days=RETENTION_DAYS,
            entries=ENTRIES,
        )
        LoggingProjectExclusion(
            self,
            "not-elsewhere",
            name=names.log_bucket(place, "not-elsewhere"),
            description="Kept in the project's trail",
            filter=OPTIONAL,
        )
        ProjectIamAuditConfig(
            self,
            "reads-and-writes",
            project=place.account_id,
            service="allServices",
            audit_log_config=[
                ProjectIamAuditConfigAuditLogConfig(log_type=each) for each in LOG_TYPES
            ],
        )
