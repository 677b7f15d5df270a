"""The README's picture shows the example estate as it stands."""

from pathlib import Path

from click.testing import CliRunner
from support.markdown import ROOT

from agent_studio.cli.main import studio

REDRAW = "studio estate graph --out docs/pictures/estate.svg"


def test_the_picture_of_the_example_estate_is_fresh(tmp_path: Path) -> None:
    """The committed picture is what `studio estate graph` draws of the example estate today."""
    drawn = tmp_path / "new.svg"
    words = ["--estate", str(ROOT / "regions.yaml"), *REDRAW.split()[1:-1], str(drawn)]
    done = CliRunner().invoke(studio, words)
    assert done.exit_code == 0, done.output
    fresh = drawn.read_text(encoding="utf-8")
    committed = (ROOT / "docs/pictures/estate.svg").read_text(encoding="utf-8")
    assert committed == fresh, f"the picture is stale; fix: {REDRAW}"
