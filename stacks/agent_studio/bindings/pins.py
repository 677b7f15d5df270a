"""The pinned prebuilt packages, as `pins.toml` lists them."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One prebuilt provider package.

    Attributes:
        cloud: the Terraform provider's short name, such as `aws`.
        framework: `cdktf` or `cdktn`.
        module: the package's import name.
        distribution: its name on the package index.
        version: its exact version.
        sha256: the wheel's digest in hexadecimal.
        source: where the version was chosen from.
    """

    cloud: str
    framework: str
    module: str
    distribution: str
    version: str
    sha256: str
    source: str

    @property
    def wheel(self) -> str:
        """The wheel's file name, as PEP 427 spells it."""
        return f"{self.distribution.replace('-', '_')}-{self.version}-py3-none-any.whl"


def load_pins(path: Path | None = None) -> tuple[Pin, ...]:
    """Read the pins.

    Args:
        path: a file laid out as `pins.toml`; by default the one shipped with this package.

    Returns:
        The pins in the file's order.
    """
    text = (
        files("agent_studio.bindings").joinpath("pins.toml").read_text("utf-8")
        if path is None
        else path.read_text("utf-8")
    )
    return tuple(Pin(**entry) for entry in tomllib.loads(text)["package"])
