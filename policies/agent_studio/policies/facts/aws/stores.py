"""What holds data: how it is encrypted, under whose key."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent_studio.policies.facts.aws.keys import key_kind, region_of
from agent_studio.policies.facts.builders import store
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.statements import Statement
from agent_studio.policies.facts.values import block, on, reference


@dataclass(frozen=True)
class _Holder:
    """Where a type says how it is encrypted.

    Attributes:
        what: what it holds, as messages say it.
        key: path of the key's argument.
        switch: path of an argument that turns encryption on; None where the key alone does.
        on: the values of the switch that do.
    """

    what: str
    key: tuple[str, ...]
    switch: tuple[str, ...] | None = None
    on: tuple[Any, ...] = (True,)


# Arguments as the Terraform AWS provider's documentation of each resource has them.
_HOLDERS = {
    "aws_backup_vault": _Holder("backups", ("kms_key_arn",)),
    "aws_cloudtrail": _Holder("the trail", ("kms_key_id",)),
    "aws_cloudwatch_event_bus": _Holder("events", ("kms_key_identifier",)),
    "aws_cloudwatch_log_group": _Holder("logs", ("kms_key_id",)),
    "aws_db_instance": _Holder("a database", ("kms_key_id",), ("storage_encrypted",)),
    "aws_rds_cluster": _Holder("a database", ("kms_key_id",), ("storage_encrypted",)),
    "aws_docdb_cluster": _Holder("a database", ("kms_key_id",), ("storage_encrypted",)),
    "aws_neptune_cluster": _Holder("a database", ("kms_key_arn",), ("storage_encrypted",)),
    "aws_redshift_cluster": _Holder("a warehouse", ("kms_key_id",), ("encrypted",)),
    "aws_dynamodb_table": _Holder(
        "a table", ("server_side_encryption", "kms_key_arn"), ("server_side_encryption", "enabled")
    ),
    "aws_ebs_volume": _Holder("a volume", ("kms_key_id",), ("encrypted",)),
    "aws_efs_file_system": _Holder("files", ("kms_key_id",), ("encrypted",)),
    "aws_ecr_repository": _Holder(
        "images",
        ("encryption_configuration", "kms_key"),
        ("encryption_configuration", "encryption_type"),
        ("KMS", "KMS_DSSE"),
    ),
    "aws_elasticache_replication_group": _Holder(
        "a cache", ("kms_key_id",), ("at_rest_encryption_enabled",)
    ),
    "aws_opensearch_domain": _Holder(
        "an index", ("encrypt_at_rest", "kms_key_id"), ("encrypt_at_rest", "enabled")
    ),
    "aws_kinesis_stream": _Holder("a stream", ("kms_key_id",), ("encryption_type",), ("KMS",)),
    "aws_kinesis_firehose_delivery_stream": _Holder(
        "a delivery stream",
        ("server_side_encryption", "key_arn"),
        ("server_side_encryption", "enabled"),
    ),
    "aws_secretsmanager_secret": _Holder("a secret", ("kms_key_id",)),
    "aws_sns_topic": _Holder("notifications", ("kms_master_key_id",)),
    "aws_sqs_queue": _Holder("messages", ("kms_master_key_id",)),
    "aws_ssm_parameter": _Holder("a parameter", ("key_id",), ("type",), ("SecureString",)),
    "aws_ebs_encryption_by_default": _Holder("volumes", (), ("enabled",)),
    "aws_lb_listener": _Holder("a connection", (), ("protocol",), ("HTTPS", "TLS")),
    "aws_alb_listener": _Holder("a connection", (), ("protocol",), ("HTTPS", "TLS")),
    "aws_elasticache_cluster": _Holder("a connection", (), ("transit_encryption_enabled",)),
}

_DEFAULT_ON = {"aws_ebs_encryption_by_default": True}


def stores(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every resource that holds data or says how data is encrypted."""
    for resource in resources.all.values():
        holder = _HOLDERS.get(resource.type)
        if holder is not None:
            yield _held(resources, place, resource, holder)
    for key in resources.of_type("aws_kms_key", "aws_kms_external_key"):
        if key.values.get("customer_master_key_spec") in (None, "SYMMETRIC_DEFAULT"):
            yield _fact(
                resources,
                key,
                what="a key",
                encrypted=True,
                key=_material(key),
            )
    yield from _inner(resources, place)
    yield from _buckets(resources, place)


def _material(key: Resource) -> str:
    """Whose material a key has; a custom key store may keep it outside of AWS, wherever that is.

    KMS Developer Guide, "External key stores".
    """
    if any(key.values.get(name) for name in ("custom_key_store_id", "xks_key_id")):
        return "foreign"
    return "customer" if on(key.values.get("enable_key_rotation")) else "unrotated"


def _held(resources: Resources, place: Place, resource: Resource, holder: _Holder) -> Fact:
    value = resource.get(*holder.switch) if holder.switch else True
    value = True if on(value) else value
    if value is None:
        value = _DEFAULT_ON.get(resource.type)
    encrypted = value in holder.on if holder.switch else True
    kind, unknown = (
        key_kind(resources, place, resource.get(*holder.key)) if holder.key else ("customer", None)
    )
    return _fact(
        resources,
        resource,
        what=holder.what,
        encrypted=encrypted and kind != "none",
        key=kind,
        unknown=unknown,
    )


def _fact(
    resources: Resources,
    resource: Resource,
    *,
    what: str,
    encrypted: bool,
    key: str,
    allowed: bool = False,
    unknown: str | None = None,
) -> Fact:
    return store(
        resource.address,
        what=what,
        region=region_of(resources, resource),
        encrypted=encrypted,
        key=key,
        service_key_will_do=allowed,
        unknown=unknown,
    )


def _inner(resources: Resources, place: Place) -> Iterator[Fact]:
    """What a service keeps for itself under another key than that of its own data."""
    for stream in resources.of_type("aws_kinesis_firehose_delivery_stream"):
        for target in stream.blocks("extended_s3_configuration"):
            kind, unknown = key_kind(resources, place, target.get("kms_key_arn"))
            yield _fact(
                resources,
                stream,
                what="what it delivers",
                encrypted=kind != "none",
                key=kind,
                unknown=unknown,
            )
    for cluster in resources.of_type("aws_ecs_cluster"):
        storage = cluster.get("configuration", "managed_storage_configuration")
        value = block(storage).get("fargate_ephemeral_storage_kms_key_id")
        kind, unknown = key_kind(resources, place, value)
        yield _fact(
            resources,
            cluster,
            what="the storage of tasks",
            encrypted=kind != "none",
            key=kind,
            unknown=unknown,
        )
    for cache in resources.of_type("aws_elasticache_replication_group"):
        yield _fact(
            resources,
            cache,
            what="a connection",
            # Off, unless it is asked for (Terraform AWS provider, Valkey from 8.0 on excepted).
            encrypted=on(cache.values.get("transit_encryption_enabled")),
            key="customer",
        )
    for queue in resources.of_type("aws_sqs_queue"):
        yield _fact(
            resources,
            queue,
            what="messages in transit",
            encrypted=_plain_denied(resources, queue, "aws_sqs_queue_policy", "queue_url", "sqs:*"),
            key="customer",
        )


def _buckets(resources: Resources, place: Place) -> Iterator[Fact]:
    deliveries = _delivered_to(resources)
    for bucket in resources.of_type("aws_s3_bucket"):
        rules = [
            block(rule.get("apply_server_side_encryption_by_default"))
            for one in resources.of_type("aws_s3_bucket_server_side_encryption_configuration")
            if _meant(resources, one.values.get("bucket")) == bucket.address
            for rule in one.blocks("rule")
        ]
        encrypted, key, unknown = bool(rules), "none", None
        for rule in rules:
            algorithm = rule.get("sse_algorithm")
            if algorithm == "AES256":
                key = "service"
                continue
            kind, unknown = key_kind(resources, place, rule.get("kms_master_key_id"))
            # Without a key of its own, S3 takes the account's aws/s3.
            key = "service" if kind == "none" and not unknown else kind
        yield _fact(
            resources,
            bucket,
            what="objects",
            encrypted=encrypted,
            key=key if rules else "none",
            allowed=bucket.address in deliveries,
            unknown=unknown,
        )
        yield _fact(
            resources,
            bucket,
            what="objects in transit",
            encrypted=_plain_denied(resources, bucket, "aws_s3_bucket_policy", "bucket", "s3:*"),
            key="customer",
        )


def _delivered_to(resources: Resources) -> frozenset[str]:
    """Buckets to which S3 or a load balancer delivers access logs; neither can use a KMS key."""
    found = {
        _meant(resources, one.values.get("target_bucket"))
        for one in resources.of_type("aws_s3_bucket_logging")
    }
    found |= {
        _meant(resources, logs.get("bucket"))
        for one in resources.of_type("aws_lb")
        for logs in one.blocks("access_logs")
    }
    return frozenset(address for address in found if address)


def _plain_denied(
    resources: Resources, resource: Resource, type_: str, argument: str, action: str
) -> bool:
    """Whether a policy of the resource denies everyone everything over plain HTTP."""
    policies = [
        one
        for one in resources.of_type(type_)
        if _meant(resources, one.values.get(argument), resource.type) == resource.address
    ]
    return any(
        isinstance(found, Statement)
        and not found.allows
        and _denies_plain(found, action)
        and _about(found, resource)
        for one in (*policies, resource)
        for found in one.statements
    )


def _denies_plain(statement: Statement, action: str) -> bool:
    everyone = statement.body.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
    conditions = list(statement.conditions)
    return (
        everyone
        and action in statement.actions
        and len(conditions) == 1
        and conditions[0][0] == "Bool"
        and conditions[0][1] == "aws:securetransport"
        and [str(value).lower() for value in conditions[0][2]] == ["false"]
    )


def _about(statement: Statement, resource: Resource) -> bool:
    """Whether a statement is about all of the resource that holds it."""
    if "*" in statement.resources:
        return True
    name = str(resource.values.get("bucket") or resource.values.get("name"))
    bare = {text.removesuffix("/*") for text in statement.resources}
    named = {
        text
        for text in bare
        if text.rsplit(":", 1)[-1] == name or reference(text) == resource.address
    }
    whole = resource.type != "aws_s3_bucket" or any(
        text.endswith("/*") and text.removesuffix("/*") in named for text in statement.resources
    )
    return bool(named) and whole


def _meant(resources: Resources, value: object, type_: str = "aws_s3_bucket") -> str | None:
    """The address of the bucket, or queue, that an argument means, by reference or by name."""
    referred = resources.referred(value)
    if referred is not None:
        return referred.address
    named = resources.named(type_, value, "bucket", "url")
    return named.address if named is not None else None
