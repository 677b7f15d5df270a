"""The layout: four source roots of one namespace package, and imports that run one way."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE_ROOTS = ("constructs", "stacks", "policies", "runtime_images")
PACKAGES = sorted(
    path
    for root in SOURCE_ROOTS
    for path in (ROOT / root / "agent_studio").iterdir()
    if path.is_dir() and path.name != "__pycache__"
)


@pytest.mark.parametrize("root", SOURCE_ROOTS)
def test_no_root_is_a_package(root: str) -> None:
    """Neither a source root nor its agent_studio folder holds an __init__.py."""
    stray = [ROOT / root / "__init__.py", ROOT / root / "agent_studio" / "__init__.py"]
    assert [path for path in stray if path.exists()] == []


def test_constructs_is_the_package_from_pypi() -> None:
    """`import constructs` gives the library on which cdktf stands, not a folder of ours."""
    constructs = importlib.import_module("constructs")
    assert constructs.__file__ is not None
    assert ROOT / "constructs" not in Path(constructs.__file__).resolve().parents
    assert hasattr(constructs, "Construct")


def test_agent_studio_is_a_namespace_over_all_roots() -> None:
    """`agent_studio` has no file of its own and spans every source root."""
    package = importlib.import_module("agent_studio")
    assert getattr(package, "__file__", None) is None
    spanned = {Path(path).resolve() for path in package.__path__}
    assert {ROOT / root / "agent_studio" for root in SOURCE_ROOTS} <= spanned


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_each_subpackage_is_typed_and_regular(package: Path) -> None:
    """Every subpackage has its own __init__.py and py.typed."""
    assert (package / "__init__.py").is_file()
    assert (package / "py.typed").is_file()


def test_imports_run_one_way() -> None:
    """Every import contract of pyproject.toml is kept, and none carries an exception."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Contracts: 5 kept, 0 broken." in done.stdout
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text()


def test_import_contracts_can_break(tmp_path: Path) -> None:
    """A contract over the namespace package fails when a lower room imports a higher one."""
    package = tmp_path / "agent_studio"
    for room, text in {"estate": "import agent_studio.delivery\n", "delivery": ""}.items():
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").write_text(text)
    (tmp_path / ".importlinter").write_text(
        "[importlinter]\nroot_packages =\n    agent_studio\n"
        "[importlinter:contract:one]\nname = one way\ntype = layers\n"
        "containers =\n    agent_studio\nlayers =\n    delivery\n    estate\n"
    )
    # -S leaves out the editable install's path file, whose rooms would join the namespace.
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; sys.argv = ['lint-imports', '--no-cache'];"
        "from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    site = [path for path in sys.path if path.endswith("site-packages")]
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(tmp_path), *site],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "agent_studio.estate is not allowed to import agent_studio.delivery" in done.stdout
