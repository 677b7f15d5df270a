"""The store of one class of data in a cell."""

from constructs import Construct

from agent_studio.constructs.aws.keys import CellKeys
from agent_studio.constructs.aws.network import CellNetwork
from agent_studio.constructs.aws.store import replica, statements
from agent_studio.constructs.aws.store.access_logs import AccessLogs
from agent_studio.constructs.aws.store.bucket import Bucket
from agent_studio.constructs.aws.store.statements import TERRAFORM_ROLES
from agent_studio.estate.model import Cell, DataClass
from agent_studio.estate.names import aws as names


class ResidentStore(Construct):
    """The bucket of one class of data, in the cell's own region.

    Guarantee: objects are encrypted with the class's own key and can be read, written, deleted or
    listed from inside the cell's VPC alone, over TLS 1.2 or later, by roles of the cell's own
    account. (Terraform's roles may list from outside, since the provider must; they may read no
    object.) The bucket is private, owner-enforced, versioned and access-logged; replaced and
    deleted versions are kept for the class's retention; no plan destroys it. A copy leaves the
    region only where the class's residency allows it and the estate asks for it.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack; one store for each data class.
        cell: the cell.
        keys: the cell's keys.
        network: the cell's network, from which alone objects can be reached.
        data_class: the class of data that it holds.
        access_logs: where access to it is logged.

    Raises:
        StudioError: the estate asks for a copy that the class's residency forbids.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        network: CellNetwork,
        data_class: DataClass,
        access_logs: AccessLogs,
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        purpose = f"store-{data_class.name}"
        self.data_class = data_class
        """The class of data that it holds."""
        self.store_name = names.bucket(place, purpose)
        """The bucket's name."""
        self.store_id = names.bucket_arn(place, purpose)
        """The bucket's ARN."""
        self.key_id = keys.key_id(data_class.name)
        """ARN of the key that encrypts it."""
        target = cell.replicate.get(data_class.name)
        if target is not None:
            replica.check(cell, data_class, target)
        copying = [names.role_arn(place, f"copy-{data_class.name}")] if target else []
        bucket = Bucket(
            self,
            "store",
            name=self.store_name,
            arn=self.store_id,
            key_arn=self.key_id,
            noncurrent_days=data_class.retention_days,
            access_logs=access_logs.bucket,
            data_class=data_class.name,
            own_statements=statements.only_from(
                self.store_id,
                vpc_id=network.network_id,
                may_list=[names.account_role_arn(place, role) for role in TERRAFORM_ROLES],
                may_copy=copying,
            ),
        )
        if target is not None:
            replica.Replica(
                self,
                "replica",
                cell=cell,
                data_class=data_class,
                target=target,
                source=bucket,
                source_arn=self.store_id,
                source_key_arn=self.key_id,
            )
