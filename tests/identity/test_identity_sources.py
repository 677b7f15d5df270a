"""Tokens of each cloud: asked for as its documentation says, and taken from its answer alone."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from identity.agents import Agents
from identity.cloud_doubles import Asked, Endpoint, endpoint, sts

from agent_studio.estate.model import Cell
from agent_studio.identity import IdentityError, Secret, errors, from_environment
from agent_studio.identity.sources import source_of
from agent_studio.identity.sources.aws import AwsSource
from agent_studio.identity.sources.azure import AzureSource
from agent_studio.identity.sources.file import FileSource
from agent_studio.identity.sources.google import GoogleSource
from agent_studio.rehearsal.vault.certificates import Certificate, issue
from agent_studio.rehearsal.vault.clusters import Clusters

TOKEN = "eyJh.eyJz.c2ln"
GOOGLE = {"Metadata-Flavor": "Google"}
Answer = Callable[[Asked], tuple[int, dict[str, str], str]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """The certificate of STS's double."""
    return issue(tmp_path_factory.mktemp("sts"))


@pytest.fixture
def aws_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task's credentials, as botocore finds them."""
    for name in ("AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


def aws(found: Endpoint, certificate: Certificate) -> AwsSource:
    """A source that asks the double."""
    return AwsSource("vault://x", endpoint=found.address + "/", authority=certificate.authority)


@pytest.mark.usefixtures("aws_credentials")
def test_aws_asks_the_regions_sts(certificate: Certificate) -> None:
    """GetWebIdentityToken with one audience and five minutes, signed by the task's credentials."""
    with endpoint(sts(TOKEN), certificate) as found:
        assert aws(found, certificate).token() == Secret(TOKEN)
        (asked,) = found.asked
    assert (asked.method, asked.path) == ("POST", "/")
    assert parse_qs(asked.body) == {
        "Action": ["GetWebIdentityToken"],
        "Version": ["2011-06-15"],
        "Audience.member.1": ["vault://x"],
        "SigningAlgorithm": ["RS256"],
        "DurationSeconds": ["300"],
    }
    assert asked.headers["X-Amz-Security-Token"] == "session-token"
    assert signature_of(asked, found.address) in asked.headers["Authorization"]


def signature_of(asked: Asked, address: str) -> str:
    """The signature that botocore's own code gives to the same request."""
    signed = re.search(r"SignedHeaders=([^,]+)", asked.headers["Authorization"])
    assert signed
    lower = {name.lower(): value for name, value in asked.headers.items()}
    headers = {name: lower[name] for name in signed[1].split(";")}
    request = AWSRequest("POST", address + "/", data=asked.body, headers=headers)
    request.context["timestamp"] = lower["x-amz-date"]
    signer = SigV4Auth(
        Credentials("AKIDEXAMPLE", "secret-key", "session-token"), "sts", "eu-west-1"
    )
    canonical = signer.canonical_request(request)
    assert canonical.endswith(hashlib.sha256(asked.body.encode()).hexdigest())
    return str(signer.signature(signer.string_to_sign(request, canonical), request))


def test_aws_has_an_endpoint_in_each_partition() -> None:
    """The endpoint is the region's own, never the global one."""
    assert "https://sts.eu-west-1.amazonaws.com/" in repr(AwsSource("x", "eu-west-1"))
    assert "https://sts.cn-north-1.amazonaws.com.cn/" in repr(AwsSource("x", "cn-north-1"))


def test_aws_without_a_region_or_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is named."""
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(errors.TokenSourceError, match="AWS_REGION"):
        AwsSource("x").token()
    with pytest.raises(errors.TokenSourceError, match="no AWS credentials"):
        AwsSource("x", "eu-west-1").token()


def test_google_asks_the_metadata_server() -> None:
    """The default service account's identity, for the audience, in full."""
    with endpoint(lambda _: (200, GOOGLE, TOKEN + "\n")) as found:
        source = GoogleSource("vault://x", found.address.removeprefix("http://"))
        assert source.token() == Secret(TOKEN)
        (asked,) = found.asked
    url = urlsplit(asked.path)
    assert url.path == "/computeMetadata/v1/instance/service-accounts/default/identity"
    assert parse_qs(url.query) == {"audience": ["vault://x"], "format": ["full"]}
    assert asked.headers["Metadata-Flavor"] == "Google"


def test_google_takes_no_answer_but_the_metadata_servers() -> None:
    """An answer without Google's header is somebody else's."""
    with endpoint(lambda _: (200, {}, TOKEN)) as found:
        source = GoogleSource("x", found.address.removeprefix("http://"))
        with pytest.raises(errors.TokenSourceError, match="not Google's"):
            source.token()


def test_azure_asks_the_container_apps_endpoint() -> None:
    """The endpoint and header of the environment, for the named identity."""
    body = json.dumps({"access_token": TOKEN, "token_type": "Bearer"})
    with endpoint(lambda _: (200, {}, body)) as found:
        source = AzureSource("api://t/x", "client", found.address + "/msi/token", Secret("proof"))
        assert source.token() == Secret(TOKEN)
        (asked,) = found.asked
    url = urlsplit(asked.path)
    assert url.path == "/msi/token"
    assert parse_qs(url.query) == {
        "resource": ["api://t/x"],
        "client_id": ["client"],
        "api-version": ["2019-08-01"],
    }
    assert asked.headers["X-IDENTITY-HEADER"] == "proof"


def test_azure_asks_the_virtual_machines_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a container app's endpoint, the machine's is asked, with the header that it wants."""
    monkeypatch.delenv("IDENTITY_ENDPOINT", raising=False)
    body = json.dumps({"access_token": TOKEN})
    with endpoint(lambda _: (200, {}, body)) as found:
        monkeypatch.setattr(
            "agent_studio.identity.sources.azure._IMDS", found.address + "/metadata/identity"
        )
        assert AzureSource("api://t/x").token() == Secret(TOKEN)
        (asked,) = found.asked
    assert parse_qs(urlsplit(asked.path).query)["api-version"] == ["2018-02-01"]
    assert asked.headers["Metadata"] == "true"


def test_a_file_is_read_anew(tmp_path: Path) -> None:
    """A token that is replaced in its file is seen; an empty or missing file is named."""
    path = tmp_path / "token"
    source = source_of(f"file:{path}", "x")
    assert isinstance(source, FileSource)
    for text in ("one.a.b", "two.a.b"):
        path.write_text(f"{text}\n")
        assert source.token() == Secret(text)
    path.write_text(" \n")
    with pytest.raises(errors.TokenSourceError, match="empty"):
        source.token()
    path.unlink()
    with pytest.raises(errors.TokenSourceError, match="can't be read"):
        source.token()


@pytest.mark.parametrize("name", ["", "gcp", "aws ", "https://x"])
def test_an_unknown_source_is_refused(name: str) -> None:
    """There are four sources."""
    with pytest.raises(errors.TokenSourceError, match="allowed"):
        source_of(name, "x")


BAD: dict[str, tuple[int, str]] = {
    "refused": (403, "no"),
    "broken": (500, ""),
    "moved": (302, ""),
    "empty": (200, ""),
    "no token": (200, "hello"),
    "no object": (200, "[1]"),
    "another field": (200, '{"token": "a.b.c"}'),
    "endless": (200, "a." * 100_000),
    "binary": (200, "\u2603" * 10),
}


@pytest.mark.usefixtures("aws_credentials")
@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("cloud", ["aws", "google", "azure"])
def test_a_bad_answer_is_no_token(cloud: str, case: str, certificate: Certificate) -> None:
    """Whatever an endpoint answers instead of a token is `token source`, and nothing else."""
    status, body = BAD[case]
    headers = {**GOOGLE, "Location": "http://127.0.0.1:9/"}
    with endpoint(
        lambda _: (status, headers, body), certificate if cloud == "aws" else None
    ) as found:
        source: Any = {
            "aws": lambda: aws(found, certificate),
            "google": lambda: GoogleSource("x", found.address.removeprefix("http://")),
            "azure": lambda: AzureSource("x", None, found.address, Secret("h")),
        }[cloud]()
        with pytest.raises(errors.TokenSourceError) as refused:
            source.token()
    assert "h.e" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


@pytest.mark.usefixtures("aws_credentials")
def test_an_agent_of_each_cloud_logs_in_with_its_source(
    clusters: Clusters, agents: Agents, cells: dict[str, Cell], certificate: Certificate
) -> None:
    """From the cloud's endpoint to the first secret, on each cloud."""
    token = clusters.token(agents.who(cells["eu-west-1"]))
    with (
        endpoint(sts(token), certificate) as found,
        agents.agent(cells["eu-west-1"], source=aws(found, certificate)) as agent,
    ):
        assert agent.secret("database")
    token = clusters.token(agents.who(cells["europe-west3"]))
    with endpoint(lambda _: (200, GOOGLE, token)) as found:
        google = GoogleSource("x", found.address.removeprefix("http://"))
        with agents.agent(cells["europe-west3"], source=google) as agent:
            assert agent.secret("database")
    body = json.dumps({"access_token": clusters.token(agents.who(cells["eastus2"]))})
    with endpoint(lambda _: (200, {}, body)) as found:
        azure = AzureSource("x", None, found.address, Secret("h"))
        with agents.agent(cells["eastus2"], source=azure) as agent:
            assert agent.secret("database")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "STUDIO_VAULT is missing"),
        ({"STUDIO_VAULT": "no json"}, "not in the form"),
        ({"STUDIO_VAULT": "[]", "VAULT_ADDR": "https://x"}, "not in the form"),
        ({"STUDIO_VAULT": '{"audience": "x"}'}, "VAULT_ADDR is missing"),
        ({"STUDIO_VAULT": "{}", "VAULT_ADDR": "https://x"}, "audience is missing"),
        (
            {
                "STUDIO_VAULT": '{"audience": "x", "source": "aws", "cell": {"x": 1}}',
                "VAULT_ADDR": "https://x",
            },
            "not in the form",
        ),
        (
            {
                "STUDIO_VAULT": '{"audience": "x", "source": "aws", "cell": {"namespace": "",'
                ' "auth": "a", "role": "r", "transit": "t"}}',
                "VAULT_ADDR": "http://x",
            },
            "https alone",
        ),
    ],
)
def test_settings_name_what_is_missing(variables: dict[str, str], said: str) -> None:
    """An environment that the kit did not write is refused, with the variable's name."""
    with pytest.raises(IdentityError, match=said):
        from_environment(variables)
