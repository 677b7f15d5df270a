"""State buckets and roles are made once, mended when they differ, and trust nobody else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from agent_studio.delivery.bootstrap import documents
from agent_studio.rehearsal.emulator import Endpoint, running

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "acme-state-222222222222-eu-west-1-ba288ae5"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An emulator whose default account is none of the estate's."""
    with running(tmp_path_factory.mktemp("emulator") / "log") as found:
        yield found


def _bootstrap(endpoint: Endpoint, *options: str) -> "subprocess.CompletedProcess[str]":
    command = "from agent_studio.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", command, "--estate", "regions.yaml", "bootstrap", *options],
        cwd=ROOT,
        env=endpoint.environment(dict(os.environ)),
        capture_output=True,
        check=False,
        text=True,
    )


def _client(endpoint: Endpoint, service: str) -> Any:
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "endpoint_url": endpoint.url}
    found = boto3.client("sts", region_name="eu-west-1", **keys).assume_role(
        RoleArn="arn:aws:iam::222222222222:role/any", RoleSessionName="test"
    )["Credentials"]
    return boto3.client(
        service,
        region_name="eu-west-1",
        endpoint_url=endpoint.url,
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )


def test_bootstrap_makes_everything_once_and_mends_what_differs(endpoint: Endpoint) -> None:
    """A second run changes nothing; a setting changed by hand is put back, and nothing else."""
    via = ("--via-role", "OrganizationAccountAccessRole")
    dry = _bootstrap(endpoint, *via, "--dry-run")
    assert f"payments-eu: would make bucket {BUCKET} (eu-west-1)\n" in dry.stderr
    assert "everything stands" not in _bootstrap(endpoint, *via).stderr
    again = _bootstrap(endpoint, *via)
    assert again.stderr.count("everything stands") == 3, again.stderr
    s3 = _client(endpoint, "s3")
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    mended = _bootstrap(endpoint, *via, "--account", "payments-eu")
    assert mended.stderr == f"payments-eu: bucket {BUCKET} (eu-west-1): versioning\n"


def test_credentials_of_another_account_are_refused(endpoint: Endpoint) -> None:
    """Without a role to assume, nothing is made in an account that is not the estate's."""
    done = _bootstrap(endpoint, "--account", "platform")
    assert done.returncode == 1
    assert (
        "the credentials are not of account platform; found 123456789012; "
        "allowed: 111111111111; fix: name a role of the account to assume: "
        "--via-role OrganizationAccountAccessRole"
    ) in done.stderr


@pytest.mark.parametrize("purpose", documents.PURPOSES)
def test_a_role_trusts_its_own_account_and_the_cores_ci_alone(purpose: str) -> None:
    """No service and no third account can assume it, so none can be made a deputy."""
    trust = documents.trust(
        partition="aws", account="2", core_account="1", studio="acme", purpose=purpose, ci=True
    )
    own, core = trust["Statement"]
    assert own["Principal"] == {"AWS": "arn:aws:iam::2:root"}
    roles = core["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    jobs = {"plan": ["ci-plan", "ci-apply"]}.get(purpose, ["ci-apply"])
    assert roles == [f"arn:aws:iam::1:role/acme-studio-{job}" for job in jobs]


def test_the_apply_role_can_neither_widen_itself_nor_touch_state() -> None:
    """What applies stacks may not change the roles that Terraform runs under, nor their state."""
    text = documents.permissions(
        "apply",
        partition="aws",
        account="2",
        studio="acme",
        buckets=["state"],
        regions=["eu-west-1"],
    )
    denied = {one["Sid"]: one for one in text["Statement"] if one["Effect"] == "Deny"}
    assert "arn:aws:iam::2:role/acme-studio-apply" in denied["NotItself"]["Resource"]
    assert denied["NotTheState"]["Resource"] == ["arn:aws:s3:::state", "arn:aws:s3:::state/*"]


def test_the_plan_role_reads_no_data() -> None:
    """Planning needs what resources are, not what they hold."""
    text = documents.permissions(
        "plan",
        partition="aws",
        account="2",
        studio="acme",
        buckets=["state"],
        regions=["eu-west-1"],
    )
    _, denied, allowed = text["Statement"]
    assert denied["Effect"] == "Deny"
    assert {"s3:GetObject*", "secretsmanager:GetSecretValue"} <= set(denied["Action"])
    assert (allowed["Action"], allowed["Condition"]["StringLike"]["kms:ViaService"]) == (
        ["kms:Decrypt"],
        "ssm.*",
    )


@pytest.mark.parametrize("purpose", ["plan", "apply"])
def test_terraform_reaches_the_regions_of_the_estate_alone(purpose: str) -> None:
    """Every regional call elsewhere is denied; global services have no region to hold them to."""
    text = documents.permissions(
        purpose,
        partition="aws",
        account="2",
        studio="acme",
        buckets=["state"],
        regions=["us-east-2", "eu-west-1"],
    )
    fence = next(one for one in text["Statement"] if one["Sid"] == "RegionsOutsideTheEstate")
    assert fence["Effect"] == "Deny"
    assert fence["Condition"] == {
        "StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-2"]}
    }
    assert not {"s3:*", "ec2:*", "kms:*", "bedrock:*", "*"} & set(fence["NotAction"])
