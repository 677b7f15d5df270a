"""Many stacks over all cores."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from agent_studio.policies.model import PlanInput

T = TypeVar("T")
_FEW = 8
"""Inputs up to which other processes cost more than they bring."""
_SHARES = 4
"""Shares of work for each process, so that none is left waiting for the largest plans."""


def spread(
    work: Callable[[Sequence[PlanInput]], T],
    inputs: Sequence[PlanInput],
    *,
    jobs: int | None = None,
) -> Iterator[T]:
    """Do work on inputs, over as many processes as there are cores.

    The processes are copies of this one (fork), so that what takes seconds to load is loaded once.
    Where that is not sound (other systems than Linux) all is done here.

    Args:
        work: what is done with some of the inputs; a function that can be pickled.
        inputs: all of them.
        jobs: processes; by default one a core.

    Yields:
        What the work gave, in the order of the inputs.
    """
    count = jobs or os.cpu_count() or 1
    if len(inputs) <= _FEW or count == 1 or sys.platform != "linux":
        yield work(inputs)
        return
    size = max(1, -(-len(inputs) // (count * _SHARES)))
    shares = [inputs[start : start + size] for start in range(0, len(inputs), size)]
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(count, mp_context=forked) as executor:
        yield from executor.map(work, shares)
