"""A cell on AWS: its parameter of the kill epoch, and its ECS services.

Sources: API references of ECS (`UpdateService`, `DescribeServices`, `ListTasks`: tasks whose
desired status is STOPPED may still run), Application Auto Scaling (`RegisterScalableTarget`:
`SuspendedState`) and Systems Manager (`PutParameter`: without a key it takes the account's own;
`GetParameter`: `<name>:<version>`, of the last hundred).
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import boto3  # type: ignore[import-untyped]
from botocore import exceptions  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from agent_studio.delivery.kill.asking import (
    APPLIED,
    CONNECT_SECONDS,
    LONGEST,
    Clients,
    refused,
    unanswered,
    unknown_caller,
)
from agent_studio.delivery.kill.confirm import CALL_SECONDS, UnconfirmedError, Watch
from agent_studio.delivery.kill.epoch import Mailbox, Stored
from agent_studio.estate.model import Cell, Runtime
from agent_studio.estate.names import aws as names

T = TypeVar("T")

EPOCH = "mailbox/kill-epoch"
"""Purpose of the parameter; `constructs.aws.mailbox` names it so."""

KEY = "operations"
"""Purpose of the key that encrypts it; `constructs.aws.keys` names it so."""

_DIMENSION = "ecs:service:DesiredCount"
_SUSPENSIONS = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)
_TASKS_AT_ONCE = 100
"""The most that DescribeTasks takes."""

_PASSING = (
    exceptions.ConnectionError,
    exceptions.HTTPClientError,
    exceptions.ReadTimeoutError,
)
_REFUSED = ("AccessDenied", "Unauthorized", "UnrecognizedClient", "ExpiredToken", "InvalidClient")
_MISSING = ("ServiceNotFound", "ClusterNotFound", "ParameterNotFound")
_MAKING = threading.Lock()
"""boto3 makes no two sessions at once (boto3, "Multithreading or multiprocessing")."""


class AwsCell:
    """A cell on AWS, as its account's `apply` role may change it.

    Args:
        cell: the cell.
        via_role: a role of the account to take on first, e.g. OrganizationAccountAccessRole.
    """

    def __init__(self, cell: Cell, *, via_role: str | None = None) -> None:
        self.cell = cell
        self._clients = Clients(cell, partial(_signed_in, via_role=via_role))
        self.mailbox: Mailbox = Parameter(self)
        self.services = EcsServices(self)

    def call(self, service: str, request: Callable[[Any], T], watch: Watch, what: str) -> T:
        """Send a request.

        Args:
            service: whose.
            request: sends it with the service's client.
            watch: the time for it.
            what: what it does, for errors.

        Raises:
            UnconfirmedError: it failed.
        """
        watch.call_seconds()
        try:
            return request(self._clients.once(service, partial(_client, service)))
        except exceptions.ClientError as error:
            raise self._refused(error, what) from None
        except _PASSING as error:
            fix = f"see that {service} of {self.cell.region.name} can be reached from here"
            raise unanswered("AWS", what, error, fix=fix) from None
        except exceptions.BotoCoreError as error:
            fix = "sign in, e.g. with `aws sso login`, or set AWS_PROFILE"
            raise unknown_caller("AWS", what, error, fix=fix) from None

    def _refused(self, error: Any, what: str) -> UnconfirmedError:
        detail = error.response.get("Error", {})
        code = str(detail.get("Code", "unknown"))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        role = names.account_role_arn(self.cell.scope, "apply")
        return refused(
            "AWS",
            what,
            found=f"{code}: {str(detail.get('Message', ''))[:LONGEST]}",
            status=status,
            allowed=f"run this as somebody who may assume {role}",
            otherwise="read the message, and run the same command again",
            denied=any(word in code for word in _REFUSED),
            missing=any(word in code for word in _MISSING),
            slowed="Throttl" in code,
        )


class Parameter:
    """The kill epoch as a parameter of Systems Manager.

    It has no conditional writing; the number of each version tells of writers in between.
    """

    def __init__(self, account: AwsCell) -> None:
        self._account = account
        self._name = names.parameter(account.cell.scope, EPOCH)

    def read(self, watch: Watch) -> Stored:
        """Read it; a parameter that does not exist is none of this cell."""
        found = self._get(self._name, watch)
        return Stored(text=str(found["Value"]), mark=str(found["Version"]))

    def write(self, text: str, before: Stored, watch: Watch) -> Iterable[str]:
        """Replace it, under the cell's own key."""
        answer = self._account.call(
            "ssm",
            lambda client: client.put_parameter(
                Name=self._name,
                Value=text,
                Type="SecureString",
                KeyId=names.key_alias(self._account.cell.scope, KEY),
                Overwrite=True,
            ),
            watch,
            f"write the parameter {self._name}",
        )
        between = range(int(before.mark or 0) + 1, int(answer["Version"]))
        return [str(self._get(f"{self._name}:{each}", watch)["Value"]) for each in between]

    def _get(self, name: str, watch: Watch) -> dict[str, Any]:
        answer = self._account.call(
            "ssm",
            lambda client: client.get_parameter(Name=name, WithDecryption=True),
            watch,
            f"read the parameter {name}",
        )
        return dict(answer["Parameter"])


class EcsServices:
    """The services of the cell's cluster."""

    def __init__(self, account: AwsCell) -> None:
        self._account = account
        self._cluster = names.cluster(account.cell.scope)

    def name(self, runtime: Runtime) -> str:
        """The service, and the family of its task definitions."""
        return names.label(self._account.cell.scope, runtime.name)

    def all(self, watch: Watch) -> Iterable[str]:
        """Every service of the cluster; a cell without runtimes has no cluster."""
        try:
            arns = self._ecs("list_services", "serviceArns", "list its services", watch)
        except UnconfirmedError as fault:
            if not self._account.cell.runtimes and "ClusterNotFound" in (fault.found or ""):
                return []
            raise
        return [arn.rpartition("/")[2] for arn in arns]

    def stop(self, name: str, watch: Watch) -> None:
        """Take away the scaling, the wish for instances, and the instances."""
        if self._target(name, watch) is not None:
            self._scale(name, 0, suspended=True, watch=watch)
        self._account.call(
            "ecs",
            lambda client: client.update_service(
                cluster=self._cluster, service=name, desiredCount=0
            ),
            watch,
            f"scale the service {name} to zero",
        )
        self._stop_tasks(self._tasks(watch, name), watch)

    def running(self, name: str, watch: Watch) -> str | None:
        """Count wishes and instances; a scaling that could raise them counts too."""
        service = self._service(name, watch)
        found = {
            "wanted": service.get("desiredCount", 1),
            "running": service.get("runningCount", 1),
            "pending": service.get("pendingCount", 1),
        }
        left = [f"{count} {what}" for what, count in found.items() if count]
        tasks = [task for task in self._tasks(watch, name) if task["lastStatus"] != "STOPPED"]
        if tasks:
            left.append(f"{len(tasks)} tasks")
            # One that began after the first look, or that no service started.
            self._stop_tasks(tasks, watch)
        target = self._target(name, watch)
        if target is not None and not _at_rest(target):
            left.append(f"scaling up to {target.get('MaxCapacity')}")
        return f"{name}: {', '.join(left)}" if left else None

    def resume(self, runtime: Runtime, watch: Watch) -> None:
        """Give the scaling back; how many instances there are, the work queue then says."""
        self._scale(self.name(runtime), runtime.max_instances, suspended=False, watch=watch)

    def resting(self, runtime: Runtime, watch: Watch) -> str | None:
        """Whether the scaling is as declared."""
        target = self._target(self.name(runtime), watch)
        if target is None:
            return "no scaling target"
        suspended = target.get("SuspendedState") or {}
        if any(suspended.get(each) for each in _SUSPENSIONS):
            return "scaling is suspended"
        if target.get("MaxCapacity") != runtime.max_instances:
            return f"scaling up to {target.get('MaxCapacity')}, not {runtime.max_instances}"
        return None

    def stray(self, watch: Watch) -> str | None:
        """Stop tasks of the cluster that no service of ours knows."""
        try:
            tasks = [task for task in self._tasks(watch) if task["lastStatus"] != "STOPPED"]
        except UnconfirmedError as fault:
            if not self._account.cell.runtimes and "ClusterNotFound" in (fault.found or ""):
                return None
            raise
        self._stop_tasks(tasks, watch)
        return f"{len(tasks)} tasks of the cluster" if tasks else None

    def _service(self, name: str, watch: Watch) -> dict[str, Any]:
        answer = self._account.call(
            "ecs",
            lambda client: client.describe_services(cluster=self._cluster, services=[name]),
            watch,
            f"look at the service {name}",
        )
        for service in answer["services"]:
            if service.get("status") != "INACTIVE":
                return dict(service)
        raise UnconfirmedError(
            "the cluster has no such service",
            found=f"no active service {name} in {self._cluster}",
            fix=APPLIED,
        )

    def _tasks(self, watch: Watch, family: str | None = None) -> list[dict[str, Any]]:
        """Tasks of a family, or of the cluster; those that were told to stop too."""
        narrowed = {"family": family} if family else {}
        arns = {
            arn
            for status in ("RUNNING", "STOPPED")
            for arn in self._ecs(
                "list_tasks", "taskArns", "list tasks", watch, desiredStatus=status, **narrowed
            )
        }
        found: list[dict[str, Any]] = []
        for batch in _batches(sorted(arns), _TASKS_AT_ONCE):
            answer = self._account.call(
                "ecs",
                partial(_describe_tasks, cluster=self._cluster, tasks=batch),
                watch,
                "look at tasks",
            )
            found += answer["tasks"]
        return found

    def _stop_tasks(self, tasks: Iterable[dict[str, Any]], watch: Watch) -> None:
        for task in tasks:
            if task.get("desiredStatus") == "STOPPED" or task["lastStatus"] == "STOPPED":
                continue
            arn = task["taskArn"]
            self._account.call(
                "ecs",
                partial(_stop_task, cluster=self._cluster, task=arn),
                watch,
                "stop a task",
            )

    def _ecs(
        self, operation: str, key: str, what: str, watch: Watch, **arguments: Any
    ) -> list[str]:
        def pages(client: Any) -> list[str]:
            found = client.get_paginator(operation).paginate(cluster=self._cluster, **arguments)
            return list(found.build_full_result().get(key, ()))

        return self._account.call("ecs", pages, watch, f"{what} in {self._cluster}")

    def _target(self, name: str, watch: Watch) -> dict[str, Any] | None:
        answer = self._account.call(
            "application-autoscaling",
            lambda client: client.describe_scalable_targets(
                ServiceNamespace="ecs", ResourceIds=[self._resource(name)]
            ),
            watch,
            f"look at the scaling of {name}",
        )
        found = (t for t in answer["ScalableTargets"] if t["ScalableDimension"] == _DIMENSION)
        return next(found, None)

    def _scale(self, name: str, ceiling: int, *, suspended: bool, watch: Watch) -> None:
        self._account.call(
            "application-autoscaling",
            lambda client: client.register_scalable_target(
                ServiceNamespace="ecs",
                ResourceId=self._resource(name),
                ScalableDimension=_DIMENSION,
                MinCapacity=0,
                MaxCapacity=ceiling,
                SuspendedState=dict.fromkeys(_SUSPENSIONS, suspended),
            ),
            watch,
            f"set the scaling of {name}",
        )

    def _resource(self, name: str) -> str:
        return f"service/{self._cluster}/{name}"


def _describe_tasks(client: Any, *, cluster: str, tasks: list[str]) -> dict[str, Any]:
    answer: dict[str, Any] = client.describe_tasks(cluster=cluster, tasks=tasks)
    return answer


def _stop_task(client: Any, *, cluster: str, task: str) -> None:
    client.stop_task(cluster=cluster, task=task, reason="studio kill")


def _at_rest(target: dict[str, Any]) -> bool:
    suspended = target.get("SuspendedState") or {}
    return target.get("MaxCapacity") == 0 or all(suspended.get(each) for each in _SUSPENSIONS)


def _signed_in(cell: Cell, *, via_role: str | None) -> Any:
    """Sign in as the `apply` role, as `studio apply` does; its ARN pins the account."""
    place = cell.scope
    with _MAKING:
        session = boto3.Session(region_name=place.region)
    if via_role:
        via = f"arn:{place.partition}:iam::{place.account_id}:role/{via_role}"
        session = _assumed(session, via, place.region)
    return _assumed(session, names.account_role_arn(place, "apply"), place.region)


def _client(service: str, session: Any) -> Any:
    with _MAKING:
        return session.client(service, config=_limits())


def _assumed(session: Any, role: str, region: str) -> Any:
    with _MAKING:
        sts = session.client("sts", config=_limits())
    taken = sts.assume_role(RoleArn=role, RoleSessionName="studio-kill")["Credentials"]
    with _MAKING:
        return boto3.Session(
            aws_access_key_id=taken["AccessKeyId"],
            aws_secret_access_key=taken["SecretAccessKey"],
            aws_session_token=taken["SessionToken"],
            region_name=region,
        )


def _limits() -> Any:
    # What may pass is tried again here, with a word of what was seen.
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=CALL_SECONDS,
        retries={"total_max_attempts": 1},
        max_pool_connections=10,
    )


def _batches(items: Iterable[str], size: int) -> Iterator[list[str]]:
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
