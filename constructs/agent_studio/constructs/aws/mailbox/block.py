"""`ControlMailbox`: where core and cell meet."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from agent_studio.constructs.aws.keys import OPERATIONS, CellKeys
from agent_studio.constructs.aws.mailbox import access
from agent_studio.constructs.aws.queue import EncryptedQueue
from agent_studio.constructs.aws.store.access_logs import AccessLogs
from agent_studio.constructs.aws.store.bucket import Bucket
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Cell, Scope
from agent_studio.estate.names import aws as names

UNSET = "unset"
"""What a parameter holds until the core writes it; a reader takes it for nothing said yet."""

NONCURRENT_DAYS = 365
"""Days that replaced bundles, epochs and releases are kept, for audits and for going back."""

EVENT_VISIBILITY_SECONDS = 60
"""How long the core has for a batch of events before another reader sees it."""


class ControlMailbox(Construct):
    """The cell's own store, parameters and queue, through which core and cell exchange everything.

    Guarantee: a cell never calls the core. What comes from the core (policy bundles, kill epochs,
    releases) lies in a versioned bucket and in parameters, both encrypted with the cell's
    operations key: the cell's runtimes read them, and the core alone writes them. What goes to the
    core lies in a queue with a dead-letter queue: the cell's runtimes send, the core alone takes.
    The core comes in through one role of the cell, which only the core's own mailbox role
    (`names.aws.role_arn(core, "mailbox")`) may take on, with the cell's id as external id; of a
    core on Google Cloud its service account, with a token made out to the cell's id. The
    bucket and the queue refuse everyone else, whatever their own policies grant, and refuse calls
    without TLS. SSM knows no policy on a parameter that could refuse; there the guarantee is that
    the kit grants `ssm:PutParameter` to that one role.

    Terraform makes the parameters and leaves their later values alone.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys.
        core: the core's place.
        access_logs: where access to the bucket is logged.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        core: Scope,
        access_logs: AccessLogs,
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        key_arn = keys.key_id(OPERATIONS)
        self.store_name = names.bucket(place, "mailbox")
        """Name of the bucket for bundles, epochs and releases."""
        self.store_id = names.bucket_arn(place, "mailbox")
        """ARN of that bucket."""
        Bucket(
            self,
            "inbox",
            name=self.store_name,
            arn=self.store_id,
            key_arn=key_arn,
            noncurrent_days=NONCURRENT_DAYS,
            access_logs=access_logs.bucket,
            own_statements=access.bucket_statements(cell, self.store_id),
        )
        purposes = parameter_purposes(cell)
        for purpose in purposes:
            _parameter(self, purpose, place=place, key_arn=key_arn)
        self.parameter_arns = [names.parameter_arn(place, each) for each in purposes]
        """ARNs of the parameters: bundle, kill epoch, and a release for each runtime."""
        self.parameter_prefix = names.parameter(place, "mailbox")
        """What the parameters' names begin with, without a slash at the end."""
        events = EncryptedQueue(
            self,
            "events",
            place=place,
            purpose="mailbox-events",
            key_arn=key_arn,
            visibility_seconds=EVENT_VISIBILITY_SECONDS,
            policy=access.queue_document(cell, names.queue_arn(place, "mailbox-events")),
        )
        self.queue_id = events.arn
        """ARN of the queue to which the cell's runtimes send events."""
        self.queue_address = events.url
        """URL of that queue."""
        role_name = names.role(place, access.DOOR)
        role = IamRole(
            self,
            "door",
            name=role_name,
            description=f"The core comes into {cell.id} through this role.",
            assume_role_policy=access.door_trust(cell, core),
            tags=tags(role_name),
        )
        IamRolePolicy(
            self,
            "door-policy",
            name="mailbox",
            role=role.name,
            policy=access.door_document(
                cell=cell,
                bucket_arn=self.store_id,
                queue_arn=self.queue_id,
                parameter_arns=self.parameter_arns,
                key_arn=key_arn,
            ),
        )


def parameter_purposes(cell: Cell) -> list[str]:
    """Give the purposes of the mailbox's parameters, from which their names are computed."""
    return [
        "mailbox/bundle",
        "mailbox/kill-epoch",
        *(f"mailbox/releases/{each.name}" for each in cell.runtimes),
    ]


def _parameter(scope: Construct, purpose: str, *, place: Scope, key_arn: str) -> None:
    name = names.parameter(place, purpose)
    SsmParameter(
        scope,
        purpose.replace("/", "-"),
        name=name,
        description="Written by the core, read by the cell's runtimes.",
        type="SecureString",
        key_id=key_arn,
        value=UNSET,
        tags=tags(name),
        lifecycle=TerraformResourceLifecycle(ignore_changes=["value"], prevent_destroy=True),
    )
