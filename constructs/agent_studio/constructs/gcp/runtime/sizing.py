"""Sizes of containers on Cloud Run.

Sources: Cloud Run, "Configure CPU limits" (less than one CPU excludes the second generation; each
number of CPUs has a smallest memory) and "Configure memory limits" (each has a largest one).
"""

from dataclasses import dataclass

from agent_studio.estate.errors import StudioError

_GIB = 1024


@dataclass(frozen=True, slots=True, order=True)
class ContainerSize:
    """What Cloud Run gives a container: virtual CPUs and memory in MiB."""

    cpu: int
    memory: int

    @property
    def limits(self) -> dict[str, str]:
        """The size as Cloud Run's API writes limits."""
        return {"cpu": str(self.cpu), "memory": f"{self.memory}Mi"}


_MEMORY = {
    1: (512, 4 * _GIB),
    2: (512, 8 * _GIB),
    4: (2 * _GIB, 16 * _GIB),
    6: (4 * _GIB, 24 * _GIB),
}
"""Virtual CPUs -> the smallest and the largest memory; of eight, one would lack the collector's."""


def container_size(cpu: float, memory: int) -> ContainerSize:
    """Give the smallest size that has at least what a profile asks for.

    Args:
        cpu: virtual CPUs.
        memory: MiB.

    Raises:
        StudioError: Cloud Run has no size as large.

    >>> container_size(0.5, 512)
    ContainerSize(cpu=1, memory=512)
    >>> container_size(1, 6144)
    ContainerSize(cpu=2, memory=6144)
    >>> container_size(4, 1024)
    ContainerSize(cpu=4, memory=2048)
    """
    for cpus, (least, most) in _MEMORY.items():
        if cpus >= cpu and most >= memory:
            return ContainerSize(cpu=cpus, memory=max(least, memory))
    cpus, (_, most) = max(_MEMORY.items())
    raise StudioError(
        "a runtime is larger than any container on Cloud Run beside its collector",
        found=f"cpu {cpu:g}, memory {memory} MiB",
        allowed=f"at most cpu {cpus} and memory {most} MiB",
        fix="ask for less",
    )
