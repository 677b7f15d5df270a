"""Copies that are kept where no copy is declared."""

import json

from policies.breaches.breach import breach
from policies.breaches.cell import OWN, STRANGER, Cell

ABROAD = f"arn:aws:kms:us-east-1:{OWN}:key/0f0f0f0f-0000-4000-8000-000000000000"


def _replicated(cell: Cell, destination: dict[str, object]) -> None:
    cell.add(
        "aws_s3_bucket_replication_configuration",
        bucket=cell.ref("bucket", "id"),
        role=cell.ref("door"),
        rule=[{"id": "all", "status": "Enabled", "destination": [destination]}],
    )


@breach("residency-replica")
def bucket_replicated_out_of_the_jurisdiction(cell: Cell) -> None:
    """Personal data of the EU would lie in the United States."""
    there = cell.provide("us", region="us-east-1")
    cell.add("aws_s3_bucket", bucket="acme-copy-us", provider=there)
    _replicated(cell, {"bucket": "${aws_s3_bucket.added.arn}"})


@breach("residency-replica")
def bucket_replicated_to_a_name(cell: Cell) -> None:
    """Nothing tells where the bucket of that name is."""
    _replicated(cell, {"bucket": f"arn:aws:s3:::acme-copy-{OWN}"})


@breach("residency-replica")
def bucket_replicated_within_the_jurisdiction(cell: Cell) -> None:
    """A copy in Frankfurt is lawful, and nobody declared it."""
    there = cell.provide("de", region="eu-central-1")
    cell.add("aws_s3_bucket", bucket="acme-copy-de", provider=there)
    _replicated(cell, {"bucket": "${aws_s3_bucket.added.arn}"})


@breach("residency-replica", "isolation-account")
def bucket_replicated_to_another_account(cell: Cell) -> None:
    """The copy is owned by a stranger."""
    there = {"bucket": "arn:aws:s3:::strangers", "account": STRANGER}
    _replicated(cell, {**there, "access_control_translation": [{"owner": "Destination"}]})


@breach("residency-replica")
def images_replicated(cell: Cell) -> None:
    """The registry copies every image abroad."""
    there = [{"region": "us-east-1", "registry_id": OWN}]
    cell.add(
        "aws_ecr_replication_configuration",
        replication_configuration=[{"rule": [{"destination": there}]}],
    )


@breach("residency-replica")
def secret_replicated(cell: Cell) -> None:
    """Secrets have a residency too."""
    key = cell.ref("operations key")
    cell.add("aws_secretsmanager_secret", kms_key_id=key, replica=[{"region": "us-east-1"}])


@breach("residency-replica")
def table_replicated(cell: Cell) -> None:
    """A global table writes every item abroad."""
    cell.add(
        "aws_dynamodb_table",
        name="acme-sessions",
        hash_key="id",
        server_side_encryption=[{"enabled": True, "kms_key_arn": cell.ref("operations key")}],
        replica=[{"region_name": "us-east-1"}, {"region_name": "eu-central-1"}],
    )


@breach("residency-replica")
def table_replica_as_a_resource(cell: Cell) -> None:
    """The same copy as a resource of its own."""
    table = f"arn:aws:dynamodb:eu-west-1:{OWN}:table/acme-sessions"
    cell.add("aws_dynamodb_table_replica", global_table_arn=table)


@breach("residency-replica")
def backup_copied_abroad(cell: Cell) -> None:
    """A backup plan copies each backup to a vault abroad."""
    vault = f"arn:aws:backup:us-east-1:{OWN}:backup-vault:acme"
    rule = {"rule_name": "daily", "copy_action": [{"destination_vault_arn": vault}]}
    cell.add("aws_backup_plan", name="acme", rule=[rule])


@breach("residency-replica", "isolation-account")
def backup_copied_to_another_account(cell: Cell) -> None:
    """The vault is in the same region, and a stranger's."""
    vault = f"arn:aws:backup:eu-west-1:{STRANGER}:backup-vault:theirs"
    rule = {"rule_name": "daily", "copy_action": [{"destination_vault_arn": vault}]}
    cell.add("aws_backup_plan", name="acme", rule=[rule])


@breach("residency-replica")
def snapshot_copied_abroad(cell: Cell) -> None:
    """A snapshot of a database is the database."""
    there = cell.provide("us", region="us-east-1")
    source = f"arn:aws:rds:eu-west-1:{OWN}:snapshot:acme"
    cell.add(
        "aws_db_snapshot_copy",
        source_db_snapshot_identifier=source,
        target_db_snapshot_identifier="acme-copy",
        kms_key_id=ABROAD,
        provider=there,
    )


@breach("residency-replica")
def database_backups_replicated(cell: Cell) -> None:
    """Automated backups are kept in a second region."""
    source = f"arn:aws:rds:eu-west-1:{OWN}:db:acme"
    cell.add("aws_db_instance_automated_backups_replication", source_db_instance_arn=source)


@breach("residency-replica")
def read_replica_of_a_database_abroad(cell: Cell) -> None:
    """A read replica here copies a database that stands elsewhere."""
    cell.add(
        "aws_db_instance",
        instance_class="db.t4g.small",
        storage_encrypted=True,
        kms_key_id=cell.ref("operations key"),
        replicate_source_db=f"arn:aws:rds:us-east-1:{OWN}:db:acme",
    )


@breach("residency-replica")
def global_database(cell: Cell) -> None:
    """A global cluster spans regions."""
    cell.add("aws_rds_global_cluster", global_cluster_identifier="acme", storage_encrypted=True)


@breach("residency-replica")
def volume_snapshot_copied(cell: Cell) -> None:
    """A volume's snapshot holds what the volume holds."""
    source = {"source_snapshot_id": "snap-0", "source_region": "eu-west-1"}
    there = cell.provide("us", region="us-east-1")
    cell.add("aws_ebs_snapshot_copy", encrypted=True, provider=there, **source)


@breach("residency-replica")
def snapshots_copied_by_a_lifecycle_policy(cell: Cell) -> None:
    """A lifecycle rule copies each snapshot abroad."""
    rule = [{"target": "us-east-1", "encrypted": True}]
    schedule = [{"name": "daily", "cross_region_copy_rule": rule}]
    cell.add("aws_dlm_lifecycle_policy", policy_details=[{"schedule": schedule}])


@breach("residency-replica")
def files_replicated(cell: Cell) -> None:
    """A file system is mirrored abroad."""
    cell.add(
        "aws_efs_replication_configuration",
        source_file_system_id="fs-0",
        destination=[{"region": "us-east-1"}],
    )


@breach("residency-replica")
def warehouse_snapshots_copied(cell: Cell) -> None:
    """A warehouse copies its snapshots abroad."""
    cell.add(
        "aws_redshift_snapshot_copy", cluster_identifier="acme", destination_region="us-east-1"
    )


@breach("residency-replica")
def access_point_over_regions(cell: Cell) -> None:
    """A multi-region access point answers from the nearest bucket."""
    cell.add(
        "aws_s3control_multi_region_access_point",
        details=[{"name": "acme", "region": [{"bucket": cell.ref("bucket", "id")}]}],
    )


@breach("residency-replica")
def key_of_many_regions(cell: Cell) -> None:
    """A multi-region key's material can be taken to every region."""
    cell.set(cell.part("key"), multi_region=True)


@breach("residency-replica")
def key_replica(cell: Cell) -> None:
    """The same key stands in a second region."""
    cell.add("aws_kms_replica_key", primary_key_arn=ABROAD.replace("key/", "key/mrk-"))


@breach("residency-replica", "residency-transfer", "residency-location")
def trail_over_all_regions(cell: Cell) -> None:
    """A trail of all regions gathers what happens elsewhere into this cell."""
    cell.add(
        "aws_cloudtrail",
        name="acme",
        s3_bucket_name=cell.ref("bucket", "id"),
        kms_key_id=cell.ref("operations key"),
        is_multi_region_trail=True,
    )


@breach("isolation-account", "residency-transfer")
def trail_to_a_foreign_bucket(cell: Cell) -> None:
    """Who did what here would lie with a stranger."""
    key = cell.ref("operations key")
    cell.add("aws_cloudtrail", name="acme", s3_bucket_name="strangers-trail", kms_key_id=key)


@breach("residency-replica", "isolation-account", "residency-transfer")
def inventory_to_a_foreign_bucket(cell: Cell) -> None:
    """A listing of every object's name goes to a stranger."""
    bucket = {"bucket_arn": "arn:aws:s3:::strangers-inventory", "format": "CSV"}
    cell.add(
        "aws_s3_bucket_inventory",
        bucket=cell.ref("bucket", "id"),
        name="all",
        destination=[{"bucket": [{**bucket, "account_id": STRANGER}]}],
    )


@breach("isolation-account", "identity-principal", "undecided")
def snapshot_shared_with_another_account(cell: Cell) -> None:
    """A stranger may make a volume of it."""
    cell.add("aws_snapshot_create_volume_permission", snapshot_id="snap-0", account_id=STRANGER)


@breach("isolation-account", "identity-principal", "undecided")
def image_shared_with_another_account(cell: Cell) -> None:
    """A stranger may start a machine of it."""
    cell.add("aws_ami_launch_permission", image_id="ami-0", account_id=STRANGER)


@breach("isolation-account", "identity-principal", "undecided")
def share_with_another_account(cell: Cell) -> None:
    """A resource share hands subnets to a stranger."""
    share = f"arn:aws:ram:eu-west-1:{OWN}:resource-share/0"
    cell.add("aws_ram_principal_association", principal=STRANGER, resource_share_arn=share)


@breach("isolation-account", "residency-transfer")
def observations_linked_to_another_account(cell: Cell) -> None:
    """A link shows every log group to a stranger's sink."""
    sink = f"arn:aws:oam:eu-west-1:{STRANGER}:sink/0"
    kinds = ["AWS::Logs::LogGroup"]
    cell.add(
        "aws_oam_link", sink_identifier=sink, resource_types=kinds, label_template="$AccountName"
    )


@breach("isolation-account", "residency-transfer")
def all_logs_subscribed_to_another_account(cell: Cell) -> None:
    """An account policy subscribes every log group at once."""
    there = f"arn:aws:logs:eu-west-1:{STRANGER}:destination:theirs"
    document = {"DestinationArn": there, "FilterPattern": "", "Distribution": "Random"}
    cell.add(
        "aws_cloudwatch_log_account_policy",
        policy_name="all",
        policy_type="SUBSCRIPTION_FILTER_POLICY",
        policy_document=json.dumps(document),
    )


@breach("residency-replica")
def documents_of_a_global_database(cell: Cell) -> None:
    """A cluster joins a global one, which keeps it elsewhere, too."""
    cell.add(
        "aws_docdb_cluster",
        storage_encrypted=True,
        kms_key_id=cell.ref("operations key"),
        global_cluster_identifier="acme",
    )


@breach("residency-replica")
def cache_of_a_global_group(cell: Cell) -> None:
    """The cache is a copy of one that stands elsewhere."""
    cell.add(
        "aws_elasticache_replication_group",
        replication_group_id="x",
        description="x",
        at_rest_encryption_enabled=True,
        transit_encryption_enabled=True,
        kms_key_id=cell.ref("operations key"),
        global_replication_group_id="acme",
    )


@breach("residency-replica", "isolation-account")
def images_replicated_to_another_account(cell: Cell) -> None:
    """The copies lie in the same region, with a stranger."""
    there = [{"region": "eu-west-1", "registry_id": STRANGER}]
    rule = [{"destination": there}]
    cell.add("aws_ecr_replication_configuration", replication_configuration=[{"rule": rule}])


@breach("isolation-account")
def snapshots_shared_by_a_lifecycle_policy(cell: Cell) -> None:
    """A lifecycle rule hands each snapshot to a stranger."""
    rule = [{"target_accounts": [STRANGER]}]
    schedule = [{"name": "daily", "share_rule": rule}]
    cell.add("aws_dlm_lifecycle_policy", policy_details=[{"schedule": schedule}])
