"""The emulator's life, its accounts, and that nothing leaves the machine through it."""

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agent_studio.estate.errors import StudioError
from agent_studio.rehearsal.emulator import Endpoint, running
from agent_studio.rehearsal.sessions import Sessions

_PARENT = """
import sys, time
from pathlib import Path
from agent_studio.rehearsal.emulator import running
with running(Path(sys.argv[1])) as endpoint:
    print(endpoint.pid, flush=True)
    time.sleep(600)
"""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def _gone(pid: int, *, within: float) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not _alive(pid):
            return True
        time.sleep(0.1)
    return False


def test_it_stops_with_its_block(tmp_path: Path) -> None:
    """When the block is left, the process is gone and its log is there."""
    with running(tmp_path / "logs" / "emulator.log") as endpoint:
        assert _alive(endpoint.pid)
    assert not _alive(endpoint.pid)
    assert endpoint.log.exists()


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """A SIGKILL to the process that started it ends the emulator within seconds."""
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert _gone(pid, within=10)


def test_a_failed_start_names_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the server cannot run, one line says so and names the log."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'No module named moto' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(StudioError) as caught, running(tmp_path / "log"):
        pass
    assert "did not start; found No module named moto" in caught.value.line
    assert str(tmp_path / "log") in caught.value.line


def test_each_account_sees_its_own(sessions: Sessions) -> None:
    """What one account holds, another does not see; a bucket's name is one for all."""
    first, second = "222222222222", "333333333333"
    for account in (first, second):
        who = sessions.client("sts", account=account, region="eu-west-1").get_caller_identity()
        assert who["Account"] == account
    sessions.client("sqs", account=first, region="eu-west-1").create_queue(QueueName="only-first")
    listed = sessions.client("sqs", account=second, region="eu-west-1").list_queues()
    assert not listed.get("QueueUrls")


def test_a_call_to_another_host_is_refused(emulator: Endpoint) -> None:
    """As a proxy, the emulator opens no way out: CONNECT ends with 403."""
    where = urlsplit(emulator.url)
    assert where.hostname
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=10)
    connection.request("CONNECT", "sts.amazonaws.com:443")
    assert connection.getresponse().status == 403
    connection.close()


def test_real_credentials_are_taken_out(emulator: Endpoint) -> None:
    """No variable of a real AWS account reaches a rehearsal's commands."""
    environment = emulator.environment(
        {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "t", "AWS_CA_BUNDLE": "x", "HOME": "/home/me"}
    )
    assert environment["HOME"] == "/home/me"
    assert "AWS_PROFILE" not in environment
    assert "AWS_SESSION_TOKEN" not in environment
    assert environment["AWS_ENDPOINT_URL"] == emulator.url


def test_a_repeated_call_does_not_act_twice(emulator: Endpoint) -> None:
    """A client that lost the answer and asks again gets the same answer, not "exists already"."""
    where = urlsplit(emulator.url)
    answers = []
    for _ in range(2):
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        connection.request(
            "POST",
            "/",
            body="Action=CreateRole&Version=2010-05-08&RoleName=once&AssumeRolePolicyDocument=%7B%7D",
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request"
                ", SignedHeaders=host, Signature=0",
                "amz-sdk-invocation-id": "6f7d7e2a",
            },
        )
        response = connection.getresponse()
        answers.append((response.status, response.read()))
        connection.close()
    assert answers[0] == answers[1]
    assert answers[0][0] == 200
