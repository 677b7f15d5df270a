"""A small estate of hand-written stacks, shaped as the blocks shape theirs, on a local emulator."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names
from agent_studio.rehearsal.emulator import Endpoint, running
from agent_studio.rehearsal.overlay import write as write_overlay

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "222222222222"
REGION = "eu-west-1"
STACK = "cell-aws-eu-west-1-payments-eu"
PLACE = Scope(studio="acme", stack=STACK, account_id=ACCOUNT, region=REGION)


def stack_body(place: Scope = PLACE, *, suffixes: tuple[str, ...] = ("a",)) -> dict[str, Any]:
    """A stack of the kinds of resources that cells are made of; each suffix makes one set."""
    resources: dict[str, dict[str, Any]] = {}

    def add(kind: str, label: str, /, **body: Any) -> None:
        resources.setdefault(kind, {})[label] = body

    for one in suffixes:
        tags = {"tags": {"Name": f"{place.stack}-{one}"}}
        add(
            "aws_kms_key",
            one,
            description=one,
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=_key_policy(place),
            lifecycle={"prevent_destroy": True},
            **tags,
        )
        key = f"${{aws_kms_key.{one}.arn}}"
        add(
            "aws_kms_alias",
            one,
            name=names.key_alias(place, one),
            target_key_id=f"${{aws_kms_key.{one}.key_id}}",
        )
        add("aws_vpc", one, cidr_block="10.16.0.0/20", **tags)
        vpc = f"${{aws_vpc.{one}.id}}"
        add("aws_default_security_group", one, vpc_id=vpc, **tags)
        add(
            "aws_subnet",
            one,
            vpc_id=vpc,
            cidr_block="10.16.0.0/24",
            availability_zone=f"{place.region}a",
            **tags,
        )
        add("aws_route_table", one, vpc_id=vpc, **tags)
        add(
            "aws_route_table_association",
            one,
            subnet_id=f"${{aws_subnet.{one}.id}}",
            route_table_id=f"${{aws_route_table.{one}.id}}",
        )
        add(
            "aws_cloudwatch_log_group",
            one,
            name=names.log_group(place, one),
            retention_in_days=365,
            kms_key_id=key,
            **tags,
        )
        add(
            "aws_iam_role",
            one,
            name=names.role(place, one),
            assume_role_policy=_trust(place),
            **tags,
        )
        add(
            "aws_flow_log",
            one,
            vpc_id=vpc,
            traffic_type="ALL",
            iam_role_arn=f"${{aws_iam_role.{one}.arn}}",
            log_destination=f"${{aws_cloudwatch_log_group.{one}.arn}}",
            **tags,
        )
        add(
            "aws_sqs_queue",
            one,
            name=names.queue(place, one),
            kms_master_key_id=key,
            policy=_tls_only(names.queue_arn(place, one)),
            **tags,
        )
        add("aws_sns_topic", one, name=names.queue(place, one), kms_master_key_id=key, **tags)
        add(
            "aws_ecr_repository",
            one,
            name=names.repository(place, one),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configuration=[{"encryption_type": "KMS", "kms_key": key}],
            **tags,
        )
        add(
            "aws_ssm_parameter",
            one,
            name=names.parameter(place, one),
            type="SecureString",
            key_id=key,
            value="0",
            **tags,
        )
    return {
        "terraform": {
            "required_providers": {
                "aws": {"source": "hashicorp/aws", "version": ">= 5.100.0, < 7.0.0"}
            },
            "backend": {
                "s3": {
                    "bucket": names.state_bucket(place),
                    "key": f"{place.stack}.tfstate",
                    "region": place.region,
                    "encrypt": True,
                    "use_lockfile": True,
                    "allowed_account_ids": [place.account_id],
                    "assume_role": {"role_arn": names.account_role_arn(place, "state")},
                }
            },
        },
        "variable": {"studio_role": {"type": "string", "default": "apply", "ephemeral": True}},
        "provider": {
            "aws": [
                {
                    "region": place.region,
                    "allowed_account_ids": [place.account_id],
                    "assume_role": [
                        {"role_arn": names.account_role_arn(place, "${var.studio_role}")}
                    ],
                    "default_tags": [
                        {
                            "tags": {
                                "studio:studio": place.studio,
                                "studio:stack": place.stack,
                                "studio:jurisdiction": "EU",
                                "studio:owner": "payments",
                                "studio:layer": "cell",
                            }
                        }
                    ],
                }
            ]
        },
        "resource": resources,
    }


@dataclass
class Workbench:
    """A state folder with synthesized stacks, and the emulator that they are applied to."""

    folder: Path
    endpoint: Endpoint

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    def environment(self) -> dict[str, str]:
        """The environment of `studio` and of a bare Terraform."""
        return {
            **self.endpoint.environment(),
            "STUDIO_OVERLAY": str(self.folder / "overlay"),
            "STUDIO_STATE_DIR": str(self.state),
            "STUDIO_ESTATE": str(ROOT / "regions.yaml"),
        }

    def synthesize(self, bodies: dict[str, dict[str, Any]]) -> None:
        """Write stacks as `studio synth` would, and the overlay for them."""
        entries = []
        for name, body in bodies.items():
            path = self.state / "synth" / "stacks" / name / "cdk.tf.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(body, sort_keys=True)
            path.write_text(text, encoding="utf-8")
            layer = name.split("-")[0]
            entries.append(
                {
                    "name": name,
                    "layer": layer,
                    "path": str(path),
                    "digest": hashlib.sha256(text.encode()).hexdigest(),
                    "resources": sum(len(v) for v in body["resource"].values()),
                }
            )
        manifest = {"stacks": entries}
        (self.state / "synth" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        write_overlay(self.state / "synth", self.folder / "overlay", self.endpoint)

    def make_state_buckets(self, *places: Scope) -> None:
        """Make the buckets that `studio bootstrap` makes."""
        for place in places:
            client = self.client("s3", place)
            client.create_bucket(
                Bucket=names.state_bucket(place),
                CreateBucketConfiguration={"LocationConstraint": place.region},
            )

    def client(self, service: str, place: Scope = PLACE) -> Any:
        """A client of the emulator in a stack's own account and region."""
        keys = {"aws_access_key_id": "rehearsal", "aws_secret_access_key": "rehearsal"}
        sts = boto3.client("sts", region_name=place.region, endpoint_url=self.endpoint.url, **keys)
        found = sts.assume_role(
            RoleArn=names.account_role_arn(place, "apply"), RoleSessionName="workbench"
        )["Credentials"]
        return boto3.client(
            service,
            region_name=place.region,
            endpoint_url=self.endpoint.url,
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found["SessionToken"],
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start `studio` with its output captured."""
        return subprocess.Popen(
            [sys.executable, "-c", "from agent_studio.cli.main import main; main()", *arguments],
            env=self.environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def studio(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `studio` to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@contextmanager
def workbench(folder: Path) -> Iterator[Workbench]:
    """A workbench with one small cell, its state bucket made."""
    assert os.environ.get("STUDIO_PROVIDER_MIRROR"), "set STUDIO_PROVIDER_MIRROR"
    with running(folder / "emulator.log") as endpoint:
        bench = Workbench(folder, endpoint)
        bench.synthesize({STACK: stack_body()})
        bench.make_state_buckets(PLACE)
        yield bench


def _tls_only(queue_arn: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "DenyPlainHttp",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sqs:*",
                    "Resource": queue_arn,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )


def _trust(place: Scope) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account_id}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _key_policy(place: Scope) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{place.account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
