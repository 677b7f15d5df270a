"""How the processes that synthesize are started, so that they do what they are for, and no more."""

from collections.abc import Mapping
from pathlib import Path

from agent_studio.bindings.fetch import cache_folder

FLAGS = ("-O",)
"""jsii's generated code checks the type of every argument unless Python is told to optimize (Python
Setup and Usage, "-O"); the kernel behind it checks what it is given all the same. It takes a third
of Python's time. Whoever runs the app by hand, or a test, has the checks."""

_PRELOAD = Path(__file__).with_name("no_creation_stacks.cjs")


def fast(environment: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a process that synthesizes.

    Optimized bytecode is another than what an installation holds. It is kept in the user's cache
    folder, even where Python shall write none beside the sources: to compile everything once more
    takes three seconds in each process.

    Args:
        environment: what it would have.
    """
    kept = {key: value for key, value in environment.items() if key != "PYTHONDONTWRITEBYTECODE"}
    options = f"{environment.get('NODE_OPTIONS', '')} --require {_quoted(_PRELOAD)}".strip()
    return {
        **kept,
        "NODE_OPTIONS": options,
        "PYTHONPYCACHEPREFIX": str(cache_folder().parent / "bytecode"),
    }


def _quoted(path: Path) -> str:
    """Write a path as Node reads one in NODE_OPTIONS (Node.js, "NODE_OPTIONS=options...")."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
