"""The engine's CLI configuration and environment."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from agent_studio.delivery.files import write_text
from agent_studio.delivery.layout import Layout
from agent_studio.estate.errors import StudioError

_GARBAGE_PERCENT = "400"
"""GOGC. Most of a plan's CPU goes into decoding the provider's schema, a third of that into
collecting its garbage: 400 took 25 % of the CPU off a plan for 6 % more memory (measured with
Terraform 1.11 and the AWS provider 5.100)."""

_UNSET = (
    "TF_CLI_ARGS",
    "TF_DATA_DIR",
    "TF_LOG",
    "TF_LOG_CORE",
    "TF_LOG_PATH",
    "TF_WORKSPACE",
    # Vault's provider would log in, and work, in another namespace than stacks say, or with a
    # server that it does not know (Vault provider, "Provider arguments").
    "VAULT_NAMESPACE",
    "VAULT_SKIP_VERIFY",
)
"""Variables that would change what a command means, or where its files lie."""

_LARGEST = "registry.terraform.io/hashicorp/aws"
"""The provider whose download (150 MB) is not to be repeated for every stack."""


def environment(layout: Layout, *, role: str, plugin_cache: bool) -> dict[str, str]:
    """The environment that every engine command gets.

    Args:
        layout: the state folder; its CLI configuration must have been written.
        role: the account's role that providers assume: `plan` or `apply`.
        plugin_cache: whether providers may have to be downloaded; they then share one folder.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _UNSET and not name.startswith("TF_CLI_ARGS_")
    }
    kept.setdefault("GOGC", _GARBAGE_PERCENT)
    return {
        **kept,
        "TF_CLI_CONFIG_FILE": str(layout.cli_config.resolve()),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        "TF_VAR_studio_role": role,
        **({"TF_PLUGIN_CACHE_DIR": str(layout.plugin_cache.resolve())} if plugin_cache else {}),
    }


def write_configuration(layout: Layout) -> bool:
    """Write the CLI configuration: the provider mirror, if any, before the network.

    A configuration of the user's own (`TF_CLI_CONFIG_FILE`, or `~/.terraformrc`) is taken over
    whole when no mirror is set.

    Returns:
        Whether providers can come over the network into the shared plugin cache.

    Raises:
        StudioError: the mirror or the user's own configuration cannot be read.
    """
    mirror = os.environ.get("STUDIO_PROVIDER_MIRROR")
    held: list[str] = []
    if mirror:
        folder = Path(mirror).expanduser().resolve()
        held = mirrored(folder)
        text = _with_mirror(folder, held)
    else:
        own = _own_configuration(os.environ)
        text = own if own is not None else "disable_checkpoint = true\n"
    if not layout.cli_config.exists() or layout.cli_config.read_text(encoding="utf-8") != text:
        write_text(layout.cli_config, text)
    layout.plugin_cache.mkdir(parents=True, exist_ok=True)
    # A mirror's providers are linked, not copied; a cache beside it would copy them once more.
    return not mirror or _LARGEST not in held


def mirrored(folder: Path) -> list[str]:
    """Name the providers that a mirror holds, e.g. `registry.terraform.io/hashicorp/aws`.

    Raises:
        StudioError: the folder does not exist, or is no mirror.
    """
    found = sorted(
        {path.relative_to(folder).as_posix() for path in folder.glob("*/*/*") if path.is_dir()}
    )
    if not found:
        raise StudioError(
            "STUDIO_PROVIDER_MIRROR is no provider mirror",
            found=str(folder),
            allowed="a folder that holds <host>/<namespace>/<provider>/<version>/<os>_<arch>/",
            fix="make one with `terraform providers mirror`, or unset the variable",
        )
    return found


def _with_mirror(folder: Path, held: list[str]) -> str:
    names = json.dumps(held)
    return (
        "disable_checkpoint = true\n"
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f"    path    = {json.dumps(str(folder))}\n"
        f"    include = {names}\n"
        "  }\n"
        "  direct {\n"
        f"    exclude = {names}\n"
        "  }\n"
        "}\n"
    )


def _own_configuration(variables: Mapping[str, str]) -> str | None:
    named = variables.get("TF_CLI_CONFIG_FILE")
    paths = [Path(named)] if named else [Path.home() / ".terraformrc", Path.home() / ".tofurc"]
    for path in paths:
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return None
