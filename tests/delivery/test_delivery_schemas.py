"""A plan is shown with a part of its provider's schema, and reads as it does with the whole."""

import contextlib
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_studio.delivery.engine import discover
from agent_studio.delivery.engine.configuration import write_configuration
from agent_studio.delivery.layout import Layout
from agent_studio.delivery.planning import show_plan
from agent_studio.delivery.schemas import reattached
from agent_studio.delivery.schemas.providers import Provider, Unavailable, installed, schema
from agent_studio.delivery.schemas.types import cut, named_in
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.policies.wire import field, fields

T = TypeVar("T")
STACK: dict[str, Any] = {
    "terraform": {"required_providers": {"aws": {"source": "aws"}}, "backend": {"local": {}}},
    "provider": {
        "aws": [
            {
                "region": "eu-west-1",
                "access_key": "example",
                "secret_key": "example",
                "skip_credentials_validation": True,
                "skip_requesting_account_id": True,
                "skip_metadata_api_check": True,
                "default_tags": [{"tags": {"owner": "payments"}}],
            }
        ]
    },
    "data": {
        "aws_iam_policy_document": {
            "queue": {
                "statement": [
                    {
                        "actions": ["sqs:*"],
                        "effect": "Deny",
                        "resources": ["${aws_sqs_queue.work.arn}"],
                        "principals": [{"type": "*", "identifiers": ["*"]}],
                    }
                ]
            }
        }
    },
    "resource": {
        "aws_kms_key": {"key": {"enable_key_rotation": True}},
        "aws_sqs_queue": {"work": {"name": "work", "kms_master_key_id": "${aws_kms_key.key.arn}"}},
        "aws_sqs_queue_policy": {
            "work": {
                "queue_url": "${aws_sqs_queue.work.id}",
                "policy": "${data.aws_iam_policy_document.queue.json}",
            }
        },
        "aws_ssm_parameter": {
            "secret": {"name": "/secret", "type": "SecureString", "value": "a secret"}
        },
        "terraform_data": {"built_in": {"input": {"a": [1, None, True]}}},
    },
}


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    """The real engine and the real AWS provider."""
    layout = Layout(tmp_path_factory.mktemp("schemas"))
    downloads = write_configuration(layout)
    return Toolchain(engine=discover(), layout=layout, overlay=None, downloads=downloads)


@pytest.fixture(scope="module")
def planned(tools: Toolchain) -> tuple[Path, Path]:
    """A working directory and a plan made in it."""
    work = tools.layout.root / "work"
    work.mkdir()
    (work / "cdk.tf.json").write_text(json.dumps(STACK))
    for words in (["init", "-input=false"], ["plan", "-input=false", "-out=plan.bin"]):
        done = subprocess.run(
            [*tools.engine.command, *words],
            cwd=work,
            env=tools.environment("plan"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return work, work / "plan.bin"


@pytest.mark.cloud
def test_a_plan_reads_the_same_with_a_part_of_the_schema(
    tools: Toolchain, planned: tuple[Path, Path], tmp_path: Path
) -> None:
    """Byte for byte what the engine says by itself, and the provider is not started for it."""
    work, plan_file = planned
    environment = tools.environment("plan")
    words = [*tools.engine.command, "show", "-json", str(plan_file)]

    def shown(**more: str) -> bytes:
        variables = {**environment, **more}
        return subprocess.run(
            words, cwd=work, env=variables, capture_output=True, check=True
        ).stdout

    own = shown()
    with reattached(work, plan_file, environment) as more:
        assert list(json.loads(more["TF_REATTACH_PROVIDERS"])) == ["hashicorp/aws"]
        # Without its program the provider can't be what answers.
        providers = work / ".terraform" / "providers"
        hidden = providers.rename(tmp_path / "hidden")
        try:
            assert shown(**more) == own
        finally:
            hidden.rename(providers)
    show_plan(tools, work=work, plan_file=plan_file, plan_json=tmp_path / "plan.json")
    assert (tmp_path / "plan.json").read_bytes() == own
    assert json.loads(own)["resource_changes"]


@pytest.mark.cloud
def test_the_part_holds_what_the_plan_names_alone(planned: tuple[Path, Path]) -> None:
    """Of 2,000 types those stay that configuration and states name, beside the provider's own."""
    work, plan_file = planned
    (provider,) = installed(work)
    whole = schema(provider)
    part = cut(whole.message, named_in(plan_file))
    assert len(part) < len(whole.message) / 20
    types = {dict(fields(v))[1] for n, v in fields(part) if n in (2, 3) and isinstance(v, bytes)}
    named = {*STACK["resource"], *STACK["data"]} - {"terraform_data"}
    assert {name.decode() for name in types if isinstance(name, bytes)} == named
    assert [n for n, _ in fields(part)].count(1) == 1


def test_a_schema_that_does_not_fit_leads_back_to_the_engines_own_way(
    tools: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the engine refuses what it is handed, it shows the plan by itself."""
    program = tmp_path / "engine"
    program.write_text('#!/bin/sh\n[ -z "$TF_REATTACH_PROVIDERS" ] || exit 1\necho own way\n')
    program.chmod(0o755)
    engine = type(tools.engine)((str(program),), "terraform", "1.11.4", "PATH")
    from agent_studio.delivery import planning

    class Wrong:
        """A stand-in that the engine can't use."""

        def __init__(self, *_: object) -> None: ...

        def __enter__(self) -> dict[str, str]:
            return {"TF_REATTACH_PROVIDERS": "{}"}

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(planning, "reattached", Wrong)
    broken = Toolchain(engine=engine, layout=tools.layout, overlay=None, downloads=False)
    show_plan(broken, work=tmp_path, plan_file=tmp_path / "p", plan_json=tmp_path / "plan.json")
    assert (tmp_path / "plan.json").read_text() == "own way\n"


def plan_file_of(folder: Path) -> Path:
    """A file that has the form of a plan file."""
    path = folder / "plan.bin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tfstate", '{"resources": [{"type": "aws_s3_bucket"}]}')
        archive.writestr("tfplan", '"aws_not_read"')
    return path


def provider_of(work: Path, script: str) -> None:
    """Install a program in a provider's place."""
    parts = ("registry.terraform.io", "hashicorp", "aws", "5.100.0", "linux_amd64")
    folder = work.joinpath(".terraform", "providers", *parts)
    folder.mkdir(parents=True)
    program = folder / "terraform-provider-aws_v5.100.0_x5"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "echo nonsense",
        "echo '2|5|unix|/nowhere|grpc|'",
        "echo '1|4|unix|/nowhere|grpc|'",
        "echo '1|5|tcp|127.0.0.1:1|grpc|'",
        "echo '1|5|unix|/nowhere|grpc|'",
        "head -c 10000 /dev/zero",
    ],
)
def test_a_provider_that_gives_no_schema_is_left_to_the_engine(tmp_path: Path, script: str) -> None:
    """Nothing is stood in for, and nothing is said: the engine tells what is wrong, if it is."""
    provider_of(tmp_path, script)
    (provider,) = installed(tmp_path)
    assert provider.source == "hashicorp/aws"
    with pytest.raises(Unavailable):
        schema(provider)
    with reattached(tmp_path, plan_file_of(tmp_path), {}) as more:
        assert more == {}


def test_a_provider_does_not_outlive_who_asked_it(tmp_path: Path) -> None:
    """A `studio` that is killed while a provider starts leaves none behind."""
    provider_of(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    asking = (
        "from pathlib import Path; from agent_studio.delivery.schemas.providers import *;"
        f"schema(next(installed(Path({str(tmp_path)!r}))))"
    )
    with subprocess.Popen([sys.executable, "-c", asking]) as studio:
        pid = int(eventually(lambda: (tmp_path / "pid").read_text()))
        assert psutil.pid_exists(pid)
        studio.kill()
    eventually(lambda: not psutil.pid_exists(pid) or None)


def eventually(look: Callable[[], T | None], seconds: float = 20) -> T:
    """What a look finds within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(FileNotFoundError):
            if found := look():
                return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def test_what_the_user_reattaches_stays(tmp_path: Path) -> None:
    """Who develops a provider sees that provider."""
    with reattached(tmp_path, tmp_path / "none", {"TF_REATTACH_PROVIDERS": "x"}) as more:
        assert more == {}


@pytest.mark.parametrize("content", [None, b"", b"PK no zip"])
def test_what_is_no_plan_file_is_left_to_the_engine(tmp_path: Path, content: bytes | None) -> None:
    """The engine says what is wrong with it."""
    provider_of(tmp_path, "exit 1")
    if content is not None:
        (tmp_path / "plan.bin").write_bytes(content)
    with reattached(tmp_path, tmp_path / "plan.bin", {}) as more:
        assert more == {}


def test_types_are_read_from_states_and_configuration(tmp_path: Path) -> None:
    """Every quoted word counts; what stands in the plan alone can't be a type of its own."""
    assert named_in(plan_file_of(tmp_path)) == {b"resources", b"type", b"aws_s3_bucket"}


def test_a_provider_without_one_program_is_none(tmp_path: Path) -> None:
    """Two programs in one folder leave open which one runs."""
    provider_of(tmp_path, "exit 1")
    (folder,) = (tmp_path / ".terraform" / "providers").glob("*/*/*/*/*")
    other = folder / "terraform-provider-aws_v5"
    other.write_text("")
    other.chmod(0o755)
    assert os.access(other, os.X_OK)
    assert list(installed(tmp_path)) == []
    assert list(installed(tmp_path / "nowhere")) == []


@given(st.lists(st.tuples(st.integers(1, 2**29 - 1), st.binary(max_size=300))))
def test_a_message_is_read_as_it_was_written(parts: list[tuple[int, bytes]]) -> None:
    """Numbers and contents of fields come back in their order."""
    message = b"".join(field(number, content) for number, content in parts)
    assert list(fields(message)) == parts


@given(st.binary(max_size=200))
def test_a_message_that_is_none_is_an_error(content: bytes) -> None:
    """Whatever a provider answers, it is cut or refused."""
    with contextlib.suppress(ValueError):
        assert isinstance(cut(content, frozenset({b"a"})), bytes)


def test_providers_of_other_registries_keep_their_host(tmp_path: Path) -> None:
    """The engine knows them by their whole address."""
    folder = tmp_path / ".terraform/providers/registry.acme.example/acme/tool/1.0.0/linux_amd64"
    folder.mkdir(parents=True)
    program = folder / "terraform-provider-tool_v1.0.0"
    program.write_text("")
    program.chmod(0o755)
    assert list(installed(tmp_path)) == [Provider("registry.acme.example/acme/tool", program)]
