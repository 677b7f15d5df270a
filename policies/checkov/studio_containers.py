"""Hardening of containers on Amazon ECS; the rules are in `agent_studio.policies.containers`."""

from collections.abc import Callable, Iterator
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

from agent_studio.policies import containers, evidence
from agent_studio.policies.containers import Task, read_task

HARDENING = CheckCategories.GENERAL_SECURITY


class TaskCheck(BaseResourceCheck):
    """One rule over the containers of a task definition.

    Args:
        number: of the check's id.
        name: what holds when it passes.
        category: checkov's category.
        rule: gives what is wrong.
    """

    def __init__(
        self,
        number: int,
        name: str,
        category: CheckCategories,
        rule: Callable[[Task], Iterator[str]],
    ) -> None:
        super().__init__(
            name=name,
            id=f"CKV_STUDIO_{number}",
            categories=[category],
            supported_resources=["aws_ecs_task_definition"],
        )
        self.rule = rule

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Fail when the rule objects to anything; `details` say to what."""
        self.details = list(dict.fromkeys(self.rule(read_task(conf, evidence.current()))))
        return CheckResult.FAILED if self.details else CheckResult.PASSED


CHECKS = (
    TaskCheck(
        1,
        "Containers have a root file system that they can't write to",
        HARDENING,
        containers.writable_root,
    ),
    TaskCheck(
        2, "Containers run as a numbered user that is not root", HARDENING, containers.root_user
    ),
    TaskCheck(3, "No container is privileged", HARDENING, containers.privileged),
    TaskCheck(
        4,
        "Containers drop all Linux capabilities and add none",
        HARDENING,
        containers.capabilities,
    ),
    TaskCheck(
        5,
        "Tasks share no namespace, folder or device with their host",
        HARDENING,
        containers.host_shared,
    ),
    TaskCheck(6, "Containers have an init process", HARDENING, containers.without_init),
    TaskCheck(7, "Tasks have limits of CPU and memory", HARDENING, containers.unlimited),
    TaskCheck(8, "Containers log to a log group", CheckCategories.LOGGING, containers.unlogged),
    TaskCheck(
        9,
        "Images are pinned by digest or come from the estate's own registry",
        CheckCategories.SUPPLY_CHAIN,
        containers.foreign_image,
    ),
    TaskCheck(
        10,
        "No secret stands in a plain environment variable",
        CheckCategories.SECRETS,
        containers.plain_secret,
    ),
)
