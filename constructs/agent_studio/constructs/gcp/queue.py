"""A topic with its subscription and its dead letters, encrypted and pinned to the region.

Sources: Pub/Sub, "Configure message storage policies" (with enforcement in transit, Pub/Sub refuses
requests at an endpoint of another region), "Handle message failures" (who forwards dead letters,
5 to 100 tries), "Subscription properties" (retention of 10 minutes to 31 days, acknowledgement
within 10 to 600 seconds).
"""

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_google.pubsub_subscription import (
    PubsubSubscription,
    PubsubSubscriptionDeadLetterPolicy,
    PubsubSubscriptionExpirationPolicy,
    PubsubSubscriptionPushConfig,
    PubsubSubscriptionRetryPolicy,
)
from cdktf_cdktf_provider_google.pubsub_subscription_iam_policy import PubsubSubscriptionIamPolicy
from cdktf_cdktf_provider_google.pubsub_topic import PubsubTopic, PubsubTopicMessageStoragePolicy
from cdktf_cdktf_provider_google.pubsub_topic_iam_policy import PubsubTopicIamPolicy
from constructs import Construct

from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.access import Access
from agent_studio.constructs.gcp.labels import labels
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

RETENTION = "1209600s"
"""How long a message that nobody took is kept: 14 days."""

ATTEMPTS = 5
"""Tries of a message before it is set aside."""

NEVER = ""
"""A subscription's time to live: it does not expire, however long nobody uses it."""

PUBLISHER = "roles/pubsub.publisher"
SUBSCRIBER = "roles/pubsub.subscriber"


class Topic(Construct):
    """An encrypted topic whose messages are stored in the region alone.

    Args:
        scope: the construct that owns it.
        id_: its id.
        place: the stack's place.
        purpose: what its name is made of.
        key_id: the key.
        data_class: the class of data that messages may hold.
        in_transit: whether requests that reach Pub/Sub in another region are refused.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        purpose: str,
        key_id: str,
        data_class: str | None = None,
        in_transit: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self._access = Access()
        topic = PubsubTopic(
            self,
            "topic",
            name=names.topic(place, purpose),
            kms_key_name=key_id,
            message_storage_policy=PubsubTopicMessageStoragePolicy(
                allowed_persistence_regions=[place.region], enforce_in_transit=in_transit
            ),
            labels=labels(purpose, data_class),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.id: str = topic.id
        """The topic's resource name."""
        self._access.hold(
            PubsubTopicIamPolicy(
                self, "access", topic=topic.name, policy_data=self._access.document()
            )
        )

    def admit_publisher(self, member: str) -> None:
        """Let a member publish."""
        self._access.grant(PUBLISHER, [member])


class Queue(Construct):
    """A topic with one subscription; what fails five times goes to a topic of dead letters.

    Guarantee: no message is stored or handled outside of the region or under any other key, none
    is lost before 14 days, and one that fails five times waits apart, among dead letters that
    Pub/Sub alone adds to. The policies of topic and subscription name whoever the owning block
    admits, and nobody else. A plan destroys none of it.

    Args:
        scope: the block that owns the queue.
        id_: the queue's id within it.
        place: the stack's place.
        purpose: what the queue's name is made of.
        key_id: the key.
        handling_seconds: how long a reader has for a message before it is given out again.
        push: where messages are pushed; None lets readers pull.
        data_class: the class of data that messages may hold.
        after: the leave to push as an account; None where readers pull.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        purpose: str,
        key_id: str,
        handling_seconds: int,
        push: PubsubSubscriptionPushConfig | None = None,
        data_class: str | None = None,
        after: ITerraformDependable | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._place = place
        self._data_class = data_class
        pubsub = service_agents.agent(self, place, "pubsub")
        dead = Topic(
            self,
            "dead",
            place=place,
            purpose=f"{purpose}_dead",
            key_id=key_id,
            data_class=data_class,
        )
        dead.admit_publisher(pubsub)
        self.dead_name = self._subscription(
            "dead-letters", purpose=f"{purpose}_dead", topic_id=dead.id
        ).name
        """Name of the subscription that keeps the dead letters."""
        self._topic = Topic(
            self, "live", place=place, purpose=purpose, key_id=key_id, data_class=data_class
        )
        self.id = self._topic.id
        """The topic's resource name."""
        subscription = self._subscription(
            "subscription",
            purpose=purpose,
            topic_id=self.id,
            handling_seconds=handling_seconds,
            dead_topic_id=dead.id,
            push=push,
            after=after,
        )
        self.subscription_id: str = subscription.id
        """The subscription's resource name."""
        self._readers = Access()
        # To forward a dead letter is to take it out of the subscription.
        self._readers.grant(SUBSCRIBER, [pubsub])
        self._readers.hold(
            PubsubSubscriptionIamPolicy(
                self,
                "readers",
                subscription=subscription.name,
                policy_data=self._readers.document(),
            )
        )

    @property
    def address(self) -> str:
        """Where the topic is published to: the region's own endpoint, which alone takes it."""
        return f"https://{self._place.region}-pubsub.googleapis.com/v1/{self.id}"

    def admit_publisher(self, member: str) -> None:
        """Let a member publish."""
        self._topic.admit_publisher(member)

    def admit_reader(self, member: str) -> None:
        """Let a member take messages."""
        self._readers.grant(SUBSCRIBER, [member])

    def _subscription(
        self,
        id_: str,
        *,
        purpose: str,
        topic_id: str,
        handling_seconds: int = 60,
        dead_topic_id: str | None = None,
        push: PubsubSubscriptionPushConfig | None = None,
        after: ITerraformDependable | None = None,
    ) -> PubsubSubscription:
        return PubsubSubscription(
            self,
            id_,
            name=names.topic(self._place, purpose),
            topic=topic_id,
            ack_deadline_seconds=handling_seconds,
            message_retention_duration=RETENTION,
            retain_acked_messages=False,
            expiration_policy=PubsubSubscriptionExpirationPolicy(ttl=NEVER),
            retry_policy=PubsubSubscriptionRetryPolicy(
                minimum_backoff="10s", maximum_backoff="600s"
            ),
            dead_letter_policy=(
                PubsubSubscriptionDeadLetterPolicy(
                    dead_letter_topic=dead_topic_id, max_delivery_attempts=ATTEMPTS
                )
                if dead_topic_id is not None
                else None
            ),
            push_config=push,
            depends_on=[after] if after is not None else None,
            labels=labels(purpose, self._data_class),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
