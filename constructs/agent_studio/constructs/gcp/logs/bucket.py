"""A log bucket in the region, and what flows into it."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.logging_project_bucket_config import (
    LoggingProjectBucketConfig,
    LoggingProjectBucketConfigCmekSettings,
)
from cdktf_cdktf_provider_google.logging_project_sink import LoggingProjectSink
from constructs import Construct

from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names


class LogBucket(Construct):
    """An encrypted log bucket in the stack's region, fed by a sink of its own.

    A sink to a log bucket of its own project writes without an identity (Cloud Logging, "Route
    logs to supported destinations").

    Args:
        scope: the pipeline.
        id_: the id within the pipeline.
        place: the stack's place.
        purpose: what its name is made of.
        key_id: the key.
        days: how long entries are kept: 1 to 3650.
        entries: the filter of what flows into it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        purpose: str,
        key_id: str,
        days: int,
        entries: str,
    ) -> None:
        super().__init__(scope, id_)
        bucket = LoggingProjectBucketConfig(
            self,
            "bucket",
            project=place.account_id,
            location=place.region,
            bucket_id=names.log_bucket(place, purpose),
            description=f"{purpose} of {place.stack}",
            retention_days=min(days, MOST_DAYS),
            cmek_settings=LoggingProjectBucketConfigCmekSettings(kms_key_name=key_id),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.feed = LoggingProjectSink(
            self,
            "feed",
            name=names.log_bucket(place, purpose),
            description=f"{purpose} of {place.stack}",
            destination=f"logging.googleapis.com/{names.log_bucket_id(place, purpose)}",
            filter=entries,
            unique_writer_identity=True,
            depends_on=[bucket],
        )
        """What leads entries into it; what logs into it alone waits for this."""


MOST_DAYS = 3650
"""The longest that a log bucket keeps entries (Cloud Logging, "Quotas and limits")."""
