"""The core's event bus.

Source: Pub/Sub, "Cloud Storage subscriptions" (what its agent needs on the bucket; a batch becomes
an object after 1 to 10 minutes) and "Subscription properties" (retention of at most 31 days).
"""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.pubsub_subscription import (
    PubsubSubscription,
    PubsubSubscriptionCloudStorageConfig,
    PubsubSubscriptionCloudStorageConfigAvroConfig,
    PubsubSubscriptionExpirationPolicy,
    PubsubSubscriptionRetryPolicy,
)
from constructs import Construct

from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.labels import labels
from agent_studio.constructs.gcp.queue import NEVER, Topic
from agent_studio.constructs.gcp.store import AccessLogs
from agent_studio.constructs.gcp.store.bucket import Bucket
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

ARCHIVE_DAYS = 365
REPLACED_DAYS = 30
RETENTION = "2678400s"
"""How long a message waits that could not be archived: 31 days."""

_BATCH_SECONDS = 300
_ADD_OBJECTS = ("roles/storage.legacyBucketReader", "roles/storage.objectCreator")


class CoreEvents(Construct):
    """The core's topic of events, with an archive for replays.

    Guarantee: the topic's own policy lets the given identity publish, and nobody else. Messages are
    stored and handled in the region alone, under the given key. Each is written, with its
    attributes, into a bucket in the region that keeps it for a year; nobody has a role on the
    bucket but Pub/Sub, which adds objects.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        key_id: the key that encrypts messages and the archive.
        publisher: who may publish, as a member of IAM policies.
        access_logs: where access to the archive is logged.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        key_id: str,
        publisher: str,
        access_logs: AccessLogs,
    ) -> None:
        super().__init__(scope, id_)
        topic = Topic(self, "bus", place=place, purpose="events", key_id=key_id)
        topic.admit_publisher(publisher)
        self.topic_id = topic.id
        """The topic's resource name."""
        archive = Bucket(
            self,
            "archive",
            place=place,
            purpose="events",
            key_id=key_id,
            noncurrent_days=REPLACED_DAYS,
            expire_days=ARCHIVE_DAYS,
            access_logs=access_logs.bucket,
        )
        for role in _ADD_OBJECTS:
            archive.grant(role, service_agents.agent(self, place, "pubsub"))
        PubsubSubscription(
            self,
            "archiver",
            name=names.topic(place, "events"),
            topic=topic.id,
            ack_deadline_seconds=_BATCH_SECONDS,
            message_retention_duration=RETENTION,
            retain_acked_messages=False,
            expiration_policy=PubsubSubscriptionExpirationPolicy(ttl=NEVER),
            retry_policy=PubsubSubscriptionRetryPolicy(
                minimum_backoff="10s", maximum_backoff="600s"
            ),
            cloud_storage_config=PubsubSubscriptionCloudStorageConfig(
                bucket=archive.name,
                filename_prefix="events/",
                max_duration=f"{_BATCH_SECONDS}s",
                avro_config=PubsubSubscriptionCloudStorageConfigAvroConfig(write_metadata=True),
            ),
            labels=labels("events"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            # Pub/Sub tests its access to the bucket when the subscription is made.
            depends_on=[archive.policy],
        )
