"""Lean and complete bindings, and both frameworks, give the same stacks of the example estate."""

import filecmp
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from agent_studio.bindings.build import check, survey
from agent_studio.bindings.fetch import fetch

ESTATE = Path(__file__).parents[2] / "regions.yaml"
PROGRAM = """
from agent_studio.stacks.__main__ import main
code = main()
import cdktf_cdktf_provider_aws
print(cdktf_cdktf_provider_aws.__file__)
raise SystemExit(code)
"""


def synthesize(out: Path, **environment: str) -> Path:
    """Synthesize the example estate into a folder; give the bindings' folder that was used."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        env=os.environ
        | {"STUDIO_ESTATE": str(ESTATE), "CDKTF_OUTDIR": str(out), "STUDIO_CDK": "cdktf"}
        | environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1]).parent


@pytest.fixture(scope="module")
def lean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthesize with the environment's lean bindings."""
    check(survey())
    out = tmp_path_factory.mktemp("lean")
    assert (synthesize(out) / "stamp").is_file()
    return out


def stacks(out: Path) -> list[str]:
    """Name the synthesized files below a folder."""
    return sorted(str(path.relative_to(out)) for path in out.rglob("*.json"))


@pytest.mark.slow
def test_complete_bindings_give_the_same_bytes(lean: Path, tmp_path: Path) -> None:
    """Every file that the complete package gives is the same, byte for byte."""
    target = next(each for each in survey() if each.pin.framework == "cdktf")
    with zipfile.ZipFile(fetch(target.pin)) as wheel:
        wheel.extractall(tmp_path / "complete")
    out = tmp_path / "out"
    used = synthesize(
        out,
        PYTHONPATH=os.pathsep.join(
            [str(tmp_path / "complete"), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
        PYTHONDONTWRITEBYTECODE="1",
        JSII_RUNTIME_PACKAGE_CACHE="disabled",
    )
    assert used == tmp_path / "complete" / target.pin.module
    names = stacks(lean)
    assert len(names) > 2
    assert stacks(out) == names
    assert filecmp.cmpfiles(lean, out, names, shallow=False) == (names, [], [])


def test_cdk_terrain_gives_the_same_stacks(lean: Path, tmp_path: Path) -> None:
    """CDK Terrain's output differs in the version stamp and the provider source's form alone."""
    used = synthesize(tmp_path, STUDIO_CDK="cdktn")
    assert used.name == "cdktn_provider_aws"
    assert stacks(tmp_path) == stacks(lean)
    for name in stacks(lean):
        ours = json.loads((lean / name).read_text())
        theirs = json.loads((tmp_path / name).read_text())
        if name.endswith("sources.json"):
            pass
        elif name == "manifest.json":
            assert theirs.pop("version") != ours.pop("version")
        else:
            take_stamps(ours, prefix="")
            take_stamps(theirs, prefix="hashicorp/")
        assert theirs == ours


def take_stamps(stack: dict[str, Any], *, prefix: str) -> None:
    """Remove the version stamp and each provider's source, which must have the given form.

    CDK Terrain's package for Azure writes the short name, as those of cdktf do; cdktf's for Vault
    writes the long one.
    """
    del stack["//"]["metadata"]["version"]
    for name, provider in stack["terraform"]["required_providers"].items():
        form = {"azurerm": "", "vault": "hashicorp/"}.get(name, prefix)
        assert provider.pop("source") == form + name
