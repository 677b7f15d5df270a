"""Lean packages are fetched, verified, built and installed as a whole or not at all."""

import dataclasses
import filecmp
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from support.toy_provider import Toy

from agent_studio.bindings import package
from agent_studio.bindings.build import build, check, survey
from agent_studio.bindings.errors import BindingsError


def make(toy: Toy, report: list[str] | None = None) -> None:
    """Bring the toy bindings up to date."""
    lines = [] if report is None else report
    build(roots=toy.roots, pins=[toy.pin], site=toy.site, cache=toy.cache, report=lines.append)


def python(toy: Toy, code: str) -> subprocess.CompletedProcess[str]:
    """Run a program that sees the toy's site-packages."""
    environment = os.environ | {"PYTHONPATH": str(toy.site), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def works(toy: Toy, module: str) -> bool:
    """Tell whether a module of the installed package can be imported."""
    done = python(toy, f"import {toy.pin.module}.{module} as m; print(m.Thing.name)")
    return done.stdout.strip() == module


def test_used_modules_are_installed_and_others_are_not(toy: Toy) -> None:
    """The built package has the used modules, what they need, and the provider."""
    toy.use("sqs_queue")
    make(toy)
    folders = {path.name for path in (toy.site / toy.pin.module).iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == {"_jsii", "provider", "shared_shapes", "sqs_queue"}
    assert works(toy, "sqs_queue")


def test_second_build_does_nothing(toy: Toy) -> None:
    """An up-to-date build reports nothing, needs no index and leaves the files alone."""
    toy.use("s3_bucket")
    make(toy)
    before = (toy.site / toy.pin.module).readlink()
    shutil.rmtree(toy.index)
    shutil.rmtree(toy.cache)
    lines: list[str] = []
    started = time.perf_counter()
    make(toy, lines)
    assert time.perf_counter() - started < 0.3
    assert lines == []
    assert (toy.site / toy.pin.module).readlink() == before


def test_new_import_is_built_from_the_cache(toy: Toy) -> None:
    """A further module is added without asking the index again."""
    shutil.rmtree(toy.cache)
    toy.use("s3_bucket")
    make(toy)
    shutil.rmtree(toy.index)
    toy.use("s3_bucket", "sqs_queue")
    with pytest.raises(BindingsError, match="not up to date; found cdktf_cdktf_provider_toy; fix"):
        check(survey(roots=toy.roots, pins=[toy.pin], site=toy.site))
    make(toy)
    assert works(toy, "sqs_queue")
    check(survey(roots=toy.roots, pins=[toy.pin], site=toy.site))


def test_build_is_reproducible(toy: Toy, tmp_path: Path) -> None:
    """Two builds from the same input have the same files, byte for byte."""
    toy.use("s3_bucket", "sqs_queue")
    make(toy)
    other = dataclasses.replace(toy, site=tmp_path / "other")
    other.site.mkdir()
    make(other)
    mine, theirs = toy.site / toy.pin.module, other.site / toy.pin.module
    names = sorted(str(path.relative_to(mine)) for path in mine.rglob("*") if path.is_file())
    assert filecmp.cmpfiles(mine, theirs, names, shallow=False) == (names, [], [])


def test_other_package_than_the_pinned_one_is_refused(toy: Toy) -> None:
    """A download with another digest is refused, and what was installed stays."""
    toy.use("s3_bucket")
    make(toy)
    wrong = dataclasses.replace(toy, pin=dataclasses.replace(toy.pin, sha256="0" * 64))
    with pytest.raises(BindingsError) as caught:
        make(wrong)
    assert caught.value.line == (
        "cdktf-cdktf-provider-toy 1.0.0 is not the pinned package; "
        f"found sha256 {toy.pin.sha256}; allowed: sha256 {'0' * 64}; "
        "fix: do not use this index until you know why its package differs"
    )
    assert works(toy, "s3_bucket")


def test_damaged_cache_is_fetched_again(toy: Toy) -> None:
    """A cached wheel whose digest no longer fits is downloaded anew."""
    toy.use("s3_bucket")
    make(toy)
    cached = toy.cache / toy.pin.sha256 / toy.pin.wheel
    cached.write_bytes(b"damaged")
    toy.use("sqs_queue")
    make(toy)
    assert works(toy, "sqs_queue")


def test_unreachable_index_is_one_line(toy: Toy) -> None:
    """A package that no index has is refused with pip's reason and what to check."""
    toy.use("s3_bucket")
    shutil.rmtree(toy.cache)
    shutil.rmtree(toy.index)
    toy.index.mkdir()
    with pytest.raises(BindingsError) as caught:
        make(toy)
    assert caught.value.line.startswith(
        "cdktf-cdktf-provider-toy 1.0.0 cannot be downloaded; found No matching distribution"
    )
    assert "\n" not in caught.value.line


def test_unknown_module_is_named_with_a_suggestion(toy: Toy) -> None:
    """An import that the provider does not have is named with its place and a close name."""
    toy.use("s3_buket")
    with pytest.raises(BindingsError) as caught:
        make(toy)
    place = toy.roots[0] / "program.py"
    assert f"found s3_buket at {place}:1 (did you mean s3_bucket?)" in caught.value.line


def test_unpinned_provider_is_named(toy: Toy) -> None:
    """An import of a provider without a pin says which are pinned."""
    (toy.roots[0] / "program.py").write_text("import cdktf_cdktf_provider_dns.a_record_set\n")
    with pytest.raises(BindingsError, match="not pinned; found dns; allowed: toy"):
        make(toy)


def test_failure_in_the_middle_leaves_the_old_package(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that fails half-way leaves the package that was there, and no rubbish."""
    toy.use("s3_bucket")
    make(toy)
    toy.use("sqs_queue")

    def fail(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(package.assembly, "cut", fail)
        with pytest.raises(KeyboardInterrupt):
            make(toy)
    assert works(toy, "s3_bucket")
    assert not list((toy.site / ".agent-studio-bindings").glob("work-*"))
    make(toy)
    assert works(toy, "sqs_queue")


def test_killed_build_leaves_the_old_package_and_blocks_nobody(toy: Toy) -> None:
    """After SIGKILL in the middle the old package works, and the next build succeeds."""
    toy.use("s3_bucket")
    make(toy)
    toy.use("sqs_queue")
    killed = python(
        toy,
        f"""
        import os, signal
        from pathlib import Path
        from agent_studio.bindings import install, package
        from agent_studio.bindings.build import build
        from agent_studio.bindings.pins import Pin
        package.assembly.cut = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        build(roots=[Path({str(toy.roots[0])!r})], pins=[Pin(**{dataclasses.asdict(toy.pin)!r})],
              site=Path({str(toy.site)!r}), cache=Path({str(toy.cache)!r}))
        """,
    )
    assert killed.returncode == -9
    assert list((toy.site / ".agent-studio-bindings").glob("work-*"))
    assert works(toy, "s3_bucket")
    make(toy)
    assert works(toy, "sqs_queue")
    assert not list((toy.site / ".agent-studio-bindings").glob("work-*"))


def test_concurrent_builds_wait_for_each_other(toy: Toy) -> None:
    """Builds started at once all succeed, and one alone does the work."""
    toy.use("s3_bucket")
    code = textwrap.dedent(
        f"""
        from pathlib import Path
        from agent_studio.bindings.build import build
        from agent_studio.bindings.pins import Pin
        build(roots=[Path({str(toy.roots[0])!r})], pins=[Pin(**{dataclasses.asdict(toy.pin)!r})],
              site=Path({str(toy.site)!r}), cache=Path({str(toy.cache)!r}), report=print)
        """
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sum("installed" in output for output in outputs) == 1
    assert works(toy, "s3_bucket")


def test_complete_package_is_not_overwritten(toy: Toy) -> None:
    """A package that pip installed under the same name is left alone, with the way out."""
    toy.use("s3_bucket")
    (toy.site / toy.pin.module).mkdir()
    with pytest.raises(BindingsError, match="uv pip uninstall cdktf-cdktf-provider-toy"):
        make(toy)
    assert (toy.site / toy.pin.module).is_dir()


@pytest.mark.parametrize(
    "statement",
    [
        "import cdktf_cdktf_provider_toy.sqs_queue",
        "from cdktf_cdktf_provider_toy.sqs_queue import Thing",
        "from cdktf_cdktf_provider_toy import sqs_queue",
        "import cdktf_cdktf_provider_toy as toy; toy.sqs_queue",
    ],
)
def test_missing_module_says_which_command_to_run(toy: Toy, statement: str) -> None:
    """An import of a module that was not built ends in one line with the command."""
    toy.use("s3_bucket")
    make(toy)
    done = python(
        toy,
        f"""
        from agent_studio.bindings.cdk import select
        select()
        try:
            {statement}
        except ImportError as error:
            print(error)
        """,
    )
    assert done.stdout == (
        "cdktf_cdktf_provider_toy.sqs_queue is not in the lean bindings; "
        "fix: run `studio bindings build`\n"
    )


def test_no_bindings_at_all_says_which_command_to_run(toy: Toy) -> None:
    """Where nothing was built, an import ends in one line with the command."""
    done = python(
        toy,
        """
        from agent_studio.bindings.cdk import select
        select()
        try:
            from cdktf_cdktf_provider_toy.s3_bucket import Thing
        except ImportError as error:
            print(error)
        """,
    )
    assert done.stdout == (
        "no bindings are installed for cdktf_cdktf_provider_toy; fix: run `studio bindings build`\n"
    )


def test_index_of_uv_is_used_where_pip_is_told_nothing(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package is found through uv's setting when pip has none of its own."""
    shutil.rmtree(toy.cache)
    toy.use("s3_bucket")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("UV_FIND_LINKS", str(toy.index))
    make(toy)
    assert works(toy, "s3_bucket")


def test_unwritable_cache_is_one_line(toy: Toy) -> None:
    """A download cache that cannot be made is refused with what to set."""
    toy.use("s3_bucket")
    shutil.rmtree(toy.cache)
    toy.cache.write_text("a file")
    with pytest.raises(
        BindingsError, match=r"download cache cannot be written to; .*XDG_CACHE_HOME"
    ):
        make(toy)


def test_full_disk_is_one_line(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails leaves the old package and says what to see to."""
    toy.use("s3_bucket")
    make(toy)
    toy.use("sqs_queue")

    def fail(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(package, "_write", fail)
        with pytest.raises(BindingsError, match="No space left on device; fix: see to space"):
            make(toy)
    assert works(toy, "s3_bucket")
