"""The logs of a cell, from the runtimes to the archive."""

from cdktf_cdktf_provider_google.logging_project_exclusion import LoggingProjectExclusion
from cdktf_cdktf_provider_google.logging_project_sink import LoggingProjectSink
from constructs import Construct

from agent_studio.constructs.gcp.keys import OPERATIONS, CellKeys
from agent_studio.constructs.gcp.logs import filters
from agent_studio.constructs.gcp.logs.alarms import Alarms
from agent_studio.constructs.gcp.logs.bucket import LogBucket
from agent_studio.constructs.gcp.logs.dashboard import dashboard
from agent_studio.constructs.gcp.store.access_logs import AccessLogs
from agent_studio.constructs.gcp.store.audit import AuditStore
from agent_studio.estate.model import Cell
from agent_studio.estate.names import gcp as names


class LogPipeline(Construct):
    """The structured logs of a cell's runtimes and network, kept where they arise.

    Guarantee: each runtime logs into a log bucket of its own, and the network into another, all in
    the cell's region, encrypted with the operations key and kept for at least the longest
    retention of the cell's data classes (never under a year). Every line of a runtime also goes
    into a write-once archive in the region, from which nobody can remove it before its time. The
    project's default bucket, which lies in no region, keeps none of them. Policy denials, budget
    burn and kills raise alarms on an encrypted topic, and show on the cell's dashboard.

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
        self._cell = cell
        place = cell.scope
        key_id = keys.key_id(OPERATIONS)
        archive = AuditStore(
            self, "archive", cell=cell, keys=keys, access_logs=access_logs, purpose="log-archive"
        )
        self.archive_id: str = archive.store_id
        """What identifies the archive: its bucket's name."""
        feeds = {each.name: filters.of_runtime(cell, each) for each in cell.runtimes}
        for purpose, entries in {**feeds, _NETWORK: filters.of_network(cell)}.items():
            LogBucket(
                self,
                f"bucket-{purpose}",
                place=place,
                purpose=purpose,
                key_id=key_id,
                days=archive.retention_days,
                entries=entries,
            )
        feed = LoggingProjectSink(
            self,
            "archive-feed",
            name=names.log_bucket(place, "log_archive"),
            description=f"Archive of {place.stack}",
            destination=f"storage.googleapis.com/{archive.store_name}",
            filter=filters.of_runtimes(cell),
            unique_writer_identity=True,
        )
        archive.admit_writer(feed.writer_identity)
        # What an exclusion of the project names is left out of the bucket `_Default` alone.
        LoggingProjectExclusion(
            self,
            "not-elsewhere",
            name=names.log_bucket(place, "not-elsewhere"),
            description=f"Kept in the buckets of {place.stack}",
            filter=f"({filters.of_runtimes(cell)}) OR {filters.of_network(cell)}",
        )
        alarms = Alarms(self, "alarms", cell=cell, key_id=key_id)
        self.alarm_id: str = alarms.topic_id
        """Resource name of the topic that alarms go to."""
        self.alarm_channel_id: str = alarms.channel_id
        """Resource name of the channel through which an alarm reaches that topic."""
        dashboard(self, "dashboard", cell=cell)

    def log_name(self, runtime_name: str) -> str:
        """Give the name of a runtime's log bucket.

        Args:
            runtime_name: the name of a runtime of the cell.

        Raises:
            KeyError: the cell does not have the runtime.
        """
        self._check(runtime_name)
        return names.log_bucket(self._cell.scope, runtime_name)

    def log_id(self, runtime_name: str) -> str:
        """Give the resource name of a runtime's log bucket.

        Args:
            runtime_name: the name of a runtime of the cell.

        Raises:
            KeyError: the cell does not have the runtime.
        """
        self._check(runtime_name)
        return names.log_bucket_id(self._cell.scope, runtime_name)

    def _check(self, runtime_name: str) -> None:
        if runtime_name not in {each.name for each in self._cell.runtimes}:
            raise KeyError(runtime_name)


_NETWORK = "network_logs"
"""The purpose of the network's log bucket; no runtime can bear a name with an underscore."""
