"""The engine, the state folder and the overlay, ready for use."""

from dataclasses import dataclass
from pathlib import Path

from agent_studio.delivery.engine import Engine, discover
from agent_studio.delivery.engine.configuration import environment, write_configuration
from agent_studio.delivery.files import private_folder
from agent_studio.delivery.layout import Layout


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """What every engine command of one `studio` command shares.

    Attributes:
        engine: the engine.
        layout: the state folder.
        overlay: a folder of `*_override.tf.json` to lay beside each stack, or None.
        estate_file: the estate's file, beside which the keys lie whose gate records count; None
            where no estate is known, as in a test.
        downloads: whether providers come over the network into the shared cache.
    """

    engine: Engine
    layout: Layout
    overlay: Path | None
    downloads: bool
    estate_file: Path | None = None

    def environment(self, role: str) -> dict[str, str]:
        """The environment of a command whose providers assume `role`: `plan` or `apply`."""
        return environment(self.layout, role=role, plugin_cache=self.downloads)


def open_toolchain(
    state_dir: Path, *, overlay: Path | None, estate_file: Path | None = None
) -> Toolchain:
    """Find the engine and write its configuration.

    Args:
        state_dir: the state folder; made if need be.
        overlay: a folder of `*_override.tf.json`, or None.
        estate_file: the estate's file, if gate records are to be verified or written.

    Raises:
        StudioError: no engine fits, or the provider mirror is none.
    """
    layout = Layout(state_dir)
    private_folder(state_dir)
    engine = discover()
    return Toolchain(
        engine=engine,
        layout=layout,
        overlay=overlay,
        downloads=write_configuration(layout),
        estate_file=estate_file,
    )
