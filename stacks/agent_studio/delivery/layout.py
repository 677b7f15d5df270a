"""Where each step of the pipeline keeps its files, below the state folder."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The paths below one state folder (`.studio`); nothing is created by asking for a path.

    Attributes:
        root: the state folder.
    """

    root: Path

    @property
    def manifest(self) -> Path:
        """What the last synthesis wrote: names, layers, paths, digests, resource counts."""
        return self.root / "synth" / "manifest.json"

    def work(self, stack: str) -> Path:
        """The Terraform working directory of one stack."""
        return self.root / "work" / stack

    def plan(self, stack: str) -> Path:
        """The folder of one stack's last plan: `plan.bin`, `plan.json`, `meta.json`, logs."""
        return self.root / "plan" / stack

    def gate_record(self, stack: str) -> Path:
        """The gate's record on one stack's last plan."""
        return self.root / "gate" / f"{stack}.json"

    def deploy(self, stack: str) -> Path:
        """The folder of one stack's last plan by `studio-terraform`: `plan.bin`, `plan.json`."""
        return self.root / "deploy" / stack

    def second(self, stack: str) -> Path:
        """What `apply --verify` saw right after a stack's apply: the stack and its second plan."""
        return self.root / "second" / stack

    def applied(self, stack: str) -> Path:
        """What was last applied to one stack."""
        return self.root / "apply" / f"{stack}.json"

    def drift(self, stack: str) -> Path:
        """One stack's last drift report."""
        return self.root / "drift" / f"{stack}.json"

    @property
    def runs(self) -> Path:
        """The journals of every apply."""
        return self.root / "runs"

    @property
    def cli_config(self) -> Path:
        """The Terraform CLI configuration that the pipeline writes."""
        return self.root / "terraform.tfrc"

    @property
    def plugin_cache(self) -> Path:
        """Providers that came over the network, shared by every stack."""
        return self.root / "plugin-cache"

    @property
    def apply_lock(self) -> Path:
        """Held by the one apply that may run in this state folder."""
        return self.root / "apply.lock"
