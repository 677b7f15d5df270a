"""The logs of a cell, from the runtimes to the archive."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.cloudwatch_log_subscription_filter import (
    CloudwatchLogSubscriptionFilter,
)
from constructs import Construct

from agent_studio.constructs.aws.keys import OPERATIONS, CellKeys
from agent_studio.constructs.aws.logs.alarms import Alarms
from agent_studio.constructs.aws.logs.archive import Archive
from agent_studio.constructs.aws.logs.dashboard import dashboard
from agent_studio.constructs.aws.logs.retention import log_group_days
from agent_studio.constructs.aws.store.access_logs import AccessLogs
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names


class LogPipeline(Construct):
    """The structured logs of a cell's runtimes, kept where they arise.

    Guarantee: each runtime logs into its own log group, encrypted with the operations key and kept
    for at least the longest retention of the cell's data classes (never under a year). Every line
    also goes, through an encrypted stream, into a write-once archive in the cell's own region,
    from which nobody can remove it before its time. Policy denials, budget burn and kills raise
    alarms on an encrypted topic, and show on the cell's dashboard.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys.
        access_logs: where access to the archive is logged.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys, access_logs: AccessLogs
    ) -> None:
        super().__init__(scope, id_)
        self._place = cell.scope
        key_arn = keys.key_id(OPERATIONS)
        archive = Archive(self, "archive", cell=cell, keys=keys, access_logs=access_logs)
        self.archive_id: str = archive.store.store_id
        """ARN of the archive's bucket."""
        self._groups: dict[str, CloudwatchLogGroup] = {}
        for runtime in cell.runtimes:
            name = names.log_group(self._place, runtime.name)
            group = CloudwatchLogGroup(
                self,
                f"group-{runtime.name}",
                name=name,
                retention_in_days=log_group_days(archive.store.retention_days),
                kms_key_id=key_arn,
                tags=tags(name),
            )
            CloudwatchLogSubscriptionFilter(
                self,
                f"feed-{runtime.name}",
                name="archive",
                log_group_name=group.name,
                filter_pattern="",
                destination_arn=archive.stream.arn,
                role_arn=archive.feed_role.arn,
                depends_on=[archive.feed_permissions],
            )
            self._groups[runtime.name] = group
        alarms = Alarms(self, "alarms", cell=cell, groups=self._groups, key_arn=key_arn)
        self.alarm_id: str = alarms.topic_arn
        """ARN of the topic that alarms go to."""
        dashboard(self, "dashboard", cell=cell)

    def log_name(self, runtime_name: str) -> str:
        """Give the name of a runtime's log group, as a reference, so that it is made first.

        Args:
            runtime_name: the name of a runtime of the cell.

        Raises:
            KeyError: the cell does not have the runtime.
        """
        return str(self._groups[runtime_name].name)

    def log_group_arn(self, runtime_name: str) -> str:
        """Give the ARN of a runtime's log group, without the trailing `:*`.

        Args:
            runtime_name: the name of a runtime of the cell.

        Raises:
            KeyError: the cell does not have the runtime.
        """
        if runtime_name not in self._groups:
            raise KeyError(runtime_name)
        return names.log_group_arn(self._place, runtime_name)
