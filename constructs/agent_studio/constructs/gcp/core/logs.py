"""A log of one of Google's services that the core uses."""

from cdktf_cdktf_provider_google.logging_project_exclusion import LoggingProjectExclusion
from constructs import Construct

from agent_studio.constructs.gcp.keys import OPERATIONS, CellKeys
from agent_studio.constructs.gcp.logs.bucket import LogBucket
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names


class ServiceLog(Construct):
    """A log bucket in the region for what a service of Google's logs, and no other place for it.

    Guarantee: the entries lie in the region under the operations key; the project's default bucket,
    which lies in no region, keeps none of them.

    Args:
        scope: the block whose service it is.
        id_: the construct's id.
        place: the core's place.
        purpose: what its name is made of.
        keys: the core's keys.
        days: how long entries are kept.
        entries: the filter of what flows into it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        purpose: str,
        keys: CellKeys,
        days: int,
        entries: str,
    ) -> None:
        super().__init__(scope, id_)
        self.feed = LogBucket(
            self,
            "bucket",
            place=place,
            purpose=purpose,
            key_id=keys.key_id(OPERATIONS),
            days=days,
            entries=entries,
        ).feed
        """What whoever logs waits for."""
        LoggingProjectExclusion(
            self,
            "not-elsewhere",
            name=names.log_bucket(place, f"{purpose}-not-elsewhere"),
            description=f"Kept in the bucket {purpose} of {place.stack}",
            filter=entries,
        )
