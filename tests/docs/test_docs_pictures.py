"""The README's picture shows the example estate as it stands."""

from click.testing import CliRunner
from support.markdown import ROOT

from agent_studio.cli.main import studio

REDRAW = "studio estate graph --out docs/pictures/estate.svg"


def test_the_picture_of_the_example_estate_is_fresh() -> None:
    """The committed picture is what `studio estate graph` draws of the example estate today."""
    with CliRunner().isolated_filesystem():
        estate = str(ROOT / "regions.yaml")
        done = CliRunner().invoke(studio, ["--estate", estate, *REDRAW.split()[1:-1], "new.svg"])
        assert done.exit_code == 0, done.output
        with open("new.svg", encoding="utf-8") as drawn:
            fresh = drawn.read()
    committed = (ROOT / "docs/pictures/estate.svg").read_text(encoding="utf-8")
    assert committed == fresh, f"the picture is stale; fix: {REDRAW}"
