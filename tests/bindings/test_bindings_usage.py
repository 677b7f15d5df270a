"""Which provider modules are used is read from the code's imports."""

from pathlib import Path

import pytest

from agent_studio.bindings.errors import BindingsError
from agent_studio.bindings.usage import find_usage, source_roots


def modules(folder: Path, text: str) -> dict[str, list[str]]:
    """Give the spellings found in one file."""
    (folder / "program.py").write_text(text)
    return {
        cloud: sorted(spelling for spelling, _ in usage.places.values())
        for cloud, usage in find_usage([folder]).items()
    }


@pytest.mark.parametrize(
    "text",
    [
        "from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket",
        "from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket as Bucket",
        "from cdktf_cdktf_provider_aws import s3_bucket",
        "from cdktf_cdktf_provider_aws import s3_bucket as buckets",
        "import cdktf_cdktf_provider_aws.s3_bucket",
        "import cdktf_cdktf_provider_aws.s3_bucket as buckets",
        "import cdktf_cdktf_provider_aws as aws\naws.s3_bucket.S3Bucket",
        "from cdktn_provider_aws.s3_bucket import S3Bucket",
        "def later():\n    from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket",
        "import importlib\nimportlib.import_module('cdktf_cdktf_provider_aws.s3_bucket')",
    ],
)
def test_each_form_of_import_is_recognised(tmp_path: Path, text: str) -> None:
    """A module is found however it is imported."""
    assert modules(tmp_path, text) == {"aws": ["s3_bucket"]}


def test_clouds_are_told_apart(tmp_path: Path) -> None:
    """Each cloud has its own list of modules."""
    text = (
        "from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket\n"
        "from cdktf_cdktf_provider_google.storage_bucket import StorageBucket\n"
        "from other.s3_bucket import Thing\n"
    )
    assert modules(tmp_path, text) == {"aws": ["s3_bucket"], "google": ["storage_bucket"]}


def test_spellings_of_one_module_are_one(tmp_path: Path) -> None:
    """Names that differ in case, `-` and `_` alone are the same module."""
    text = "import cdktf_cdktf_provider_aws as a\na.s3_bucket\na.s3Bucket\n"
    assert len(modules(tmp_path, text)["aws"]) == 1


def test_star_import_is_refused(tmp_path: Path) -> None:
    """An import of every module is refused with its place."""
    with pytest.raises(BindingsError, match=r"program\.py:1 .*import the modules by name"):
        modules(tmp_path, "from cdktf_cdktf_provider_aws import *")


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    """A file that Python cannot parse is named with the line."""
    with pytest.raises(BindingsError, match=r"an import cannot be read; found .*program\.py:2"):
        modules(tmp_path, "import cdktf_cdktf_provider_aws\ndef (:\n")


def test_source_roots_of_a_checkout(tmp_path: Path) -> None:
    """In a checkout both roots are read, in a wheel the package itself."""
    (tmp_path / "pyproject.toml").touch()
    for root in ("constructs", "stacks"):
        (tmp_path / root / "agent_studio").mkdir(parents=True)
    roots = source_roots(tmp_path / "stacks" / "agent_studio" / "bindings")
    assert roots == (tmp_path / "constructs/agent_studio", tmp_path / "stacks/agent_studio")
    wheel = tmp_path / "site-packages" / "agent_studio"
    wheel.mkdir(parents=True)
    assert source_roots(wheel / "bindings") == (wheel,)
