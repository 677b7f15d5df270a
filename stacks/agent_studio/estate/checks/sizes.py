"""Sizes of runtimes: what AWS Fargate offers."""

from collections.abc import Iterator

from agent_studio.estate.catalogue import fargate_sizes
from agent_studio.estate.draft import Draft, Entry
from agent_studio.estate.model import RuntimeSpec
from agent_studio.estate.problems import Problem


def check_sizes(draft: Draft) -> Iterator[Problem]:
    """Check CPU and memory of each runtime that some AWS cell uses."""
    used = {
        name
        for cell in draft.cells
        if cell.path[1].startswith("aws/")
        for name in cell.spec.runtimes
    }
    sizes = fargate_sizes() if used else {}
    for name in sorted(used & draft.runtimes.keys()):
        runtime = draft.runtimes[name]
        if "cpu" in runtime.bad:
            continue
        if runtime.spec.cpu not in sizes:
            yield unknown_cpu(draft, runtime, sizes)
        elif "memory" not in runtime.bad and runtime.spec.memory not in sizes[runtime.spec.cpu]:
            yield unknown_memory(draft, runtime, sizes[runtime.spec.cpu])


def unknown_cpu(
    draft: Draft, runtime: Entry[RuntimeSpec], sizes: dict[float, tuple[int, ...]]
) -> Problem:
    """Fargate offers a few numbers of virtual CPUs alone."""
    above = [cpu for cpu in sizes if cpu > runtime.spec.cpu]
    nearest = min(above) if above else max(sizes)
    return draft.source.problem(
        (*runtime.path, "cpu"),
        "AWS Fargate offers no such number of virtual CPUs",
        allowed=", ".join(f"{cpu:g}" for cpu in sizes),
        fix=f"write {nearest:g}",
    )


def unknown_memory(draft: Draft, runtime: Entry[RuntimeSpec], offered: tuple[int, ...]) -> Problem:
    """Fargate offers a range of memory for each number of virtual CPUs."""
    above = [size for size in offered if size >= runtime.spec.memory]
    nearest = min(above) if above else max(offered)
    step = offered[1] - offered[0]
    return draft.source.problem(
        (*runtime.path, "memory"),
        f"AWS Fargate offers no such memory with {runtime.spec.cpu:g} virtual CPUs",
        allowed=", ".join(_amount(size) for size in offered)
        if len(offered) <= 4
        else f"{_amount(offered[0])} to {_amount(offered[-1])} in steps of {_amount(step)}",
        fix=f"write {_amount(nearest)}",
    )


def _amount(mib: int) -> str:
    return f"{mib}MiB" if mib % 1024 else f"{mib // 1024}GiB"
