"""`studio-terraform`: what passes through, what is gated, and that nothing gets around the gate.

The engine is a script that writes down how it was called. The gate is a stand-in too: it denies a
plan whose JSON says so, so that these tests are about the program alone.
"""

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.estates import EXAMPLE

from agent_studio.delivery.gated.call import Gated, Pass, read
from agent_studio.estate.errors import StudioError

STACK = "guardrails-platform"

_ENGINE = """#!{python}
import json, os, sys
words = sys.argv[1:]
if "version" in words:
    machine = json.dumps({{"terraform_version": "1.11.4"}})
    print(machine if "-json" in words else "Terraform v1.11.4")
    sys.exit(0)
log = os.environ["FAKE_LOG"]
entry = {{"words": words, "folder": os.getcwd(), "pid": os.getpid()}}
entry["arguments"] = sorted(name for name in os.environ if name.startswith("TF_CLI_ARGS"))
command = next((word for word in words if not word.startswith("-")), "")
if command == "plan":
    out = next(word for word in words if word.startswith("-out=")).removeprefix("-out=")
    with open(out, "w") as file:
        file.write("made here")
    print("the plan", flush=True)
if command == "show":
    print(json.dumps({{"bad": "bad" in os.environ.get("FAKE_PLAN", ""), "applyable": True}}))
if command == "apply":
    with open(words[-1]) as file:
        entry["applied"] = file.read()
with open(log, "a") as file:
    file.write(json.dumps(entry) + "\\n")
if command in os.environ.get("FAKE_FAILS", "").split():
    sys.exit(7)
if command == "wait":
    import signal, time
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
    print("waiting", flush=True)
    time.sleep(30)
if command == "echo":
    sys.stderr.write("to stderr")
    print(sys.stdin.read())
    sys.exit(5)
"""

_PROGRAM = """#!{python}
import json, os, sys
from types import SimpleNamespace
from agent_studio.policies import builtin, gate
from agent_studio.policies.model import Finding, Severity, Stage, Verdict, decided

def judge(inputs, **_):
    item = inputs[0]
    bad = os.environ.get("FAKE_BAD") or json.loads(item.plan_json.read_text()).get("bad")
    finding = Finding(
        control="studio/exposure-public", severity=Severity.HIGH, stack=item.stack,
        address="aws_s3_bucket.store", construct="guardrails/store", source="a/b.py:12",
        message="the bucket is open", fix="Close it.", exception=None,
    )
    findings = (finding,) if bad else ()
    return Verdict(verdict=decided(findings), findings=findings, stages={{item.stack: Stage.PLAN}})

gate.judge = judge
builtin.load = lambda: SimpleNamespace(version="3")
from agent_studio.delivery.gated.__main__ import main
sys.exit(main())
"""


@dataclass
class Bench:
    """A stack's working folder, a recording engine, and the program under test."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = self.root / "out" / "stacks" / STACK
        self.folder.mkdir(parents=True)
        stack = {"//": {"metadata": {"stackName": STACK}}, "terraform": {}}
        (self.folder / "cdk.tf.json").write_text(json.dumps(stack))
        self.engine = self._script("engine", _ENGINE)
        self.program = self._script("studio-terraform", _PROGRAM)
        self.log = self.root / "log"
        self.state = self.root / "state"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("STUDIO_", "TF_"))}
        self.environment = {
            **kept,
            "STUDIO_TERRAFORM": str(self.engine),
            "STUDIO_ESTATE": str(EXAMPLE),
            "STUDIO_STATE_DIR": str(self.state),
            "FAKE_LOG": str(self.log),
        }

    def _script(self, name: str, text: str) -> Path:
        path = self.root / name
        path.write_text(text.format(python=sys.executable))
        path.chmod(0o755)
        return path

    def run(
        self, *words: str, stdin: str = "", folder: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Call the program as the CDK CLI does: in the stack's folder."""
        return subprocess.run(
            [str(self.program), *words],
            cwd=folder or self.folder,
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @property
    def calls(self) -> list[dict[str, Any]]:
        """How the engine was called, without its version."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def commands(self) -> list[str]:
        """The engine's commands in order."""
        return [next(w for w in call["words"] if not w.startswith("-")) for call in self.calls]

    @property
    def plan(self) -> str:
        """Where the plan that is applied lies."""
        return str(self.state / "deploy" / STACK / "plan.bin")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A bench of its own."""
    return Bench(tmp_path)


def test_other_commands_pass_through_unchanged(bench: Bench) -> None:
    """Words, streams and exit status are the engine's own, and so is `TF_CLI_ARGS`."""
    done = bench.run("echo", "-x", "a b", "", stdin="from stdin", TF_CLI_ARGS_echo="-y")
    assert (done.returncode, done.stdout, done.stderr) == (5, "from stdin\n", "to stderr")
    (call,) = bench.calls
    assert call["words"] == ["echo", "-x", "a b", ""]
    assert call["arguments"] == ["TF_CLI_ARGS_echo"]
    assert call["folder"] == str(bench.folder)


def test_a_passed_command_is_the_same_process(bench: Bench) -> None:
    """The program becomes the engine, so that every signal reaches it."""
    process = subprocess.Popen(
        [str(bench.program), "wait"],
        cwd=bench.folder,
        env=bench.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    assert bench.calls[0]["pid"] == process.pid
    process.send_signal(signal.SIGTERM)
    process.stdout.close()
    assert process.wait(timeout=30) == 9


def test_an_allowed_apply_is_planned_judged_and_applied(bench: Bench) -> None:
    """`cdktf deploy --auto-approve` runs this; the judged plan file is the one applied."""
    done = bench.run("apply", "-auto-approve", "-no-color", "-parallelism=3", "-var=a=b")
    assert done.returncode == 0, done.stderr
    assert [call["words"] for call in bench.calls] == [
        ["plan", "-no-color", "-parallelism=3", "-var=a=b", f"-out={bench.plan}"],
        ["show", "-json", bench.plan],
        ["apply", "-no-color", "-parallelism=3", "-var=a=b", bench.plan],
    ]
    assert "the gate allowed the plan of guardrails-platform" in done.stderr
    envelope = json.loads((bench.state / "gate" / f"{STACK}.json").read_text())
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert statement["predicate"]["verdict"] == "allow"
    assert hashlib.sha256(b"made here").hexdigest() in json.dumps(statement["subject"])
    assert Path(bench.plan).stat().st_mode & 0o777 == 0o600
    assert Path(bench.plan).parent.stat().st_mode & 0o777 == 0o700


def test_a_denied_apply_applies_nothing(bench: Bench) -> None:
    """Exit code 3; the findings say what is wrong, where in Python, and what to do."""
    done = bench.run("apply", "-auto-approve", FAKE_PLAN="bad")
    assert done.returncode == 3
    assert bench.commands == ["plan", "show"]
    assert done.stderr.splitlines() == [
        "denied: high studio/exposure-public: the bucket is open",
        "  resource: aws_s3_bucket.store (construct guardrails/store)",
        "  source: a/b.py:12",
        "  fix: Close it.",
        "error: the gate denied the plan of guardrails-platform; nothing was applied;"
        " found 1 finding above;"
        " fix: correct the constructs, or ask for an exception, and deploy again",
    ]
    assert (bench.state / "gate" / f"{STACK}.json").is_file()


def test_a_plan_file_is_judged_and_its_copy_applied(bench: Bench) -> None:
    """What is applied is a private copy, not a path that somebody else may write to."""
    (bench.folder / "plan").write_text("made before")
    done = bench.run("apply", "-parallelism=2", "plan")
    assert done.returncode == 0, done.stderr
    assert [call["words"] for call in bench.calls] == [
        ["show", "-json", bench.plan],
        ["apply", "-parallelism=2", bench.plan],
    ]
    assert bench.calls[-1]["applied"] == "made before"
    sha256 = hashlib.sha256(b"made before").hexdigest()
    assert hashlib.sha256(Path(bench.plan).read_bytes()).hexdigest() == sha256
    bench.log.unlink()
    assert bench.run("apply", "plan", FAKE_PLAN="bad").returncode == 3
    assert bench.commands == ["show"]


@pytest.mark.parametrize(
    ("words", "plan", "apply"),
    [
        (["destroy", "-auto-approve"], ["-destroy"], []),
        (["apply", "-destroy", "-auto-approve"], ["-destroy"], []),
        (["apply", "-refresh-only", "-auto-approve"], ["-refresh-only"], []),
        (["refresh", "-lock=false"], ["-refresh-only", "-lock=false"], ["-lock=false"]),
        (
            ["apply", "--auto-approve=true", "-target", "a.b", "-replace=c.d", "-refresh=false"],
            ["-target", "a.b", "-replace=c.d", "-refresh=false"],
            [],
        ),
        (
            ["apply", "-auto-approve", "-state-out=x", "-backup", "-", "-lock-timeout=3s"],
            ["-lock-timeout=3s"],
            ["-state-out=x", "-backup", "-", "-lock-timeout=3s"],
        ),
        (
            ["apply", "-auto-approve", "-var-file", "x.tfvars", "-input=false"],
            ["-var-file", "x.tfvars", "-input=false"],
            ["-var-file", "x.tfvars", "-input=false"],
        ),
    ],
)
def test_each_option_goes_to_its_step(
    bench: Bench, words: list[str], plan: list[str], apply: list[str]
) -> None:
    """Options of planning reach the plan, options of applying the apply, and some reach both."""
    done = bench.run(*words)
    assert done.returncode == 0, done.stderr
    assert bench.calls[0]["words"] == ["plan", *plan, f"-out={bench.plan}"]
    assert bench.calls[-1]["words"] == ["apply", *apply, bench.plan]


def test_chdir_names_the_stack_and_reaches_each_step(bench: Bench) -> None:
    """`-chdir` is the engine's global option; the stack of that folder is judged."""
    chdir = f"-chdir={bench.folder}"
    done = bench.run(chdir, "apply", "-auto-approve", folder=bench.root)
    assert done.returncode == 0, done.stderr
    assert [call["words"][:2] for call in bench.calls] == [
        [chdir, "plan"],
        [chdir, "show"],
        [chdir, "apply"],
    ]


def test_the_environments_arguments_are_gated_too(bench: Bench) -> None:
    """`TF_CLI_ARGS` and `TF_CLI_ARGS_apply` are read as the engine would, and then taken away."""
    done = bench.run(
        "apply", TF_CLI_ARGS_apply="-auto-approve -target=a.b", TF_CLI_ARGS="-no-color"
    )
    assert done.returncode == 0, done.stderr
    assert [call["words"][:-1] for call in bench.calls] == [
        ["plan", "-target=a.b", "-no-color"],
        ["show", "-json"],
        ["apply", "-no-color"],
    ]
    assert all(call["arguments"] == [] for call in bench.calls)


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["apply", "-auto-approve"], {}),
        (["--", "apply", "-auto-approve"], {}),
        (["", "apply", "-auto-approve"], {}),
        (["-no-color", "apply", "-auto-approve"], {}),
        (["-chdir=.", "-chdir=.", "apply", "-auto-approve"], {}),
        (["-chdir=.", "apply", "-auto-approve"], {}),
        (["apply", "-auto-approve", "--"], {}),
        (["apply"], {"TF_CLI_ARGS": "-auto-approve"}),
        (["apply"], {"TF_CLI_ARGS_apply": "-auto-approve"}),
        (["apply"], {"TF_CLI_ARGS_apply": "plan"}),
        (["apply"], {"TF_CLI_ARGS_apply": "-auto-approve 'open"}),
        (["apply", "-auto-approve"], {"TF_CLI_ARGS_plan": "-out=elsewhere"}),
        (["apply", "plan"], {}),
        (["apply", "--", "plan"], {}),
        (["apply", "-invoke=action.x.y", "-auto-approve"], {}),
        (["apply", "-out=elsewhere", "-auto-approve"], {}),
        (["apply", "-auto-approve=yes"], {}),
        (["apply", "-auto-approve", "-help"], {}),
        (["apply", "plan", "-auto-approve"], {}),
        (["apply", "-destroy", "plan"], {}),
        (["apply", "-allow-deferral", "-auto-approve"], {}),
        (["destroy", "plan"], {}),
        (["destroy", "-force"], {}),
        (["destroy", "-auto-approve", "-destroy=false"], {}),
        (["refresh"], {}),
        (["test"], {}),
        (["rpcapi"], {}),
    ],
)
def test_nothing_gets_around_the_gate(
    bench: Bench, words: list[str], environment: dict[str, str]
) -> None:
    """A plan that the gate denies is applied by no spelling of the command."""
    (bench.folder / "plan").write_text("made before")
    done = bench.run(*words, FAKE_PLAN="bad", **environment)
    assert done.returncode in (2, 3), done
    assert "error: " in done.stderr
    assert not {"apply", "destroy", "refresh", "test"} & set(bench.commands)


@pytest.mark.parametrize("words", [[], ["-no-color"], ["-version"]])
def test_arguments_from_the_environment_never_become_a_command(
    bench: Bench, words: list[str]
) -> None:
    """Where no command stands, the engine would take the first word of `TF_CLI_ARGS` for one."""
    bench.run(*words, TF_CLI_ARGS="apply -auto-approve")
    assert [call["arguments"] for call in bench.calls] == [[]]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["apply", "-invoke=x"],
            "error: studio-terraform does not know this option of apply, and applies nothing;"
            " found -invoke; allowed: -auto-approve, ",
        ),
        (
            ["apply", "-destroy", "plan"],
            "error: a plan file is applied as it was planned; found -destroy;"
            " fix: give these options to plan\n",
        ),
        (
            ["apply", "-input=false"],
            "error: nobody can be asked to approve the plan; found -input=false;"
            " fix: add -auto-approve, or apply a plan file\n",
        ),
        (["apply", "-var"], "error: -var lacks its value; found -var; allowed: -var=VALUE\n"),
        (
            ["test"],
            "error: studio-terraform does not run test: it makes and destroys real resources that"
            " no plan shows; found test; fix: run the engine itself where no gate is wanted\n",
        ),
        (
            ["-x", "apply"],
            "error: studio-terraform does not know what stands before the command, and applies"
            " nothing; found -x; allowed: -chdir=FOLDER\n",
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_a_way_out(
    bench: Bench, words: list[str], line: str
) -> None:
    """Usage errors are one line, with exit code 2, and the engine is not called."""
    done = bench.run(*words)
    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert bench.calls == []


def test_without_approval_nothing_is_applied(bench: Bench) -> None:
    """The question is asked after the gate, in the words that the CDK CLI looks for."""
    done = bench.run("apply", stdin="no\n")
    assert done.returncode == 1
    assert "Do you want to perform these actions?\n" in done.stdout
    assert done.stdout.endswith("Apply cancelled.\n")
    assert bench.commands == ["plan", "show"]
    done = bench.run("destroy", stdin="yes\n")
    assert "Do you really want to destroy all resources?\n" in done.stdout
    assert bench.commands[-1] == "apply"


def test_a_denied_plan_is_not_put_to_a_person(bench: Bench) -> None:
    """Nobody approves what the gate denies."""
    done = bench.run("apply", stdin="yes\n", FAKE_PLAN="bad")
    assert done.returncode == 3
    assert "Do you want" not in done.stdout


def test_a_failed_step_ends_it_with_the_engines_status(bench: Bench) -> None:
    """No plan, no apply; a plan that can't be shown can't be judged."""
    assert bench.run("apply", "-auto-approve", FAKE_FAILS="plan").returncode == 7
    done = bench.run("apply", "-auto-approve", FAKE_FAILS="show")
    assert (done.returncode, done.stderr) == (1, "error: the plan can't be read; found\n")
    assert bench.run("apply", "-auto-approve", FAKE_FAILS="apply").returncode == 7
    assert bench.commands == ["plan", "plan", "show", "plan", "show", "apply"]


def test_a_folder_without_a_stack_or_an_estate_is_denied(bench: Bench) -> None:
    """What can't be judged is not applied."""
    done = bench.run("apply", "-auto-approve", folder=bench.root)
    assert done.returncode == 3
    assert done.stderr.startswith("error: there is no synthesized stack to judge; found no ")
    done = bench.run("apply", "-auto-approve", STUDIO_ESTATE="nowhere.yaml")
    assert done.returncode == 3
    assert done.stderr.startswith("error: no estate to judge the stack by; found no nowhere.yaml")
    other = bench.folder.with_name("other")
    bench.folder.rename(other)
    done = bench.run("apply", "-auto-approve", folder=other)
    assert done.returncode == 3
    assert "found stack guardrails-platform in folder other" in done.stderr
    assert bench.calls == []


def test_the_program_is_never_its_own_engine(bench: Bench) -> None:
    """Named as the engine, or found on PATH as one, it is passed by."""
    done = bench.run("apply", "-auto-approve", STUDIO_TERRAFORM=str(bench.program))
    assert done.returncode == 1
    assert "the program that STUDIO_TERRAFORM names cannot be used" in done.stderr
    assert bench.calls == []
    tools = bench.root / "bin"
    tools.mkdir()
    (tools / "terraform").symlink_to(bench.program)
    (tools / "tofu").symlink_to(bench.engine)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    assert bench.run("echo", STUDIO_TERRAFORM="", PATH=path).returncode == 5


def test_one_apply_of_a_stack_at_a_time(bench: Bench) -> None:
    """A second one would replace the plan that the first has had judged."""
    import fcntl

    folder = bench.state / "deploy" / STACK
    folder.mkdir(parents=True)
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = bench.run("apply", "-auto-approve")
    assert done.returncode == 1
    assert done.stderr == (
        "error: guardrails-platform: another apply of it runs on this machine;"
        " fix: wait for its end\n"
    )


def test_a_signal_during_the_plan_ends_it_without_apply(bench: Bench) -> None:
    """Interrupted while the engine plans: nothing is judged, nothing is applied."""
    slow = bench.root / "slow"
    slow.write_text(
        f'#!/bin/sh\ncase $1 in plan) echo planning; sleep 2;; esac\nexec {bench.engine} "$@"\n'
    )
    slow.chmod(0o755)
    process = subprocess.Popen(
        [str(bench.program), "apply", "-auto-approve"],
        cwd=bench.folder,
        env={**bench.environment, "STUDIO_TERRAFORM": str(slow)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "planning\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    process.stdout.close()
    assert process.wait(timeout=30) == 128 + signal.SIGINT
    assert bench.commands == ["plan"]


def test_a_real_engine_applies_what_was_judged(bench: Bench) -> None:
    """Variables reach plan and apply, those too that no plan file holds; a plan file works."""
    stack = {
        "//": {"metadata": {"stackName": STACK}},
        "variable": {
            "role": {"type": "string", "default": "apply", "ephemeral": True},
            "word": {"type": "string"},
        },
        "resource": {"terraform_data": {"one": {"input": "${var.word}"}}},
    }
    (bench.folder / "cdk.tf.json").write_text(json.dumps(stack))

    def kept() -> str | None:
        state = json.loads((bench.folder / "terraform.tfstate").read_text())
        values = [one["instances"][0]["attributes"]["input"]["value"] for one in state["resources"]]
        return values[0] if values else None

    def call(*words: str, stdin: str = "", **environment: str) -> tuple[int, str]:
        done = bench.run(*words, stdin=stdin, STUDIO_TERRAFORM="", **environment)
        return done.returncode, done.stdout + done.stderr

    assert call("init", "-no-color")[0] == 0
    code, text = call("apply", "-auto-approve", "-var=word=first", "-var", "role=plan")
    assert (code, kept()) == (0, "first"), text
    code, text = call("apply", "-auto-approve", "-var=word=second", FAKE_BAD="1")
    assert (code, kept()) == (3, "first"), text
    assert call("plan", "-out=plan", "-var=word=third")[0] == 0
    code, text = call("apply", "-no-color", "plan")
    assert (code, kept()) == (0, "third"), text
    code, text = call("apply", "-var=word=fourth", stdin="yes\n")
    assert (code, kept()) == (0, "fourth"), text
    code, text = call("destroy", "-auto-approve", "-var=word=fourth")
    assert (code, kept()) == (0, None), text


_words = st.lists(
    st.sampled_from(
        [
            "apply", "destroy", "refresh", "plan", "-auto-approve", "-destroy", "-var", "a=b", "--",
            "-chdir=x", "", "-", "-h", "-target=x", "-no-color", "-lock", "false", "p.bin",
        ]
    )
    | st.text(max_size=8),
    max_size=7,
)  # fmt: skip


@given(words=_words, arguments=st.none() | st.text(max_size=12))
def test_no_words_reach_the_engine_as_an_ungated_apply(
    words: list[str], arguments: str | None
) -> None:
    """Whatever is called: it is refused, taken apart for the gate, or has no gated command."""
    environment = {} if arguments is None else {"TF_CLI_ARGS": arguments}
    try:
        call = read(words, environment, Path("/here"))
    except StudioError:
        return
    command = next((word for word in words if word and not word.startswith("-")), None)
    if isinstance(call, Gated):
        assert command in ("apply", "destroy", "refresh")
        assert not any(word.startswith("-auto-approve") for word in call.plan_words)
        return
    assert isinstance(call, Pass)
    assert list(call.words) == words
    assert call.keep_arguments is (command is not None and "-h" not in words) or (
        command not in ("apply", "destroy", "refresh")
    )
    if command in ("apply", "destroy", "refresh"):
        assert words[words.index(command) + 1 :] in (["-h"], ["-help"], ["--help"])
