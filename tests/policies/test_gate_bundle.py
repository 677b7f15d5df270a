"""Bundles: everything that decides, in one archive that its digest holds together."""

import base64
import hashlib
import inspect
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable
from functools import _lru_cache_wrapper
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_studio.estate.catalogue import data
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies import bundle, signing
from agent_studio.policies.bundle import chosen
from agent_studio.policies.bundle.archive import Archive, unpacked
from agent_studio.policies.bundle.content import collect
from agent_studio.policies.bundle.release import load, load_signed, manifest_file, release
from agent_studio.policies.documents import Unreadable, policy_root

NAMES = st.from_regex(r"[a-z0-9_]{1,8}(/[a-z0-9_.]{0,3}[a-z]){0,2}", fullmatch=True).filter(
    lambda name: "/." not in name
)


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no bundle of the developer's own."""
    for name in (signing.SIGNING_KEY, signing.TRUSTED_KEYS, chosen.BUNDLE, chosen.POLICIES):
        monkeypatch.delenv(name, raising=False)


def test_the_bundle_holds_everything_that_decides() -> None:
    """Every rule of the policies folder and the whole region catalogue are in the bundle."""
    files = bundle.present().archive.files
    root = policy_root()
    rules = {
        path.relative_to(root).as_posix()
        for folder in ("cedar", "checkov")
        for path in (root / folder).rglob("*")
        if path.suffix in {".cedar", ".cedarschema", ".py", ".yaml"}
    }
    catalogue = Path(inspect.getfile(data)).parent
    assert set(files) == {
        *rules,
        *(path.name for path in root.glob("*.yaml") if path.name != "bundle.yaml"),
        *(f"catalogue/{path.name}" for path in catalogue.glob("*.yaml")),
    }


def test_a_wheel_carries_the_whole_bundle() -> None:
    """What is in the bundle of a checkout is in that of a wheel, so both have one digest."""
    project = tomllib.loads((policy_root().parent / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert all(
        target == source.replace("policies/", "agent_studio/policies/data/", 1)
        for source, target in included.items()
    )
    rules = {name for name in bundle.present().archive.files if not name.startswith("catalogue/")}
    missing = {
        name
        for name in rules | {"bundle.yaml"}
        if not {f"policies/{name}", f"policies/{name.split('/', 1)[0]}"} & set(included)
    }
    assert not missing, f"add to force-include in pyproject.toml: {sorted(missing)}"


def test_the_digest_is_that_of_the_archive(tmp_path: Path) -> None:
    """`sha256sum` of the archive shows the digest that gate records name."""
    present = bundle.present()
    path = tmp_path / "b.tar"
    made = release(present.archive, version="1.2.3", path=path, signer=signing.signer(tmp_path))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert made.digest == digest == bundle.present_digest()
    assert (made.version, set(made.files)) == ("1.2.3", set(present.archive.files))


def test_equal_rules_give_an_equal_archive(tmp_path: Path) -> None:
    """Neither time nor user nor place nor byte code nor notes are in the archive."""
    root = policy_root()
    copy = tmp_path / "elsewhere"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("agent_studio"))
    for path in copy.rglob("*.yaml"):
        os.utime(path, (1, 1))
        path.chmod(0o640)
    (copy / "checkov" / "__pycache__").mkdir(exist_ok=True)
    (copy / "checkov" / "__pycache__" / "x.pyc").write_bytes(b"x")
    (copy / "checkov" / "README.md").write_text("x")
    (copy / "checkov" / ".skips.yaml.swp").write_text("x")
    ours = Archive(collect(root, root / "exceptions.yaml")).packed()
    theirs = Archive(collect(copy, copy / "exceptions.yaml")).packed()
    assert ours == theirs
    with tarfile.open(fileobj=io.BytesIO(ours)) as tar:
        members = tar.getmembers()
    assert [m.name for m in members] == sorted(m.name for m in members)
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {
        (0, 0, 0, "", "", 0o644)
    }


def test_rules_need_not_be_of_every_kind(tmp_path: Path) -> None:
    """Without Cedar policies, custom checks and exceptions there is a bundle all the same."""
    for name in ("controls.yaml", "data_bearing.yaml"):
        shutil.copy(policy_root() / name, tmp_path)
    assert set(collect(tmp_path, None)) == {
        "controls.yaml",
        "data_bearing.yaml",
        *(f"catalogue/{name}" for name in data.FILES),
    }


def test_a_link_to_elsewhere_is_no_rule(tmp_path: Path) -> None:
    """A folder that leads out of the policies folder is refused, and not walked past."""
    for name in ("controls.yaml", "data_bearing.yaml"):
        shutil.copy(policy_root() / name, tmp_path)
    (tmp_path / "cedar").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cedar" / "units").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unreadable, match="units"):
        collect(tmp_path, None)


def test_the_exceptions_beside_the_estate_are_in_the_bundle(tmp_path: Path) -> None:
    """An estate's own exceptions change the digest: what they let pass is decided again."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "exceptions.yaml").write_text("exceptions: [] # none\n")
    other = bundle.present(tmp_path / "regions.yaml")
    assert other.archive.files["exceptions.yaml"] == b"exceptions: [] # none\n"
    assert other.digest != bundle.present_digest()


@settings(max_examples=50, deadline=None)
@given(files=st.dictionaries(NAMES, st.binary(max_size=2000), max_size=6))
def test_what_is_packed_is_unpacked(files: dict[str, bytes]) -> None:
    """An archive gives back exactly what was put in."""
    packed = Archive(files).packed()
    assert unpacked(packed, name="b").files == files


@settings(max_examples=100, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_changed_byte_of_a_bundle_is_refused(
    tmp_path_factory: pytest.TempPathFactory, place: float, flip: int
) -> None:
    """A bundle that differs in one byte is not the one that was named."""
    packed = bundle.present().archive.packed()
    content = bytearray(packed)
    content[int(place * len(content))] ^= flip
    path = tmp_path_factory.mktemp("b") / "b.tar"
    path.write_bytes(content)
    with pytest.raises(StudioError, match=r"b.tar is not the bundle that was named") as caught:
        load(path, bundle.present_digest())
    assert caught.value.exit_code is ExitCode.DENIED


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """An archive as anybody could make it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for member, content in members:
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def member(name: str, **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    """One member of an archive."""
    info = tarfile.TarInfo(name)
    info.mode = 0o644
    for key, value in fields.items():
        setattr(info, key, value)
    return info, b""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * 10240,
        tar(member("../up")),
        tar(member("/etc/passwd")),
        tar(member("a", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
        tar(member("a", type=tarfile.LNKTYPE, linkname="b")),
        tar(member("a", type=tarfile.FIFOTYPE)),
        tar(member("a", type=tarfile.DIRTYPE)),
        tar(member("b"), member("a")),
        tar(member("a"), member("a")),
        tar(member("a", mtime=1)),
        tar(member("a", mode=0o755)),
        tar(member(".hidden")),
        tar(member("a")) + b"more",
    ],
)
def test_a_named_digest_makes_no_bundle_of_other_archives(tmp_path: Path, content: bytes) -> None:
    """Whatever `studio policy bundle` would not write is refused, whoever names its digest."""
    path = tmp_path / "b.tar"
    path.write_bytes(content)
    with pytest.raises(StudioError, match="the bundle can't be read"):
        load(path, hashlib.sha256(content).hexdigest())


def released(folder: Path) -> Path:
    """A signed bundle."""
    path = folder / "b.tar"
    release(
        bundle.present().archive, version="1.0.0", path=path, signer=signing.signer(folder / "s")
    )
    return path


def test_a_signed_bundle_is_loaded_by_its_manifest(tmp_path: Path) -> None:
    """The manifest beside an archive stands for its digest, if a trusted key signed it."""
    path = released(tmp_path)
    archive, manifest = load_signed(path, signing.trusted(tmp_path / "s"))
    assert archive.files == bundle.present().archive.files
    assert manifest.key_id == signing.signer(tmp_path / "s").public_key.keyid


def swap(path: Path) -> None:
    """Put another bundle beside the manifest."""
    path.write_bytes(Archive({"controls.yaml": b"controls: {}"}).packed())


def forge(path: Path) -> None:
    """Have another key sign the manifest."""
    outer = json.loads(manifest_file(path).read_text())
    signer = signing.signer(path.parent / "mallory")
    sealed = signing.seal(base64.b64decode(outer["payload"]), outer["payloadType"], signer)
    manifest_file(path).write_bytes(sealed)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (swap, "b.tar is not the bundle that its manifest is about"),
        (forge, "the bundle's manifest proves nothing; found b.tar.dsse.json is signed by key"),
        (
            lambda path: manifest_file(path).unlink(),
            "the bundle's manifest proves nothing; found b.tar.dsse.json can't be opened",
        ),
        (
            lambda path: manifest_file(path).write_text("{}"),
            "the bundle's manifest proves nothing; found b.tar.dsse.json is not a DSSE envelope",
        ),
    ],
)
def test_a_bundle_without_a_trusted_manifest_is_refused(
    tmp_path: Path, change: Callable[[Path], object], line: str
) -> None:
    """A manifest that is missing, forged or of another archive proves nothing."""
    path = released(tmp_path)
    trust = signing.trusted(tmp_path / "s")
    change(path)
    with pytest.raises(StudioError) as caught:
        load_signed(path, trust)
    assert str(caught.value).startswith(line)
    assert caught.value.exit_code is ExitCode.DENIED


def python(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program under a bundle."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


ENTER = (
    "from pathlib import Path\n"
    "from agent_studio.policies.bundle import chosen, present_digest\n"
    "from agent_studio.estate.errors import StudioError\n"
    "from agent_studio.policies.data_bearing import data_bearing_types\n"
    "from agent_studio.estate.catalogue import regions\n"
    "try:\n"
    "    chosen.enter(Path('state'))\n"
    "    print(present_digest(), len(data_bearing_types()), sorted(regions('gcp')))\n"
    "except StudioError as error:\n"
    "    print(int(error.exit_code), error)\n"
)


def older(folder: Path) -> tuple[Path, str]:
    """A bundle with one data-bearing type and one region of Google Cloud."""
    files = dict(bundle.present().archive.files)
    files["data_bearing.yaml"] = b"types:\n  aws_s3_bucket: {reason: r}\n"
    files["catalogue/gcp.yaml"] = b"regions:\n  europe-west3: {country: DE, place: Frankfurt}\n"
    archive = Archive(files)
    path = folder / "older.tar"
    path.write_bytes(archive.packed())
    return path, archive.digest


def test_an_older_bundle_is_put_in_force_by_its_digest(tmp_path: Path) -> None:
    """A rollback names an archive and its digest: rules and catalogue are its own from then on."""
    path, digest = older(tmp_path)
    done = python(ENTER, tmp_path, STUDIO_BUNDLE=str(path), STUDIO_BUNDLE_DIGEST=digest)
    assert done.stdout == f"{digest} 1 ['europe-west3']\n", done.stderr
    again = python(ENTER, tmp_path, STUDIO_BUNDLE=str(path), STUDIO_BUNDLE_DIGEST=digest)
    assert again.stdout == done.stdout


def test_a_bundle_of_another_digest_is_not_put_in_force(tmp_path: Path) -> None:
    """Without the right digest nothing is judged; the kit's own rules don't take its place."""
    path, digest = older(tmp_path)
    for named in ("", "0" * 64):
        done = python(ENTER, tmp_path, STUDIO_BUNDLE=str(path), STUDIO_BUNDLE_DIGEST=named)
        assert done.stdout.startswith(
            f"3 older.tar is not the bundle that was named; found {digest}"
        )


@pytest.mark.parametrize("change", ["edit", "add", "remove"])
def test_an_unpacked_bundle_that_was_changed_is_refused(tmp_path: Path, change: str) -> None:
    """Nothing can be changed in the unpacked folder, or added to it, between two commands."""
    path, digest = older(tmp_path)
    python(ENTER, tmp_path, STUDIO_BUNDLE=str(path), STUDIO_BUNDLE_DIGEST=digest)
    folder = tmp_path / "state" / "bundles" / digest
    if change == "edit":
        (folder / "controls.yaml").write_text("controls: {}\ncategories: {}\n")
    elif change == "add":
        (folder / "checkov" / "__pycache__").mkdir()
        (folder / "checkov" / "__pycache__" / "x.pyc").write_bytes(b"x")
    else:
        (folder / "exceptions.yaml").unlink()
    done = python(ENTER, tmp_path, STUDIO_BUNDLE=str(path), STUDIO_BUNDLE_DIGEST=digest)
    assert done.stdout.startswith(
        "3 $STUDIO_POLICIES does not hold the bundle that $STUDIO_BUNDLE_DIGEST names; "
        "found a folder with the digest "
    )


def test_a_bundle_without_exceptions_is_not_put_in_force(tmp_path: Path) -> None:
    """An estate's exceptions would let findings pass that the named digest knows nothing of."""
    archive = Archive({"controls.yaml": b"controls: {}"})
    (tmp_path / "b.tar").write_bytes(archive.packed())
    done = python(ENTER, tmp_path, STUDIO_BUNDLE="b.tar", STUDIO_BUNDLE_DIGEST=archive.digest)
    assert done.stdout.startswith(
        "3 the bundle can't be put in force; found no exceptions.yaml in b.tar"
    )


def test_exceptions_are_those_of_the_bundle_in_force(tmp_path: Path) -> None:
    """Other exceptions, of the estate or of a variable, don't count under a bundle."""
    path, digest = older(tmp_path)
    code = ENTER.replace("present_digest(),", "exceptions_file(Path('regions.yaml')),")
    code = "from agent_studio.policies.exceptions import exceptions_file\n" + code
    named = {"STUDIO_BUNDLE": str(path), "STUDIO_BUNDLE_DIGEST": digest}
    done = python(code, tmp_path, STUDIO_EXCEPTIONS="mine.yaml", **named)
    assert done.stdout.split()[0] == str(tmp_path / "state/bundles" / digest / "exceptions.yaml")


def test_a_folder_without_a_digest_is_not_put_in_force(tmp_path: Path) -> None:
    """Naming a folder of rules alone is not enough to be judged by them."""
    code = "from agent_studio.policies.controls import load_controls; load_controls()"
    done = python(code, tmp_path, STUDIO_POLICIES=str(policy_root()), STUDIO_BUNDLE_DIGEST="")
    assert "$STUDIO_POLICIES does not hold the bundle" in done.stderr


def test_all_that_the_catalogue_keeps_is_forgotten() -> None:
    """Reading the catalogue from elsewhere forgets every value that was kept."""
    kept = {value for value in vars(data).values() if isinstance(value, _lru_cache_wrapper)}
    assert set(data._CACHED) == kept
