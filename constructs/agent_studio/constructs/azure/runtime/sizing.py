"""Sizes of containers on Container Apps.

Source: Azure Container Apps, "Containers": on the Consumption profile the containers of a replica
have together a quarter of a CPU up to four, in quarters, and two GiB of memory for each CPU.
"""

import math
from dataclasses import dataclass

from agent_studio.estate.errors import StudioError

_MIB_PER_QUARTER = 512
_MOST_QUARTERS = 16


@dataclass(frozen=True, slots=True)
class ContainerSize:
    """What Container Apps gives a container, in quarters of a CPU."""

    quarters: int

    @property
    def cpu(self) -> float:
        """Virtual CPUs."""
        return self.quarters / 4

    @property
    def memory(self) -> str:
        """Memory, as Container Apps writes it.

        >>> ContainerSize(3).memory
        '1.5Gi'
        """
        return f"{self.quarters / 2:g}Gi"


COLLECTOR = ContainerSize(1)
"""The size of the collector beside an agent."""


def container_size(cpu: float, memory: int) -> ContainerSize:
    """Give the smallest size that has at least what a profile asks for.

    Args:
        cpu: virtual CPUs.
        memory: MiB.

    Raises:
        StudioError: Container Apps has no size as large beside the collector's.

    >>> container_size(1, 2048).cpu
    1.0
    >>> container_size(0.5, 3072).cpu
    1.5
    """
    quarters = max(math.ceil(cpu * 4), math.ceil(memory / _MIB_PER_QUARTER))
    most = _MOST_QUARTERS - COLLECTOR.quarters
    if quarters > most:
        raise StudioError(
            "a runtime is larger than any container on Container Apps beside its collector",
            found=f"cpu {cpu:g}, memory {memory} MiB",
            allowed=f"at most cpu {most / 4:g} and memory {most * _MIB_PER_QUARTER} MiB",
            fix="ask for less",
        )
    return ContainerSize(quarters)
