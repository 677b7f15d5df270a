"""Make an account's state buckets and roles; do nothing where they stand as they should."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from agent_studio.delivery.bootstrap import documents
from agent_studio.delivery.bootstrap.settings import Setting, bucket_settings
from agent_studio.estate import Cloud, Estate
from agent_studio.estate.errors import StudioError
from agent_studio.estate.names import aws as names

_MISSING = ("404", "NoSuchBucket", "NoSuchEntity")


@dataclass(frozen=True, kw_only=True)
class AccountPlace:
    """One account with the regions that hold stacks of it.

    Attributes:
        name: the account's name in the estate.
        account: its twelve digits.
        partition: the AWS partition.
        studio: the estate's name.
        core_account: the account id of the core; the account's own where the core lies on no AWS
            account.
        ci: whether the estate has a CI.
        buckets: region -> name of the state bucket there.
    """

    name: str
    account: str
    partition: str
    studio: str
    core_account: str
    ci: bool
    buckets: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that was made or mended, or that would be.

    Attributes:
        account: the account's name.
        what: e.g. `role acme-studio-plan: trust policy`.
    """

    account: str
    what: str


def places(estate: Estate) -> tuple[AccountPlace, ...]:
    """Every AWS account of an estate with its regions."""
    found: dict[str, dict[str, str]] = {}
    partitions: dict[str, str] = {}
    for ref in estate.stacks:
        if ref.cloud is Cloud.AWS:
            scope = ref.scope
            found.setdefault(scope.account_id, {})[scope.region] = names.state_bucket(scope)
            partitions[scope.account_id] = scope.partition
    by_id = {account.id: account.name for account in estate.accounts}
    return tuple(
        AccountPlace(
            name=by_id[account],
            account=account,
            partition=partitions[account],
            studio=estate.studio,
            core_account=(
                estate.core_account.id if estate.core_account.cloud is Cloud.AWS else account
            ),
            ci=estate.spec.ci is not None,
            buckets=buckets,
        )
        for account, buckets in found.items()
    )


def bootstrap_account(
    place: AccountPlace,
    *,
    via_role: str | None,
    dry_run: bool,
    tell: Callable[[Change], None],
) -> int:
    """Bring one account's state buckets and roles to what they should be.

    Args:
        place: the account.
        via_role: a role of the account to assume first, for credentials of another account.
        dry_run: tell what would be done, and do nothing.
        tell: told of each change.

    Returns:
        How many changes were made, or would be.

    Raises:
        StudioError: the credentials are of another account, or AWS refused a call.
    """
    try:
        session = _session(place, via_role)
        count = 0
        for what, make in _changes(place, session):
            tell(Change(account=place.name, what=what))
            count += 1
            if not dry_run:
                make()
    except (ClientError, BotoCoreError) as error:
        raise StudioError(
            f"account {place.name} ({place.account}) could not be bootstrapped",
            found=str(error)[:300],
            fix="use credentials that administer the account, or name a role of it: --via-role",
        ) from error
    return count


def _session(place: AccountPlace, via_role: str | None) -> Any:
    session = boto3.Session()
    region = next(iter(place.buckets))
    if via_role:
        arn = f"arn:{place.partition}:iam::{place.account}:role/{via_role}"
        found = session.client("sts", region_name=region).assume_role(
            RoleArn=arn, RoleSessionName="studio-bootstrap"
        )["Credentials"]
        session = boto3.Session(
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found["SessionToken"],
        )
    account = session.client("sts", region_name=region).get_caller_identity()["Account"]
    if account != place.account:
        raise StudioError(
            f"the credentials are not of account {place.name}",
            found=account,
            allowed=place.account,
            fix="name a role of the account to assume: --via-role OrganizationAccountAccessRole",
        )
    return session


def _changes(place: AccountPlace, session: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    for region, bucket in place.buckets.items():
        s3 = session.client("s3", region_name=region)
        label = f"bucket {bucket} ({region})"
        exists = _answer(s3.head_bucket, Bucket=bucket, ExpectedBucketOwner=place.account)
        if exists is None:
            # us-east-1 is the one region that must not be named (S3 API: CreateBucket).
            body: dict[str, Any] = {}
            if region != "us-east-1":
                body["CreateBucketConfiguration"] = {"LocationConstraint": region}
            yield label, partial(s3.create_bucket, Bucket=bucket, **body)
        for setting in bucket_settings(place.partition, place.account, place.studio, bucket):
            if exists is None or not _stands(s3, setting, bucket):
                put = getattr(s3, setting.put)
                yield f"{label}: {setting.label}", partial(put, Bucket=bucket, **setting.arguments)
    iam = session.client("iam")
    for purpose in documents.PURPOSES:
        yield from _role(place, iam, purpose)


def _role(place: AccountPlace, iam: Any, purpose: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    name = names.account_role(place.studio, purpose)
    label = f"role {name}"
    trust = documents.trust(
        partition=place.partition,
        account=place.account,
        core_account=place.core_account,
        studio=place.studio,
        purpose=purpose,
        ci=place.ci,
    )
    policy = documents.permissions(
        purpose,
        partition=place.partition,
        account=place.account,
        studio=place.studio,
        buckets=sorted(place.buckets.values()),
        regions=sorted(place.buckets),
    )
    now = _answer(iam.get_role, RoleName=name)
    if now is None:
        yield (
            label,
            lambda: iam.create_role(
                RoleName=name,
                AssumeRolePolicyDocument=json.dumps(trust),
                Description=f"Terraform of {place.studio}: {purpose}",
                MaxSessionDuration=3600,
                Tags=[{"Key": "studio:studio", "Value": place.studio}],
            ),
        )
    elif now["Role"]["AssumeRolePolicyDocument"] != trust:
        yield (
            f"{label}: trust policy",
            lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust)),
        )
    held = _answer(iam.get_role_policy, RoleName=name, PolicyName="studio")
    if held is None or held["PolicyDocument"] != policy:
        yield (
            f"{label}: permissions",
            lambda: iam.put_role_policy(
                RoleName=name, PolicyName="studio", PolicyDocument=json.dumps(policy)
            ),
        )
    managed = {"plan": documents.READ_ONLY, "apply": documents.POWER_USER}.get(purpose)
    if managed:
        arn = f"arn:{place.partition}:iam::aws:policy/{managed}"
        attached = _answer(iam.list_attached_role_policies, RoleName=name)
        if arn not in [one["PolicyArn"] for one in (attached or {}).get("AttachedPolicies", [])]:
            yield (
                f"{label}: {managed}",
                lambda: iam.attach_role_policy(RoleName=name, PolicyArn=arn),
            )


def _stands(s3: Any, setting: Setting, bucket: str) -> bool:
    answer = _answer(getattr(s3, setting.get), Bucket=bucket)
    return answer is not None and setting.holds(answer)


def _answer(call: Callable[..., Any], **arguments: Any) -> Any:
    try:
        return call(**arguments)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING or code.startswith("NoSuch") or code.endswith("NotFoundError"):
            return None
        raise
