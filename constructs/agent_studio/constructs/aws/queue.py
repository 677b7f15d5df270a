"""An encrypted queue with its dead-letter queue, as the mailbox and the runtimes use it."""

import json

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

from agent_studio.constructs.aws.policy_document import document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

RETENTION_SECONDS = 14 * 24 * 3600
"""The longest that SQS keeps a message (SQS quotas), in seconds."""

RECEIVES = 5
"""How often a message is tried before it goes to the dead-letter queue."""

_POLL_SECONDS = 20
"""The longest wait of a receive call (SQS quotas): fewest empty answers."""

_DATA_KEY_SECONDS = 300
"""How long SQS may use one data key (SQS default): a lost grant acts within five minutes."""


class EncryptedQueue(Construct):
    """A queue and its dead-letter queue, encrypted with a customer-managed key.

    Guarantee: no call without TLS, no message under any other key, nothing lost before 14 days,
    and a message that fails five times waits in the dead-letter queue, which takes messages from
    this queue alone. A plan destroys neither.

    Args:
        scope: the block that owns the queue.
        id_: the queue's id within it.
        place: the stack's place.
        purpose: what the queue's name is made of.
        key_arn: the key.
        visibility_seconds: how long a reader has for a message before another reader sees it.
        policy: the queue's policy; it must refuse plain HTTP itself.
        data_class: the class of data that messages may hold.
        own_tags: further tags of the queue.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        purpose: str,
        key_arn: str,
        visibility_seconds: int,
        policy: str,
        data_class: str | None = None,
        own_tags: dict[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.name = names.queue(place, purpose)
        """The queue's name."""
        self.dead_name = names.queue(place, f"{purpose}-dead")
        """The dead-letter queue's name."""
        dead_arn = names.queue_arn(place, f"{purpose}-dead")
        dead = SqsQueue(
            self,
            "dead",
            name=self.dead_name,
            kms_master_key_id=key_arn,
            kms_data_key_reuse_period_seconds=_DATA_KEY_SECONDS,
            message_retention_seconds=RETENTION_SECONDS,
            policy=document(deny_plain_http(dead_arn), deny_other_accounts(place, dead_arn)),
            redrive_allow_policy=json.dumps(
                {
                    "redrivePermission": "byQueue",
                    "sourceQueueArns": [names.queue_arn(place, purpose)],
                },
                separators=(",", ":"),
            ),
            tags={**tags(self.dead_name, data_class), **(own_tags or {})},
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        queue = SqsQueue(
            self,
            "queue",
            name=self.name,
            kms_master_key_id=key_arn,
            kms_data_key_reuse_period_seconds=_DATA_KEY_SECONDS,
            message_retention_seconds=RETENTION_SECONDS,
            visibility_timeout_seconds=visibility_seconds,
            receive_wait_time_seconds=_POLL_SECONDS,
            policy=policy,
            redrive_policy=json.dumps(
                {"deadLetterTargetArn": dead.arn, "maxReceiveCount": RECEIVES},
                separators=(",", ":"),
            ),
            tags={**tags(self.name, data_class), **(own_tags or {})},
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.arn = queue.arn
        """The queue's ARN."""
        self.url = queue.url
        """The queue's URL."""


def deny_plain_http(queue_arn: str) -> dict[str, object]:
    """Refuse every call to a queue that comes without TLS."""
    return statement(
        "DenyPlainHttp",
        effect="Deny",
        principals="*",
        actions="sqs:*",
        resources=queue_arn,
        condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def deny_other_accounts(place: Scope, queue_arn: str) -> dict[str, object]:
    """Refuse every principal of another account."""
    return statement(
        "DenyOtherAccounts",
        effect="Deny",
        principals="*",
        actions="sqs:*",
        resources=queue_arn,
        condition={"StringNotEquals": {"aws:PrincipalAccount": place.account_id}},
    )
