"""What is killed in the middle of an apply ends where it would have ended, with nothing twice."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from string import ascii_lowercase

import psutil
import pytest
from delivery.workbench import STACK, Workbench, stack_body, workbench
from support.schemas import published

from agent_studio.delivery.files import read_json

pytestmark = pytest.mark.cloud

_SEED = 20_261_122
"""Of the random moments at which applies are killed; printed with each kill."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    """A small cell, planned and allowed, on an emulator of its own."""
    with workbench(tmp_path) as made:
        yield made


@pytest.mark.slow
def test_two_killed_applies_end_in_the_planned_state_with_nothing_twice(bench: Workbench) -> None:
    """An apply killed with its Terraform, then one killed alone, is finished by the next one."""
    _plan_and_allow(bench)
    moments = random.Random(_SEED)  # noqa: S311
    assert _kill(bench, after=moments.uniform(1.0, 3.0), whole=True) == "killed"
    assert _kill(bench, after=moments.uniform(0.0, 1.0), whole=False) == "killed"
    _assert_finished(bench)
    _assert_drift_is_found(bench)


@pytest.mark.slow
def test_ten_killed_applies_end_in_the_planned_state_with_nothing_twice(bench: Workbench) -> None:
    """Ten applies killed at random moments leave nothing that the eleventh cannot settle."""
    _plan_and_allow(bench)
    moments = random.Random(_SEED + 1)  # noqa: S311
    killed, held = 0, 3
    while killed < 10:
        after, whole = moments.uniform(0.0, 9.0), moments.random() < 0.7
        if _kill(bench, after=after, whole=whole) == "killed":
            killed += 1
        else:
            # It came through before its moment: let the stack grow, so that there is work again.
            # It never shrinks: what holds data would go, and the gate denies that.
            held += 1
            suffixes = tuple(ascii_lowercase[:held])
            bench.synthesize({STACK: stack_body(suffixes=suffixes)})
            _plan_and_allow(bench)
    _assert_finished(bench)


def _plan_and_allow(bench: Workbench) -> None:
    planned = bench.studio("--format", "json", "plan")
    assert planned.returncode == 0, planned.stderr
    (due,) = published("plan", planned.stdout)["stacks"]
    assert (due["name"], due["changed"]) == (STACK, True)
    judged = bench.studio("--format", "json", "gate")
    assert judged.returncode == 0, judged.stdout
    assert published("gate", judged.stdout)["verdict"] == "allow"


def _kill(bench: Workbench, *, after: float, whole: bool) -> str:
    """Start an apply and kill it `after` seconds into its Terraform's own apply."""
    process = bench.start("apply")
    engine = _engine_of(bench, process.pid)
    deadline = time.monotonic() + after
    while engine is not None and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    if process.poll() is not None:
        out, err = process.communicate()
        assert process.returncode == 0, out + err
        return "ended"
    children = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    if whole:
        for child in children:
            try:
                child.kill()
            except psutil.NoSuchProcess:
                continue
    process.communicate()
    print(f"killed {'all' if whole else 'studio'} after {after:.2f} s of applying")
    return "killed"


def _engine_of(bench: Workbench, pid: int) -> psutil.Process | None:
    """Wait until the process's own engine applies; None when it ended before that."""
    begun = time.time()
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        for path in (bench.state / "runs").glob("*/*-apply/child.json"):
            child = read_json(path)
            log = path.with_name("stdout")
            if child["started"] > begun - 1 and log.exists() and "apply_start" in log.read_text():
                return psutil.Process(int(child["pid"]))
        time.sleep(0.05)
    return None


def _assert_finished(bench: Workbench) -> None:
    last = bench.studio("--format", "json", "apply")
    assert last.returncode == 0, last.stderr
    print(last.stderr)
    (applied,) = published("apply", last.stdout)["stacks"]
    assert (applied["name"], applied["status"]) == (STACK, "applied")
    body = read_json(bench.state / "synth" / "stacks" / STACK / "cdk.tf.json")
    wanted = {kind: len(named) for kind, named in body["resource"].items()}
    assert _counts(bench) == {kind: wanted[kind] for kind in _counts(bench)}
    after = bench.studio("--format", "json", "plan", "--all")
    assert after.returncode == 0, after.stderr
    (again,) = published("plan", after.stdout)["stacks"]
    assert (again["add"], again["change"], again["destroy"]) == (0, 0, 0)
    assert ": 0 to add, 0 to change, 0 to destroy" in after.stderr


def _assert_drift_is_found(bench: Workbench) -> None:
    """What is changed behind Terraform's back is found, and nothing else."""
    sqs = bench.client("sqs")
    url = sqs.list_queues()["QueueUrls"][0]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "7"})
    logs = bench.client("logs")
    logs.delete_log_group(logGroupName=logs.describe_log_groups()["logGroups"][0]["logGroupName"])
    found = bench.studio("--format", "json", "drift")
    assert found.returncode == 4, found.stderr
    (stack,) = published("drift", found.stdout)["stacks"]
    assert [(one["address"], one["kind"], one["paths"]) for one in stack["drift"]] == [
        ("aws_cloudwatch_log_group.a", "deleted", []),
        ("aws_sqs_queue.a", "changed", ["delay_seconds"]),
    ]


def _counts(bench: Workbench) -> dict[str, int]:
    """How many resources of each type the emulator holds, whoever made them."""
    ec2 = bench.client("ec2")
    mine = [{"Name": "tag:studio:stack", "Values": [STACK]}]
    return {
        "aws_vpc": len(ec2.describe_vpcs(Filters=mine)["Vpcs"]),
        "aws_subnet": len(ec2.describe_subnets(Filters=mine)["Subnets"]),
        "aws_route_table": len(ec2.describe_route_tables(Filters=mine)["RouteTables"]),
        "aws_flow_log": len(ec2.describe_flow_logs(Filters=mine)["FlowLogs"]),
        "aws_kms_key": len(bench.client("kms").list_keys()["Keys"]),
        "aws_sqs_queue": len(bench.client("sqs").list_queues().get("QueueUrls", [])),
        "aws_sns_topic": len(bench.client("sns").list_topics()["Topics"]),
        "aws_iam_role": len(bench.client("iam").list_roles()["Roles"]),
        "aws_ecr_repository": len(bench.client("ecr").describe_repositories()["repositories"]),
        "aws_cloudwatch_log_group": len(bench.client("logs").describe_log_groups()["logGroups"]),
    }
