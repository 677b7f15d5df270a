"""Where data goes: copies, deliveries, images, and whatever names a place by its ARN."""

import re
from collections.abc import Iterator
from typing import Any

from agent_studio.estate import Cloud
from agent_studio.estate.catalogue import find_region
from agent_studio.policies.facts.addresses import LOCAL, Address, addresses, leads_to
from agent_studio.policies.facts.arns import is_account, parsed
from agent_studio.policies.facts.aws.keys import region_of
from agent_studio.policies.facts.builders import replication, transfer, undecided
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.statements import Statement
from agent_studio.policies.facts.values import UNKNOWN, block, known, listed, on

_ECR = re.compile(r"^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/")

_REPLICATING: dict[str, tuple[str, ...]] = {
    # type -> path of the region that it copies to; empty where it names none.
    "aws_ami_copy": (),
    "aws_db_cluster_snapshot_copy": (),
    "aws_db_instance_automated_backups_replication": (),
    "aws_db_snapshot_copy": (),
    "aws_docdb_global_cluster": (),
    "aws_dynamodb_global_table": ("replica", "region_name"),
    "aws_dynamodb_table_replica": (),
    "aws_ebs_snapshot_copy": (),
    "aws_ecr_replication_configuration": (
        "replication_configuration",
        "rule",
        "destination",
        "region",
    ),
    "aws_efs_replication_configuration": ("destination", "region"),
    "aws_elasticache_global_replication_group": (),
    "aws_kms_replica_external_key": (),
    "aws_kms_replica_key": (),
    "aws_neptune_global_cluster": (),
    "aws_rds_global_cluster": (),
    "aws_redshift_snapshot_copy": ("destination_region",),
    "aws_s3control_multi_region_access_point": (),
}
"""Resources that exist to keep a copy elsewhere."""

_COPIES: dict[str, tuple[tuple[str, str], ...]] = {
    # type -> (block or argument that asks for a copy, its region's argument; empty: it is an ARN).
    "aws_backup_plan": (("rule.copy_action", "destination_vault_arn"),),
    "aws_db_instance": (("replicate_source_db", ""),),
    "aws_dlm_lifecycle_policy": (
        ("policy_details.schedule.cross_region_copy_rule", "target"),
        ("policy_details.action.cross_region_copy", "target"),
    ),
    "aws_docdb_cluster": (("global_cluster_identifier", ""),),
    "aws_dynamodb_table": (("replica", "region_name"),),
    "aws_elasticache_replication_group": (("global_replication_group_id", ""),),
    "aws_neptune_cluster": (
        ("global_cluster_identifier", ""),
        ("replication_source_identifier", ""),
    ),
    "aws_rds_cluster": (("replication_source_identifier", ""), ("global_cluster_identifier", "")),
    "aws_redshift_cluster": (("snapshot_copy", "destination_region"),),
    "aws_secretsmanager_secret": (("replica", "region"),),
}
"""Arguments by which a resource is copied elsewhere."""

_BUCKET_ARGUMENTS = frozenset(
    {
        "bucket_arn",
        "target_bucket",
        "s3_bucket_name",
        "destination_bucket",
        "bucket_name",
        "bucketName",
    }
)
_BUCKETS_OF = {
    # type -> paths of the arguments that name a bucket and are called so by other types, too.
    "aws_lb": ("access_logs.bucket", "connection_logs.bucket"),
    "aws_s3_access_point": ("bucket",),
    "aws_s3_object": ("bucket",),
}
_INTERNET = {
    "aws_sns_topic_subscription": (
        "protocol",
        frozenset({"application", "http", "https", "email", "email-json", "sms"}),
    ),
    "aws_kinesis_firehose_delivery_stream": (
        "destination",
        frozenset(
            {"http_endpoint", "splunk", "snowflake", "elasticsearch", "opensearch", "redshift"}
        ),
    ),
}
"""Types that deliver outside of the cell's stores: the argument that says so, and its values."""

_OUTWARD = frozenset(
    {
        "aws_cloudwatch_event_api_destination",
        "aws_cloudwatch_event_connection",
        "aws_datasync_task",
        # It takes images from a registry that is not of this account (ECR User Guide, "Sync an
        # upstream registry with an Amazon ECR private registry").
        "aws_ecr_pull_through_cache_rule",
    }
)
_CALLING = re.compile(r"^arn:[a-z-]+:(?:events:[^:]*:\d{12}:api-destination/|states:::http:invoke)")
"""ARNs that stand for a call to a web server (EventBridge User Guide, "API destinations"; Step
Functions Developer Guide, "Call HTTPS APIs")."""

_ACCOUNTS = frozenset(
    {
        "account",
        "account_id",
        "account_ids",
        "bucket_account_id",
        "catalog_id",
        "registry_id",
        "target_accounts",
    }
)
"""Arguments that name an account by its number."""


def movements(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every copy and every delivery."""
    for resource in resources.all.values():
        yield from _replicas(resources, place, resource)
        yield from _named_places(place, resource)
        yield from _buckets(resources, place, resource)
        yield from _outside(resource)
        if resource.type == "aws_ecs_task_definition":
            yield from _images(place, resource)
            yield from _settings(place, resource)
        # The account's own trail is the guardrails'; another would carry all regions' events.
        everywhere = on(resource.values.get("is_multi_region_trail"))
        if resource.type == "aws_cloudtrail" and everywhere and place.layer != "guardrails":
            yield _transfer(resource, kind="a trail over all regions", region="all regions")
        if resource.type == "aws_budgets_budget" and any(
            path.endswith("subscriber_email_addresses") for path, _ in resource.texts
        ):
            yield _transfer(resource, kind="notifications by e-mail", internet=True)


def _replicas(resources: Resources, place: Place, resource: Resource) -> Iterator[Fact]:
    if resource.type in _REPLICATING:
        path = _REPLICATING[resource.type]
        regions = list(_at(dict(resource.values), path)) if path else []
        regions = regions or [None]
        for region in regions:
            yield _copy(place, resource, region)
    if on(resource.values.get("multi_region")) and resource.type.startswith("aws_kms_"):
        yield _copy(place, resource, None)
    for asks, argument in _COPIES.get(resource.type, ()):
        for asked in _at(dict(resource.values), tuple(asks.split("."))):
            yield _copy(place, resource, block(asked).get(argument) if argument else asked)
    if resource.type == "aws_s3_bucket_replication_configuration":
        for destination in _at(dict(resource.values), ("rule", "destination")):
            yield _s3_copy(resources, place, resource, block(destination))


def _s3_copy(resources: Resources, place: Place, resource: Resource, to: Any) -> Fact:
    bucket = to.get("bucket")
    target = resources.referred(bucket) or resources.named(
        "aws_s3_bucket", str(bucket).rsplit(":", 1)[-1], "bucket"
    )
    region = region_of(resources, target) if target is not None else None
    return _copy(place, resource, region)


def _copy(place: Place, resource: Resource, to: Any) -> Fact:
    arn = parsed(to)
    region = arn.region if arn is not None else to
    text = region if isinstance(region, str) and known(region) else ""
    return replication(
        resource,
        region=text or "another place",
        cloud=Cloud.AWS,
        declared=bool(text) and any(each.endswith(f">{text}") for each in place.replicas),
        unknown="where its copy goes" if to is UNKNOWN else None,
    )


def _named_places(place: Place, resource: Resource) -> Iterator[Fact]:
    """Every region and account that is named: in arguments, and in what may be acted on."""
    seen: set[tuple[str, str, str]] = set()
    for path, text in resource.texts:
        if ".statement." not in path.lower():
            arn = parsed(text)
            if arn is not None:
                seen.add((path, arn.region, arn.account))
            elif path.rsplit(".", 1)[-1] in _ACCOUNTS:
                seen.add((path, "", text))
    for found in resource.statements:
        if isinstance(found, Statement) and found.allows:
            for text in found.resources:
                arn = parsed(text)
                if arn is not None and arn.service != "bedrock":
                    # Whom it lets in, and whose resources it reaches, are grants.
                    seen.add((found.attribute, arn.region, ""))
    for path, region, account in sorted(seen):
        foreign = is_account(account) and account not in place.accounts
        away = bool(region) and "*" not in region and "?" not in region and known(region)
        if foreign or (away and region not in place.reach):
            yield _transfer(resource, kind=path, region=region if away else "", account=account)


def _buckets(resources: Resources, place: Place, resource: Resource) -> Iterator[Fact]:
    for path, text in resource.texts:
        name = path.rsplit(".", 1)[-1]
        arn = parsed(text)
        is_bucket = (
            name in _BUCKET_ARGUMENTS
            or path in _BUCKETS_OF.get(resource.type, ())
            or (arn is not None and arn.service == "s3" and ".statement." not in path.lower())
        )
        if not is_bucket or resource.type == "aws_s3_bucket":
            continue
        if not known(text):
            referred = resources.referred(text)
            if referred is None or referred.type != "aws_s3_bucket":
                yield undecided(resource.address, f"the bucket in {path}", action=Action.TRANSFER)
            continue
        bucket = (arn.resource if arn is not None else text).split("/", 1)[0]
        if not (resources.named("aws_s3_bucket", bucket, "bucket") or place.owns_bucket(bucket)):
            yield _transfer(resource, kind=path, bucket=bucket)


def _outside(resource: Resource) -> Iterator[Fact]:
    argument, values = _INTERNET.get(resource.type, ("", frozenset[str]()))
    if (argument and resource.values.get(argument) in values) or resource.type in _OUTWARD:
        yield _transfer(resource, kind=resource.type, internet=True)
    for path, text in resource.texts:
        if _CALLING.match(text):
            yield _transfer(resource, kind=f"the web server behind {path}", internet=True)


def _settings(place: Place, resource: Resource) -> Iterator[Fact]:
    """What a task is told to log to, and the addresses that it is given."""
    for path, text in resource.texts:
        name = path.rsplit(".", 1)[-1]
        if name == "logDriver" and text not in ("awslogs", "awsfirelens"):
            yield _transfer(resource, kind=f"the log driver {text}", internet=True)
        if name in ("region", "awslogs-region") and known(text) and text not in place.reach:
            yield _transfer(resource, kind=path, region=text)
        away = path.endswith("environment.value") and find_region(f"aws/{text}") is not None
        if away and text not in place.reach:
            yield _transfer(resource, kind="a region in the environment", region=text)
        if "environment.value" in path or path.startswith("container_definitions.environment"):
            for address in addresses(text):
                yield from _address(place, resource, address)


def _address(place: Place, resource: Resource, address: Address) -> Iterator[Fact]:
    host = address.host
    if host in LOCAL or leads_to(address, place.vaults):
        return
    if place.is_audience(f"{address.origin}{address.path}"):
        return
    service = _AWS_HOST.match(host) if address.origin else None
    if service is None:
        if not address.origin or host not in place.hosts:
            yield _transfer(resource, kind=f"the address {host}", internet=True)
        return
    account = address.path.strip("/").split("/", 1)[0]
    foreign = is_account(account) and account not in place.accounts
    away = service[1] not in place.reach
    if foreign or away:
        yield _transfer(
            resource,
            kind=f"the address {host}",
            region=service[1] if away else "",
            account=account if foreign else "",
        )


_AWS_HOST = re.compile(
    r"^(?:[a-z0-9.-]+\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.(?:[a-z0-9-]+\.)*amazonaws\.com$"
)


def _images(place: Place, resource: Resource) -> Iterator[Fact]:
    definitions = [text for path, text in resource.texts if path == "container_definitions.image"]
    for image in definitions:
        found = _ECR.match(image)
        if image.startswith("${aws_ecr_repository."):
            continue
        if found is None:
            yield _transfer(resource, kind=f"the image {image}", internet=True)
        elif found[1] != place.account or found[2] != place.region:
            yield _transfer(
                resource,
                kind=f"the image {image}",
                region=found[2],
                account=found[1],
                image=True,
            )


def _transfer(
    resource: Resource,
    *,
    kind: str,
    region: str = "",
    account: str = "",
    bucket: str = "",
    internet: bool = False,
    image: bool = False,
) -> Fact:
    return transfer(
        resource,
        kind=kind,
        cloud=Cloud.AWS,
        region=region,
        account=account if is_account(account) else "",
        bucket=bucket,
        internet=internet,
        image=image,
    )


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Every value at a path, through all items of repeated blocks."""
    if not path:
        for item in listed(value):
            yield item
        return
    for item in listed(value):
        if isinstance(item, dict) and item.get(path[0]) is not None:
            yield from _at(item[path[0]], path[1:])
