"""The kit's own checkov checks, loaded from `policies/checkov/`.

checkov's loader of external checks takes every file of a folder, stores each under its bare file
name, logs what can't be loaded instead of raising, and drops a second check of one id silently.
Here the files are named, each is loaded once in this process, and whatever is odd is an error.
"""

import importlib.machinery
import importlib.util
from functools import cache
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import policy_file

FILES = ("studio_containers", "studio_logs", "studio_tags")
PREFIX = "CKV_STUDIO_"


class _Loader(importlib.machinery.SourceFileLoader):
    """Leaves no bytecode behind: a bundle's folder holds what its digest names and nothing else."""

    def set_data(self, *_: Any, **__: Any) -> None:
        """Write nothing."""


@cache
def load_custom() -> tuple[Any, ...]:
    """Register the kit's checks with checkov; later calls give the same checks.

    Raises:
        StudioError: a file is missing or can't be loaded, or two checks have one id.
    """
    checks: dict[str, Any] = {}
    for name in FILES:
        for check in _load(name):
            if check.id in checks or not check.id.startswith(PREFIX):
                raise StudioError(
                    f"policies/checkov/{name}.py has a check whose id can't be used",
                    found=check.id,
                    allowed=f"{PREFIX}<number>, each once",
                )
            checks[check.id] = check
    return tuple(checks.values())


def _load(name: str) -> tuple[Any, ...]:
    path = policy_file(f"checkov/{name}.py")
    loader = _Loader(f"agent_studio_checkov_{name}", str(path))
    specification = importlib.util.spec_from_loader(loader.name, loader)
    if specification is None:
        raise StudioError("a file of checks can't be loaded", found=path.name)
    module = importlib.util.module_from_spec(specification)
    try:
        loader.exec_module(module)
        checks = tuple(module.CHECKS)
    except ImportError:
        raise
    except Exception as error:
        raise StudioError(
            f"policies/checkov/{path.name} can't be loaded",
            found=f"{type(error).__name__}: {error}",
            fix="install agent-studio again; the gate does not judge without its checks",
        ) from error
    return checks
