"""The app's start with every binding in use stays small."""

import os

from bench.bench_start import LEAN, start

from agent_studio.bindings.cdk import use_own_node

MEMORY_MIB = 250


def test_start_needs_little_memory() -> None:
    """Python and Node together stay below 250 MiB while the whole app is imported."""
    use_own_node()
    start(LEAN, dict(os.environ))
    _, peak = start(LEAN, dict(os.environ))
    assert 50 < peak < MEMORY_MIB
