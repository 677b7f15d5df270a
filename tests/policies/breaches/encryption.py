"""Data without encryption, or under a key that others rule."""

import json
from typing import Any

from policies.breaches.breach import breach
from policies.breaches.cell import OWN, STRANGER, Cell

KEY = "key/0f0f0f0f-0000-4000-8000-000000000000"
MISSING = ("encryption-missing", "encryption-key")
"""Where AWS encrypts by itself, under its own key, one may call the key missing or wrong."""


def _rule(cell: Cell, **by_default: object) -> None:
    rule = {"apply_server_side_encryption_by_default": by_default, "bucket_key_enabled": True}
    cell.set(cell.part("bucket encryption"), rule=[rule])


@breach("encryption-key")
def key_without_rotation(cell: Cell) -> None:
    """A key that never changes opens all that it ever closed."""
    cell.set(cell.part("key"), enable_key_rotation=False)


@breach("encryption-key")
def key_with_rotation_left_out(cell: Cell) -> None:
    """The provider's default is no rotation."""
    cell.set(cell.part("key"), enable_key_rotation=None)


@breach("encryption-key")
def bucket_under_the_key_of_the_service(cell: Cell) -> None:
    """`alias/aws/s3` is AWS's key: the account can't close it."""
    _rule(cell, sse_algorithm="aws:kms", kms_master_key_id="alias/aws/s3")


@breach("encryption-key")
def bucket_under_kms_with_no_key_named(cell: Cell) -> None:
    """Without a key of its own S3 takes `aws/s3`."""
    _rule(cell, sse_algorithm="aws:kms")


@breach("encryption-key")
def bucket_under_the_stores_own_key(cell: Cell) -> None:
    """AES256 is a key of S3's own; this store is due a customer's."""
    _rule(cell, sse_algorithm="AES256")


@breach("encryption-key")
def bucket_under_another_accounts_key(cell: Cell) -> None:
    """A stranger can read the data, or close it for good."""
    key = f"arn:aws:kms:eu-west-1:{STRANGER}:{KEY}"
    _rule(cell, sse_algorithm="aws:kms", kms_master_key_id=key)


@breach("encryption-key")
def bucket_under_a_key_of_another_region(cell: Cell) -> None:
    """A key abroad falls under that country's law."""
    key = f"arn:aws:kms:us-east-1:{OWN}:{KEY}"
    _rule(cell, sse_algorithm="aws:kms", kms_master_key_id=key)


@breach("undecided", "encryption-key", "encryption-missing")
def bucket_under_a_key_by_a_variable(cell: Cell) -> None:
    """Whoever sets the variable chooses the key."""
    _rule(cell, sse_algorithm="aws:kms", kms_master_key_id="${var.key}")


@breach("encryption-missing")
def bucket_without_encryption(cell: Cell) -> None:
    """The store has no encryption configuration of its own."""
    cell.remove(cell.part("bucket encryption"))


@breach("encryption-missing")
def bucket_encryption_of_another_bucket(cell: Cell) -> None:
    """The configuration is there, and is another bucket's."""
    cell.set(cell.part("bucket encryption"), bucket="some-other-bucket")


@breach("encryption-missing")
def new_bucket_without_anything(cell: Cell) -> None:
    """A careless engineer adds a bucket by its name alone."""
    cell.add("aws_s3_bucket", bucket=f"acme-scratch-{OWN}", lifecycle={"prevent_destroy": True})


@breach(*MISSING)
def log_group_without_a_key(cell: Cell) -> None:
    """Logs hold prompts; they are due a customer's key."""
    cell.set(cell.part("log group"), kms_key_id=None)


@breach("encryption-key")
def log_group_under_another_accounts_key(cell: Cell) -> None:
    """A stranger can read the logs."""
    cell.set(cell.part("log group"), kms_key_id=f"arn:aws:kms:eu-west-1:{STRANGER}:{KEY}")


@breach(*MISSING)
def queue_without_a_key(cell: Cell) -> None:
    """Work items hold data."""
    cell.set(cell.part("queue"), kms_master_key_id=None)


@breach(*MISSING)
def queue_under_the_services_encryption(cell: Cell) -> None:
    """SQS's own encryption has a key that the account can't close."""
    cell.set(cell.part("queue"), kms_master_key_id=None, sqs_managed_sse_enabled=True)


@breach("encryption-key")
def queue_under_the_key_of_the_service(cell: Cell) -> None:
    """`alias/aws/sqs` is AWS's key."""
    cell.set(cell.part("queue"), kms_master_key_id="alias/aws/sqs")


@breach(*MISSING)
def topic_without_a_key(cell: Cell) -> None:
    """Notifications lie in clear text."""
    cell.set(cell.part("topic"), kms_master_key_id=None)


@breach(*MISSING)
def registry_without_a_key(cell: Cell) -> None:
    """Images lie under the service's own key."""
    cell.set(cell.part("repository"), encryption_configuration=[{"encryption_type": "AES256"}])


@breach(*MISSING)
def registry_with_encryption_left_out(cell: Cell) -> None:
    """The provider's default is AES256."""
    cell.set(cell.part("repository"), encryption_configuration=None)


@breach("encryption-missing")
def parameter_in_clear_text(cell: Cell) -> None:
    """A parameter of type String is not encrypted."""
    cell.set(cell.part("parameter"), type="String", key_id=None)


@breach(*MISSING)
def parameter_without_a_key(cell: Cell) -> None:
    """Without a key it lies under `aws/ssm`."""
    cell.set(cell.part("parameter"), key_id=None)


@breach(*MISSING)
def stream_without_encryption(cell: Cell) -> None:
    """Logs on their way lie in clear text."""
    cell.set(cell.part("stream"), server_side_encryption=None)


@breach(*MISSING)
def stream_under_the_services_key(cell: Cell) -> None:
    """AWS's key for streams is not the account's."""
    sse = {"enabled": True, "key_type": "AWS_OWNED_CMK"}
    cell.set(cell.part("stream"), server_side_encryption=sse)


@breach(*MISSING)
def stream_that_delivers_under_no_key(cell: Cell) -> None:
    """The archive's objects are due the operations key."""
    found = dict(cell.body(cell.part("stream"))["extended_s3_configuration"])
    del found["kms_key_arn"]
    cell.set(cell.part("stream"), extended_s3_configuration=found)


@breach(*MISSING)
def task_storage_without_a_key(cell: Cell) -> None:
    """What agents write to disk lies under AWS's key."""
    cell.set(cell.part("cluster"), configuration=None)


@breach("encryption-missing")
def database_without_encryption(cell: Cell) -> None:
    """The provider's default is no encryption."""
    cell.add("aws_db_instance", instance_class="db.t4g.small", lifecycle={"prevent_destroy": True})


@breach("encryption-missing")
def volume_without_encryption(cell: Cell) -> None:
    """A volume in clear text."""
    cell.add("aws_ebs_volume", availability_zone="eu-west-1a", size=8)


@breach("encryption-missing")
def encryption_of_new_volumes_switched_off(cell: Cell) -> None:
    """Every volume made later would be in clear text."""
    cell.add("aws_ebs_encryption_by_default", enabled=False)


@breach(*MISSING)
def table_without_a_key(cell: Cell) -> None:
    """A table lies under AWS's key."""
    cell.add(
        "aws_dynamodb_table", name="acme-x", hash_key="id", lifecycle={"prevent_destroy": True}
    )


@breach("encryption-missing")
def plain_http_at_a_load_balancer(cell: Cell) -> None:
    """Data crosses the network in clear text."""
    cell.add("aws_lb_listener", load_balancer_arn="x", port=80, protocol="HTTP")


def _without(cell: Cell, where: str, sid: str) -> None:
    def change(document: dict[str, Any]) -> None:
        document["Statement"] = [one for one in document["Statement"] if one["Sid"] != sid]

    cell.rewrite(where, change)


@breach("encryption-missing")
def bucket_that_answers_plain_http(cell: Cell) -> None:
    """The rule that denies plain HTTP is gone."""
    _without(cell, cell.part("bucket policy"), "DenyPlainHttp")


@breach("encryption-missing")
def bucket_without_a_policy(cell: Cell) -> None:
    """With the policy went the rule that denies plain HTTP."""
    cell.remove(cell.part("bucket policy"))


@breach("encryption-missing")
def bucket_that_denies_plain_http_to_one_action(cell: Cell) -> None:
    """Reading by plain HTTP is denied, writing is not."""

    def change(document: dict[str, Any]) -> None:
        for one in document["Statement"]:
            if one["Sid"] == "DenyPlainHttp":
                one["Action"] = ["s3:GetObject"]

    cell.rewrite(cell.part("bucket policy"), change)


@breach("encryption-missing")
def bucket_that_denies_tls(cell: Cell) -> None:
    """The condition is turned round: TLS is denied, plain HTTP is not."""

    def change(document: dict[str, Any]) -> None:
        for one in document["Statement"]:
            if one["Sid"] == "DenyPlainHttp":
                one["Condition"] = {"Bool": {"aws:SecureTransport": ["true"]}}

    cell.rewrite(cell.part("bucket policy"), change)


@breach("encryption-missing")
def bucket_that_denies_plain_http_to_some_only(cell: Cell) -> None:
    """A second condition in the rule lets most requests by."""

    def change(document: dict[str, Any]) -> None:
        for one in document["Statement"]:
            if one["Sid"] == "DenyPlainHttp":
                one["Condition"]["StringEquals"] = {"aws:PrincipalAccount": [STRANGER]}

    cell.rewrite(cell.part("bucket policy"), change)


@breach("encryption-missing")
def bucket_that_denies_plain_http_elsewhere(cell: Cell) -> None:
    """The rule names another bucket's objects."""

    def change(document: dict[str, Any]) -> None:
        for one in document["Statement"]:
            if one["Sid"] == "DenyPlainHttp":
                one["Resource"] = ["arn:aws:s3:::some-other-bucket/*"]

    cell.rewrite(cell.part("bucket policy"), change)


@breach("encryption-missing")
def queue_that_answers_plain_http(cell: Cell) -> None:
    """The rule that denies plain HTTP is gone."""
    _without(cell, cell.part("queue"), "DenyPlainHttp")


@breach("encryption-missing")
def cache_without_encryption(cell: Cell) -> None:
    """A cache in clear text."""
    cell.add("aws_elasticache_replication_group", replication_group_id="x", description="x")


@breach("encryption-missing", "encryption-key")
def secret_without_a_key(cell: Cell) -> None:
    """A secret lies under AWS's key."""
    cell.add("aws_secretsmanager_secret", name="acme-x", lifecycle={"prevent_destroy": True})


@breach("undecided", "encryption-key", "identity-principal")
def key_policy_unknown_until_the_apply(cell: Cell) -> None:
    """Who may use the key is told only when it is too late."""
    cell.set(cell.part("key"), policy="${data.aws_iam_policy_document.later.json}")


@breach("identity-principal", "identity-trust", "encryption-key", "undecided")
def key_policy_left_out(cell: Cell) -> None:
    """The default policy hands the key to every identity policy of the account."""
    cell.set(cell.part("key"), policy=None)


@breach("identity-principal")
def key_policy_replaced_by_a_resource(cell: Cell) -> None:
    """A policy beside the key goes over the key's own."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cell.add("aws_kms_key_policy", key_id=cell.ref("key", "key_id"), policy=policy)


@breach("encryption-missing")
def cache_that_answers_in_clear_text(cell: Cell) -> None:
    """What is cached crosses the network in clear text."""
    cell.add(
        "aws_elasticache_replication_group",
        replication_group_id="x",
        description="x",
        at_rest_encryption_enabled=True,
        kms_key_id=cell.ref("operations key"),
    )


@breach("encryption-key")
def key_whose_material_lies_outside_of_aws(cell: Cell) -> None:
    """Whoever holds the external store opens the data, or closes it for good."""
    cell.set(cell.part("key"), custom_key_store_id="cks-0123456789abcdef0")
