"""Each cloud's mailbox and services, when the cloud refuses, fails, hangs or lies."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from delivery.kill.azure_double import AzureDouble
from delivery.kill.google_double import GoogleDouble
from delivery.kill.local import Answer, Front, Request, front, serving
from delivery.kill.world import (
    ESTATE,
    AzureCredential,
    client,
    inbox,
    run_labels,
    run_path,
    runtime_of,
    secret,
    start_services,
)
from google.auth.credentials import AnonymousCredentials

from agent_studio.delivery.kill import cloud, epoch
from agent_studio.delivery.kill.aws import AwsCell
from agent_studio.delivery.kill.azure import AzureCell
from agent_studio.delivery.kill.confirm import UnconfirmedError, Watch
from agent_studio.delivery.kill.epoch import Change, Epoch
from agent_studio.delivery.kill.google import GoogleCell
from agent_studio.estate.loader import load_estate
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws, azure
from agent_studio.rehearsal.emulator import Endpoint
from agent_studio.rehearsal.vault.certificates import issue

CELLS = {cell.region.name: cell for cell in load_estate(ESTATE).cells}
WEST, GOOGLE, AZURE = CELLS["eu-west-1"], CELLS["europe-west3"], CELLS["eastus2"]
pytestmark = pytest.mark.usefixtures("impatient")
EVERYTHING = Change(names=frozenset({"*"}))
ABOUT = {"id": "x", "time": "2026-11-23T00:00:00+00:00", "by": "ada@host"}


Rule = Callable[[Request], Answer | None]


def times(number: int, status: int) -> Rule:
    """A rule: the first so many requests are answered with an error."""
    left = [number]

    def rule(_: Request) -> Answer | None:
        if left[0] > 0:
            left[0] -= 1
            return Answer(status, {"error": {"code": status, "message": "no"}})
        return None

    return rule


@dataclass
class Doubles:
    """The doubles, and the cells in them."""

    google: GoogleDouble = field(default_factory=GoogleDouble)
    azure: AzureDouble = field(default_factory=AzureDouble)
    google_cell: GoogleCell = field(init=False)
    azure_cell: AzureCell = field(init=False)

    def stop(self, which: str, seconds: float = 5.0) -> None:
        """Stop the runtime of a cell."""
        made: cloud.CellCloud = {"google": self.google_cell, "azure": self.azure_cell}[which]
        cell = {"google": GOOGLE, "azure": AZURE}[which]
        name = made.services.name(runtime_of(cell))
        cloud.stop(made.services, name, Watch(seconds))

    def deny(self, which: str, change: Change = EVERYTHING, seconds: float = 5.0) -> Epoch:
        """Write the epoch of a cell."""
        made: cloud.CellCloud = {"google": self.google_cell, "azure": self.azure_cell}[which]
        return epoch.put(made.mailbox, change, Watch(seconds), about=ABOUT)


@pytest.fixture
def doubles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doubles]:
    """Google Cloud and Azure, each with a cell in which all runs."""
    certificate = issue(tmp_path / "tls", "clouds")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.authority))
    made = Doubles()
    made.google.secrets[secret(GOOGLE)] = []
    made.google.add_service(run_path(GOOGLE, runtime_of(GOOGLE)), run_labels(GOOGLE))
    made.azure.containers.add(inbox(AZURE))
    made.azure.add_app(
        azure.resource_group(AZURE.scope), azure.container_app(AZURE.scope, "analyst")
    )
    with ExitStack() as stack:
        google_address = stack.enter_context(serving(made.google.serve, certificate))
        azure_address = stack.enter_context(serving(made.azure.serve, certificate))
        made.google_cell = GoogleCell(
            GOOGLE,
            credentials=lambda _: AnonymousCredentials(),
            run=google_address,
            secrets=google_address,
        )
        made.azure_cell = AzureCell(
            AZURE,
            credentials=lambda _: AzureCredential(),
            management=azure_address,
            blobs=lambda account: f"{azure_address}/{account}",
        )
        yield made


@pytest.mark.parametrize("which", ["google", "azure"])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_tried_again(doubles: Doubles, which: str, status: int) -> None:
    """Two errors that may pass, then all is confirmed."""
    getattr(doubles, which).rule = times(2, status)
    doubles.stop(which)
    getattr(doubles, which).rule = times(2, status)
    assert doubles.deny(which).deny == {"*"}


@pytest.mark.parametrize(
    ("which", "status", "said"),
    [
        ("google", 503, "Google Cloud refused: scale the service .* to zero"),
        ("google", 403, "somebody who may act as .*apply"),
        ("google", 404, "see that the cell was applied"),
        ("azure", 503, "Azure refused: stop the container app"),
        ("azure", 403, "the roles that docs/runbooks/kill.md names"),
        ("azure", 404, "see that the cell was applied"),
    ],
)
def test_a_stop_that_is_refused_is_not_confirmed(
    doubles: Doubles, which: str, status: int, said: str
) -> None:
    """With what was answered, and what to do."""
    getattr(doubles, which).rule = times(1000, status)
    with pytest.raises(UnconfirmedError, match=f"status {status}") as raised:
        doubles.stop(which)
    assert re.search(said, raised.value.line)


@pytest.mark.parametrize(
    ("which", "status", "said"),
    [
        ("google", 500, "Google Cloud refused: read projects/acme-research-de/secrets/"),
        ("google", 403, "Google Cloud refused: read projects/acme-research-de/secrets/"),
        ("azure", 500, "Azure refused: read https://"),
        ("azure", 403, "Azure refused: read https://"),
    ],
)
def test_a_mailbox_that_refuses_is_not_confirmed(
    doubles: Doubles, which: str, status: int, said: str
) -> None:
    """Nothing is taken for denied that was not read back."""
    getattr(doubles, which).rule = times(1000, status)
    with pytest.raises(UnconfirmedError, match=said):
        doubles.deny(which)


@pytest.mark.parametrize("which", ["google", "azure"])
def test_a_cloud_that_says_nothing_holds_up_nobody(doubles: Doubles, which: str) -> None:
    """A request without an answer ends with the time that the step has."""
    getattr(doubles, which).rule = lambda _: Answer(hang=30)
    for act in (doubles.stop, doubles.deny):
        with pytest.raises(UnconfirmedError, match=r"did not answer|not confirmed within 1 s"):
            act(which, seconds=1.0)


@pytest.mark.parametrize("which", ["google", "azure"])
def test_no_token_follows_a_redirect(doubles: Doubles, which: str) -> None:
    """A mailbox that sends us elsewhere is refused."""
    seen: list[Request] = []

    def elsewhere(request: Request) -> Answer:
        seen.append(request)
        return Answer(200, {})

    with serving(elsewhere) as address:
        getattr(doubles, which).rule = lambda _: Answer(307, None, {"Location": address})
        with pytest.raises(UnconfirmedError, match="status 307"):
            doubles.deny(which)
    assert seen == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scaling": {"scalingMode": "AUTOMATIC"}}, "scaling is not manual"),
        ({"scaling": {"scalingMode": "MANUAL", "manualInstanceCount": 1}}, "1 instances wanted"),
        ({"scaling": {"scalingMode": "MANUAL"}}, "no number of instances wanted"),
        ({"reconciling": True}, "still being changed"),
        ({"observedGeneration": "1"}, "still being changed"),
        (
            {"terminalCondition": {"type": "Ready", "state": "CONDITION_FAILED"}},
            "condition failed",
        ),
    ],
)
def test_a_cloud_run_service_that_only_says_it_stops(
    doubles: Doubles, change: dict[str, Any], said: str
) -> None:
    """The change is answered as done; what the service shows decides."""

    def lies(request: Request) -> Answer | None:
        if request.method != "GET":
            return None
        path = request.path.removeprefix("/v2/").partition("?")[0]
        service = doubles.google.services[path]
        done = {"reconciling": False, "observedGeneration": service["generation"]}
        return Answer(body={**service, **done, **change})

    doubles.google.rule = lies
    with pytest.raises(UnconfirmedError, match=said) as raised:
        doubles.stop("google", seconds=0.8)
    assert raised.value.cause == "not confirmed within 1 s"


@pytest.mark.parametrize(
    ("status", "replicas", "said"),
    [("Progressing", 0, "Progressing"), ("Running", 0, "Running"), ("Stopped", 2, "2 replicas")],
)
def test_a_container_app_that_only_says_it_stops(
    doubles: Doubles, status: str, replicas: int, said: str
) -> None:
    """The stop is accepted; the app's state and its replicas decide."""
    (key,) = doubles.azure.apps

    def lies(request: Request) -> Answer | None:
        if request.method == "POST":
            return Answer(202, None, {"Location": "https://127.0.0.1:1/nowhere"})
        return None

    doubles.azure.rule = lies
    doubles.azure.apps[key], doubles.azure.replicas[key] = status, replicas
    with pytest.raises(UnconfirmedError, match=said):
        doubles.stop("azure", seconds=0.8)


def test_services_of_another_cell_in_the_project_are_left(doubles: Doubles) -> None:
    """A whole kill stops what bears the cell's own labels, and nothing else of the project."""
    ours, theirs = run_path(GOOGLE, runtime_of(GOOGLE)), run_path(GOOGLE, runtime_of(GOOGLE)) + "-x"
    doubles.google.add_service(theirs, {**run_labels(GOOGLE), "stack": "another"})
    doubles.google.add_service(ours + "-stray", run_labels(GOOGLE))
    cloud.stop_others(doubles.google_cell.services, [ours.rpartition("/")[2]], Watch(5))
    scaled = {
        path
        for path, one in doubles.google.services.items()
        if one["scaling"].get("scalingMode") == 2
    }
    assert scaled == {ours + "-stray"}


def test_a_version_that_nobody_may_read_is_replaced_by_a_whole_kill(doubles: Doubles) -> None:
    """Somebody disabled the latest version: a runtime's kill can't tell what else is denied."""
    doubles.google.secrets[secret(GOOGLE)] = [b"{}"]
    doubles.google.disabled = {1}
    with pytest.raises(UnconfirmedError, match="holds something that is no kill epoch"):
        doubles.deny("google", Change(names=frozenset({"analyst"})))
    assert doubles.deny("google").deny == {"*"}


def another_kills(made: Doubles, which: str, name: str) -> Rule:
    """A rule: just before the first writing arrives, another kills a runtime."""
    once = [True]

    def rule(request: Request) -> Answer | None:
        if request.method in ("POST", "PUT") and once and once.pop():
            text = epoch.render(Epoch(number=4_000_000_000_000, deny=frozenset({name})), **ABOUT)
            if which == "google":
                made.google.secrets[secret(GOOGLE)].append(text.encode())
            else:
                made.azure.blobs[f"{inbox(AZURE)}/kill-epoch"] = (text.encode(), '"theirs"')
        return None

    return rule


@pytest.mark.parametrize("which", ["google", "azure"])
def test_what_another_kills_at_the_same_time_stays_denied(doubles: Doubles, which: str) -> None:
    """Two runtimes, two machines: both are denied in the end, under a higher number."""
    getattr(doubles, which).rule = another_kills(doubles, which, "collector")
    found = doubles.deny(which, Change(names=frozenset({"analyst"})))
    assert found.deny == {"analyst", "collector"}
    assert found.number == 4_000_000_000_001


def test_a_mailbox_that_was_never_made_is_told(doubles: Doubles) -> None:
    """Neither a secret nor a container is made in passing: then it is not the cell's."""
    doubles.google.secrets.clear()
    doubles.azure.containers.clear()
    with pytest.raises(UnconfirmedError, match="status 404: Secret not found"):
        doubles.deny("google")
    with pytest.raises(UnconfirmedError, match="status 404 ContainerNotFound"):
        doubles.deny("azure")


def test_an_azure_token_is_asked_for_in_the_accounts_tenant() -> None:
    """Whoever is signed in to several tenants sends no token of another."""
    from agent_studio.delivery.kill.azure import _InTenant

    asked: list[dict[str, Any]] = []

    class Inner:
        def get_token(self, *_: str, **options: Any) -> AccessToken:
            asked.append(options)
            return AccessToken("x", 0)

    _InTenant(Inner(), AZURE.account.tenant).get_token("scope", tenant_id="another")
    assert asked == [{"tenant_id": AZURE.account.tenant}]


@pytest.fixture
def before_aws(emulator: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """A front of the emulator, in which the cell's services run."""
    for name, value in emulator.variables.items():
        monkeypatch.setenv(name, value)
    start_services(WEST)
    with front(emulator.variables["AWS_ENDPOINT_URL"]) as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL", found.address)
        yield found


def aws_error(target: str, code: str, status: int = 400) -> Rule:
    """A rule: an operation of AWS's JSON protocol is refused."""

    def rule(request: Request) -> Answer | None:
        if request.target != target:
            return None
        return Answer(status, {"__type": code, "message": "no"})

    return rule


def aws_service(cell: Cell) -> str:
    """The service of the cell's analyst."""
    return aws.label(cell.scope, "analyst")


@pytest.mark.parametrize(
    ("target", "code", "status", "said"),
    [
        (
            "UpdateService",
            "AccessDeniedException",
            400,
            "somebody who may assume arn:aws",
        ),
        ("UpdateService", "ServerException", 500, "AWS refused: scale the service"),
        ("UpdateService", "ServiceNotFoundException", 400, "see that the cell was applied"),
        ("RegisterScalableTarget", "ValidationException", 400, "AWS refused: set the scaling"),
        ("DescribeServices", "AccessDeniedException", 400, "AWS refused: look at the service"),
        ("ListTasks", "AccessDeniedException", 400, "AWS refused: list tasks"),
        ("StopTask", "AccessDeniedException", 400, "AWS refused: stop a task"),
    ],
)
def test_each_call_that_aws_refuses(
    before_aws: Front, target: str, code: str, status: int, said: str
) -> None:
    """Whichever call of a stop is refused, the stop is not confirmed."""
    before_aws.rule = aws_error(target, code, status)
    with pytest.raises(UnconfirmedError) as raised:
        cloud.stop(AwsCell(WEST).services, aws_service(WEST), Watch(5))
    assert said in raised.value.line


def test_an_ecs_service_that_only_says_it_stops(before_aws: Front) -> None:
    """Instances that are left, or a task that does, keep it from being confirmed."""

    def lies(request: Request) -> Answer | None:
        if request.target != "DescribeServices":
            return None
        service = {"status": "ACTIVE", "desiredCount": 0, "runningCount": 1, "pendingCount": 2}
        return Answer(body={"services": [service], "failures": []})

    before_aws.rule = lies
    with pytest.raises(UnconfirmedError, match="1 running, 2 pending"):
        cloud.stop(AwsCell(WEST).services, aws_service(WEST), Watch(1.5))


@pytest.mark.parametrize(
    ("target", "code"),
    [("GetParameter", "AccessDeniedException"), ("PutParameter", "InvalidKeyId")],
)
def test_a_parameter_that_is_refused(before_aws: Front, target: str, code: str) -> None:
    """Neither a failed reading nor a failed writing is confirmed."""
    before_aws.rule = aws_error(target, code)
    with pytest.raises(UnconfirmedError, match=code):
        epoch.put(AwsCell(WEST).mailbox, EVERYTHING, Watch(5), about=ABOUT)


def test_what_another_kills_at_the_same_time_stays_denied_on_aws(before_aws: Front) -> None:
    """Systems Manager has no conditional writing; the versions in between are read and kept."""
    once = [True]

    def rule(request: Request) -> Answer | None:
        if request.target == "PutParameter" and once and once.pop():
            text = epoch.render(Epoch(number=4_000_000_000_000, deny=frozenset({"x"})), **ABOUT)
            client(WEST, "ssm").put_parameter(
                Name=json.loads(request.body)["Name"],
                Value=text,
                Type="SecureString",
                Overwrite=True,
            )
        return None

    before_aws.rule = rule
    mailbox = AwsCell(WEST).mailbox
    found = epoch.put(mailbox, Change(names=frozenset({"analyst"})), Watch(10), about=ABOUT)
    assert found.deny == {"analyst", "x"}
    assert found.number == 4_000_000_000_001
    assert not once


def test_credentials_that_aws_does_not_take_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how to sign in."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(UnconfirmedError) as raised:
        AwsCell(WEST).mailbox.read(Watch(5))
    assert raised.value.line == (
        "there are no credentials that AWS takes: read the parameter "
        f"{aws.parameter(WEST.scope, 'mailbox/kill-epoch')}; found NoCredentialsError; "
        "fix: sign in, e.g. with `aws sso login`, or set AWS_PROFILE"
    )
