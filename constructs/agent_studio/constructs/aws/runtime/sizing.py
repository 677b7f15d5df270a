"""Sizes of tasks on Fargate.

Source: ECS Developer Guide, "Troubleshoot Amazon ECS task definition invalid CPU or memory errors",
table of the CPU and memory values for tasks hosted on Fargate (Linux).
"""

from dataclasses import dataclass

from agent_studio.estate.errors import StudioError

_GIB = 1024


@dataclass(frozen=True, slots=True, order=True)
class TaskSize:
    """What Fargate gives a task: CPU units (1,024 a virtual CPU) and memory in MiB."""

    cpu: int
    memory: int


def _sizes(cpu: int, first: int, last: int, step: int) -> tuple[TaskSize, ...]:
    return tuple(
        TaskSize(cpu, memory) for memory in range(first * _GIB, last * _GIB + 1, step * _GIB)
    )


FARGATE_SIZES = (
    TaskSize(256, 512),
    *_sizes(256, 1, 2, 1),
    *_sizes(512, 1, 4, 1),
    *_sizes(1024, 2, 8, 1),
    *_sizes(2048, 4, 16, 1),
    *_sizes(4096, 8, 30, 1),
    *_sizes(8192, 16, 60, 4),
    *_sizes(16384, 32, 120, 8),
)
"""Every size that Fargate takes, the smallest first."""


def fargate_size(cpu: float, memory: int) -> TaskSize:
    """Give the smallest size that has at least what a profile asks for.

    Args:
        cpu: virtual CPUs.
        memory: MiB.

    Returns:
        No other size holds the asked with as little of one and less of the other.

    Raises:
        StudioError: Fargate has no size as large.

    >>> fargate_size(1, 2048)
    TaskSize(cpu=1024, memory=2048)
    >>> fargate_size(0.3, 512)
    TaskSize(cpu=512, memory=1024)
    """
    for size in FARGATE_SIZES:
        if size.cpu >= cpu * 1024 and size.memory >= memory:
            return size
    largest = FARGATE_SIZES[-1]
    raise StudioError(
        "a runtime is larger than any task on Fargate",
        found=f"cpu {cpu:g}, memory {memory} MiB",
        allowed=f"at most cpu {largest.cpu // 1024} and memory {largest.memory} MiB",
        fix="ask for less",
    )
