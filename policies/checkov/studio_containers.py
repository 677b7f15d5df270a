"""Hardening of containers on Amazon ECS; the rules are in `agent_studio.policies.containers`."""

from collections.abc import Callable, Iterator

from checkov.common.models.enums import CheckCategories

from agent_studio.policies import containers
from agent_studio.policies.containers import Task, read_task
from agent_studio.policies.rule_check import RuleCheck

HARDENING = CheckCategories.GENERAL_SECURITY


def task_check(
    number: int, name: str, category: CheckCategories, rule: Callable[[Task], Iterator[str]]
) -> RuleCheck:
    """A check of one rule over the containers of a task definition."""
    return RuleCheck(
        number,
        name,
        category,
        types=["aws_ecs_task_definition"],
        rule=lambda conf, evidence: rule(read_task(conf, evidence)),
    )


CHECKS = (
    task_check(
        1,
        "Containers have a root file system that they can't write to",
        HARDENING,
        containers.writable_root,
    ),
    task_check(
        2, "Containers run as a numbered user that is not root", HARDENING, containers.root_user
    ),
    task_check(3, "No container is privileged", HARDENING, containers.privileged),
    task_check(
        4,
        "Containers drop all Linux capabilities and add none",
        HARDENING,
        containers.capabilities,
    ),
    task_check(
        5,
        "Tasks share no namespace, folder or device with their host",
        HARDENING,
        containers.host_shared,
    ),
    task_check(6, "Containers have an init process", HARDENING, containers.without_init),
    task_check(7, "Tasks have limits of CPU and memory", HARDENING, containers.unlimited),
    task_check(8, "Containers log to a log group", CheckCategories.LOGGING, containers.unlogged),
    task_check(
        9,
        "Images are pinned by digest or come from the estate's own registry",
        CheckCategories.SUPPLY_CHAIN,
        containers.foreign_image,
    ),
    task_check(
        10,
        "No secret stands in a plain environment variable",
        CheckCategories.SECRETS,
        containers.plain_secret,
    ),
)
