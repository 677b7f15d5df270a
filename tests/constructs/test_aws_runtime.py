"""Where agents run, read off the synthesized stack."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aws_cells import COLLECTOR, PERSONAL, PUBLIC, Stack, runtime, synthesized

from agent_studio.constructs.aws.runtime.scaling import scale_out_steps
from agent_studio.constructs.aws.runtime.sizing import FARGATE_SIZES, fargate_size
from agent_studio.estate.errors import StudioError

ANALYST = runtime()

# ECS Developer Guide, CPU and memory of Fargate tasks: CPU units -> memory in GiB.
TABLE = {
    256: [0.5, 1, 2],
    512: [1, 2, 3, 4],
    1024: list(range(2, 9)),
    2048: list(range(4, 17)),
    4096: list(range(8, 31)),
    8192: list(range(16, 61, 4)),
    16384: list(range(32, 121, 8)),
}


def stack() -> Stack:
    """The stack of a cell with two runtimes."""
    return synthesized(ANALYST, COLLECTOR)


def containers(name: str = "analyst") -> dict[str, dict[str, Any]]:
    """The containers of a runtime's task, by name."""
    task = stack().at("aws_ecs_task_definition", f"runtime-{name}/task")
    return {each["name"]: each for each in json.loads(task["container_definitions"])}


def test_the_sizes_are_those_of_fargate() -> None:
    """Every size is in AWS's table and the table holds no other."""
    assert {(each.cpu, each.memory) for each in FARGATE_SIZES} == {
        (cpu, int(gib * 1024)) for cpu, gibs in TABLE.items() for gib in gibs
    }


@given(
    cpu=st.floats(min_value=0.01, max_value=16),
    memory=st.integers(min_value=512, max_value=122_880),
)
def test_a_profile_gets_the_smallest_size_that_holds_it(cpu: float, memory: int) -> None:
    """Any profile that an estate can declare fits, and no smaller size would do."""
    size = fargate_size(cpu, memory)
    assert size.memory == int(size.memory / 1024 * 1024)
    assert size.memory / 1024 in TABLE[size.cpu]
    assert size.cpu >= cpu * 1024
    assert size.memory >= memory
    for other in FARGATE_SIZES:
        smaller = other.cpu <= size.cpu and other.memory <= size.memory and other != size
        assert not (smaller and other.cpu >= cpu * 1024 and other.memory >= memory)


def test_more_than_fargate_has_is_refused() -> None:
    """What no size holds is one clear error."""
    with pytest.raises(StudioError, match=r"found cpu 17, .*; allowed: at most cpu 16"):
        fargate_size(17, 512)


def test_the_task_is_as_large_as_the_profile_and_the_containers_fill_it() -> None:
    """Agent and collector share exactly what the profile asks for."""
    task = stack().at("aws_ecs_task_definition", "runtime-analyst/task")
    assert (task["cpu"], task["memory"]) == ("2048", "4096")
    assert sum(each["cpu"] for each in containers().values()) == 2048
    assert sum(each["memory"] for each in containers().values()) == 4096


@pytest.mark.parametrize("name", ["agent", "otel-collector"])
def test_containers_are_confined(name: str) -> None:
    """Read-only root, an unprivileged user, no capability, bounded files, /tmp alone writable."""
    each = containers()[name]
    assert each["readonlyRootFilesystem"] is True
    assert each["privileged"] is False
    assert each["user"] == "10001:10001"
    assert each["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert each["ulimits"] == [{"name": "nofile", "softLimit": 16384, "hardLimit": 16384}]
    assert each["mountPoints"] == [
        {"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}  # noqa: S108
    ]
    assert each["stopTimeout"] == 120
    assert each["healthCheck"]["command"] == ["CMD", "/healthcheck"]
    assert "secrets" not in each


def test_no_agent_runs_unobserved() -> None:
    """The agent starts after the collector is healthy, and both end together."""
    agent, collector = containers()["agent"], containers()["otel-collector"]
    assert agent["dependsOn"] == [{"containerName": "otel-collector", "condition": "HEALTHY"}]
    assert agent["essential"] is True
    assert collector["essential"] is True


def test_telemetry_stays_in_the_region_and_off_the_network() -> None:
    """The collector listens on loopback and exports to the cell's region and log group."""
    (variable,) = containers()["otel-collector"]["environment"]
    config = json.loads(variable["value"])
    protocols = config["receivers"]["otlp"]["protocols"].values()
    assert all(each["endpoint"].startswith("127.0.0.1:") for each in protocols)
    assert {each["region"] for each in config["exporters"].values()} == {"eu-west-1"}
    named = {
        name
        for pipeline in config["service"]["pipelines"].values()
        for name in pipeline["exporters"]
    }
    assert named == set(config["exporters"])


def test_logs_never_block_the_agent() -> None:
    """Standard output goes to the runtime's own group, without blocking."""
    options = containers()["agent"]["logConfiguration"]["options"]
    assert options["mode"] == "non-blocking"
    assert options["awslogs-region"] == "eu-west-1"
    assert "aws_cloudwatch_log_group.logs_group-analyst" in options["awslogs-group"]


def test_the_environment_says_where_things_are_and_holds_no_secret() -> None:
    """The agent's variables are exactly these addresses and limits."""
    values = {each["name"]: each["value"] for each in containers()["agent"]["environment"]}
    assert set(values) == {
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_SERVICE_NAME",
        "STUDIO_CELL",
        "STUDIO_EVENTS_QUEUE_URL",
        "STUDIO_JURISDICTION",
        "STUDIO_MAILBOX_BUCKET",
        "STUDIO_MAILBOX_PARAMETERS",
        "STUDIO_MODELS",
        "STUDIO_RUNTIME",
        "STUDIO_STORES",
        "STUDIO_TOKENS_PER_DAY",
        "STUDIO_WORK_QUEUE_URL",
        "STUDIO_VAULT",
        "VAULT_ADDR",
    }
    assert set(json.loads(values["STUDIO_STORES"])) == {"internal", "personal"}
    assert values["STUDIO_MAILBOX_PARAMETERS"] == "/acme/cell-aws-eu-west-1-payments-eu/mailbox"


def test_the_service_is_private_and_rolls_back() -> None:
    """No public address, no shell, the runtime's own security group, rollback on failure."""
    service = stack().at("aws_ecs_service", "runtime-analyst/service")
    network = service["network_configuration"]
    assert network["assign_public_ip"] is False
    assert len(network["subnets"]) == 2
    assert len(network["security_groups"]) == 1
    assert service["enable_execute_command"] is False
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}
    assert (service["launch_type"], service["platform_version"]) == ("FARGATE", "LATEST")


def test_releases_own_image_and_number_of_instances() -> None:
    """Terraform starts with none, by a tag that no image has, and leaves both alone."""
    service = stack().at("aws_ecs_service", "runtime-analyst/service")
    assert service["desired_count"] == 0
    assert service["lifecycle"] == {"ignore_changes": ["desired_count", "task_definition"]}
    assert containers()["agent"]["image"].endswith(".repository_url}:unreleased")


def test_runtimes_share_the_cells_one_cluster() -> None:
    """However many runtimes a cell has, it has one cluster, with disks under its own key."""
    (cluster,) = stack().of("aws_ecs_cluster").values()
    storage = cluster["configuration"]["managed_storage_configuration"]
    assert storage["fargate_ephemeral_storage_kms_key_id"].startswith("${aws_kms_key.keys_oper")
    assert cluster["setting"] == [{"name": "containerInsights", "value": "enabled"}]
    assert synthesized().of("aws_ecs_cluster") == {}


def test_instances_follow_the_queue_between_none_and_the_ceiling() -> None:
    """One message starts one instance; ten idle minutes end all."""
    target = stack().at("aws_appautoscaling_target", "runtime-analyst/scaling/target")
    assert (target["min_capacity"], target["max_capacity"]) == (0, 10)
    backlog = stack().at("aws_cloudwatch_metric_alarm", "runtime-analyst/scaling/backlog")
    queue = stack().at("aws_sqs_queue", "runtime-analyst/work/queue")
    assert backlog["dimensions"] == {"QueueName": queue["name"]}
    assert backlog["threshold"] == 1
    idle = stack().at("aws_cloudwatch_metric_alarm", "runtime-analyst/scaling/idle")
    assert idle["evaluation_periods"] == 10
    assert idle["treat_missing_data"] == "ignore"
    assert (idle["comparison_operator"], idle["threshold"]) == ("LessThanThreshold", 1)
    zero = stack().at("aws_appautoscaling_policy", "runtime-analyst/scaling/scale-to-zero")
    assert zero["step_scaling_policy_configuration"]["adjustment_type"] == "ExactCapacity"


@given(st.integers(min_value=1, max_value=1000))
def test_steps_cover_every_depth_once_and_never_shrink(ceiling: int) -> None:
    """Steps join without gap from the alarm's one message to any depth, each adding no less."""
    steps = scale_out_steps(ceiling)
    bounds = [
        (each.metric_interval_lower_bound, each.metric_interval_upper_bound) for each in steps
    ]
    assert bounds[0][0] == "0"
    assert bounds[-1][1] is None
    assert [upper for _, upper in bounds[:-1]] == [lower for lower, _ in bounds[1:]]
    added = [each.scaling_adjustment for each in steps]
    assert added == sorted(added)
    assert all(1 <= each <= ceiling for each in added)


def test_the_work_queue_bears_the_strictest_class() -> None:
    """A message may hold data of any class of the runtime, so it counts as the strictest."""
    queue = stack().at("aws_sqs_queue", "runtime-analyst/work/queue")
    assert queue["tags"]["studio:data-class"] == PERSONAL.name
    public = synthesized(runtime(data_classes=(PUBLIC,)))
    assert (
        public.at("aws_sqs_queue", "runtime-analyst/work/queue")["tags"]["studio:data-class"]
        == PUBLIC.name
    )
    assert queue["kms_master_key_id"].startswith("${aws_kms_key.keys_operations_")
    assert queue["lifecycle"] == {"prevent_destroy": True}


def test_work_that_fails_for_good_raises_an_alarm() -> None:
    """A message in the dead-letter queue tells the cell's alarm topic."""
    alarm = stack().at("aws_cloudwatch_metric_alarm", "runtime-analyst/failures")
    dead = stack().at("aws_sqs_queue", "runtime-analyst/work/dead")
    assert alarm["dimensions"] == {"QueueName": dead["name"]}
    assert alarm["alarm_actions"] == [stack_topic()]


def stack_topic() -> str:
    """The cell's alarm topic, as the budget names it."""
    (budget,) = (
        each
        for path, each in stack().of("aws_budgets_budget").items()
        if path == "runtime-analyst/budget"
    )
    topics = {arn for each in budget["notification"] for arn in each["subscriber_sns_topic_arns"]}
    (topic,) = topics
    assert re.match(r"\$\{aws_sns_topic\.logs_alarms_", topic)
    return topic


def test_the_budget_counts_one_runtime_of_one_cell() -> None:
    """The daily budget filters by a tag that the runtime's service gives to its tasks."""
    budget = stack().at("aws_budgets_budget", "runtime-analyst/budget")
    service = stack().at("aws_ecs_service", "runtime-analyst/service")
    tag = service["tags"]["studio:runtime"]
    assert tag == "aws-eu-west-1-payments-eu/analyst"
    assert budget["cost_filter"] == [
        {"name": "TagKeyValue", "values": [f"user:studio:runtime${tag}"]}
    ]
    assert (budget["limit_amount"], budget["time_unit"]) == ("50.00", "DAILY")
    assert service["propagate_tags"] == "SERVICE"


def test_a_runtime_without_budget_has_none() -> None:
    """No budget is declared, so none is made."""
    assert synthesized(runtime(budget=None)).of("aws_budgets_budget") == {}


def test_names_are_unique_within_each_type() -> None:
    """Every taggable resource of these blocks bears a Name that no other of its type bears."""
    seen: set[tuple[str, str]] = set()
    for block in ("runtime-analyst", "runtime-collector", "runtime-cluster", "identity-analyst"):
        for at, each in stack().under(block).items():
            if "tags" in each:
                key = (at.partition(" ")[0], each["tags"]["Name"])
                assert key not in seen, at
                seen.add(key)
    assert len(seen) > 15
