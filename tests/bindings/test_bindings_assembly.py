"""A jsii package is cut down to some submodules and to what they need."""

import json

from support.toy_provider import tarball, unpack

from agent_studio.bindings.assembly import close_over, cut, read_package


def test_only_kept_submodules_remain() -> None:
    """Types, submodules and JavaScript of other submodules are gone."""
    files = unpack(cut(read_package(tarball()), frozenset({"provider", "s3bucket"})))
    assembly = json.loads(files["package/.jsii"])
    assert list(assembly["types"]) == [
        "@toy/provider.provider.Thing",
        "@toy/provider.s3Bucket.Thing",
    ]
    assert set(assembly["submodules"]) == {"@toy/provider.provider", "@toy/provider.s3Bucket"}
    assert {name for name in files if "/lib/" in name} == {
        "package/lib/index.js",
        "package/lib/provider/index.js",
        "package/lib/s3-bucket/index.js",
    }
    assert files["package/LICENSE"] == b"licence text"


def test_needed_submodules_are_kept() -> None:
    """A submodule whose type is referred to is kept with the one that refers to it."""
    assert close_over(read_package(tarball()), {"sqsqueue"}) == {"sqsqueue", "sharedshapes"}


def test_what_is_for_readers_is_dropped() -> None:
    """Documentation, places in the source and source maps are gone."""
    files = unpack(cut(read_package(tarball()), frozenset({"s3bucket"})))
    assert b"readers only" not in files["package/.jsii"]
    assert b"locationInModule" not in files["package/.jsii"]
    assert files["package/lib/s3-bucket/index.js"].strip() == b"exports.name = 's3-bucket';"


def test_index_requires_a_submodule_when_it_is_used() -> None:
    """The package's index names each kept submodule and loads none by itself."""
    files = unpack(cut(read_package(tarball()), frozenset({"s3bucket"})))
    index = files["package/lib/index.js"].decode()
    assert """lazy("s3Bucket", './s3-bucket/index');""" in index
    assert "sqs" not in index


def test_result_is_reproducible() -> None:
    """The same input gives the same bytes."""
    kept = frozenset({"s3bucket", "provider"})
    assert cut(read_package(tarball()), kept) == cut(read_package(tarball()), kept)
