"""A copy of a store in another region of the same account."""

from cdktf import TerraformProvider, TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.s3_bucket_replication_configuration import (
    S3BucketReplicationConfigurationA,
    S3BucketReplicationConfigurationRule,
    S3BucketReplicationConfigurationRuleDeleteMarkerReplication,
    S3BucketReplicationConfigurationRuleDestination,
    S3BucketReplicationConfigurationRuleDestinationEncryptionConfiguration,
    S3BucketReplicationConfigurationRuleFilter,
    S3BucketReplicationConfigurationRuleSourceSelectionCriteria,
    S3BucketReplicationConfigurationRuleSourceSelectionCriteriaSseKmsEncryptedObjects,
)
from constructs import Construct

from agent_studio.constructs.aws.keys.block import DELETION_WINDOW_DAYS
from agent_studio.constructs.aws.keys.policy import copy_key_policy
from agent_studio.constructs.aws.policy_document import document, service_trust, statement
from agent_studio.constructs.aws.store import statements
from agent_studio.constructs.aws.store.access_logs import (
    NONCURRENT_DAYS,
    RETENTION_DAYS,
    delivery,
)
from agent_studio.constructs.aws.store.bucket import Bucket
from agent_studio.constructs.aws.store.statements import TERRAFORM_ROLES
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell, DataClass, Residency
from agent_studio.estate.names import aws as names
from agent_studio.estate.region import Region


def check(cell: Cell, data_class: DataClass, target: Region) -> None:
    """Refuse a copy that the class's residency forbids; the estate's own check comes first.

    Raises:
        StudioError: the copy would leave the region, or the jurisdiction, that binds the class.
    """
    bound_to_region = data_class.residency is Residency.REGION and target.name != cell.region.name
    bound_to_jurisdiction = (
        data_class.residency is Residency.JURISDICTION and target.jurisdiction != cell.jurisdiction
    )
    if bound_to_region or bound_to_jurisdiction:
        home = cell.region.key if bound_to_region else cell.jurisdiction
        raise StudioError(
            f"cell {cell.id} may not replicate data of class {data_class.name}",
            found=f"{target.key} ({target.jurisdiction})",
            allowed=f"{data_class.residency.value}: {home}",
            fix=f"remove {data_class.name} from the cell's replicate",
            exit_code=ExitCode.INVALID,
        )


class Replica(Construct):
    """A bucket, its access logs and a key in another region, and the role that S3 copies under.

    Args:
        scope: the store.
        id_: the replica's id within the store.
        cell: the cell.
        data_class: the class of data.
        target: the region of the copy.
        source: the store's bucket.
        source_arn: the store's bucket ARN.
        source_key_arn: the store's key.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        data_class: DataClass,
        target: Region,
        source: Bucket,
        source_arn: str,
        source_key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        purpose = f"copy-{data_class.name}"
        name, arn = names.bucket(place, purpose), names.bucket_arn(place, purpose)
        there = provider_in(TerraformStack.of(self), target)
        key = KmsKey(
            self,
            "key",
            description=f"Copy of class {data_class.name} of {cell.id}",
            policy=copy_key_policy(cell, bucket_arn=arn, region=target.name),
            enable_key_rotation=True,
            multi_region=False,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            tags=tags(f"{cell.studio}/{cell.stack}/{purpose}", data_class.name),
            provider=there,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        logs_arn = names.bucket_arn(place, f"{purpose}-access-logs")
        # S3 delivers access logs within a region alone.
        logs = Bucket(
            self,
            "access-logs",
            name=names.bucket(place, f"{purpose}-access-logs"),
            arn=logs_arn,
            key_arn=None,
            noncurrent_days=NONCURRENT_DAYS,
            expire_days=RETENTION_DAYS,
            own_statements=[delivery(cell, logs_arn)],
            provider=there,
        )
        copy = Bucket(
            self,
            "bucket",
            name=name,
            arn=arn,
            key_arn=key.arn,
            noncurrent_days=data_class.retention_days,
            access_logs=logs,
            data_class=data_class.name,
            own_statements=statements.only_copied_to(
                arn,
                copying=names.role_arn(place, purpose),
                may_list=[names.account_role_arn(place, each) for each in TERRAFORM_ROLES],
            ),
            provider=there,
        )
        role = IamRole(
            self,
            "role",
            name=names.role(place, purpose),
            assume_role_policy=service_trust(
                "s3.amazonaws.com", source_account=cell.account.id, source_arn=source_arn
            ),
            tags=tags(names.role(place, purpose)),
        )
        permissions = IamRolePolicy(
            self,
            "permissions",
            name="copy",
            role=role.id,
            policy=_permissions(source_arn, source_key_arn, arn, key.arn),
        )
        S3BucketReplicationConfigurationA(
            self,
            "replication",
            bucket=source.id,
            role=role.arn,
            rule=[_rule(arn, key.arn)],
            depends_on=[source.versioning, copy.versioning, permissions],
        )


def provider_in(stack: TerraformStack, region: Region) -> TerraformProvider:
    """Give the stack's provider for another region: same account, same role, same tags."""
    id_ = f"aws-{region.name}"
    found = stack.node.try_find_child(id_)
    if isinstance(found, AwsProvider):
        return found
    own = next(each for each in stack.node.children if isinstance(each, AwsProvider))
    return AwsProvider(
        stack,
        id_,
        alias=region.name,
        region=region.name,
        allowed_account_ids=own.allowed_account_ids,
        assume_role=own.assume_role_input,
        default_tags=own.default_tags_input,
    )


def _rule(bucket_arn: str, key_arn: str) -> S3BucketReplicationConfigurationRule:
    encrypted = S3BucketReplicationConfigurationRuleSourceSelectionCriteriaSseKmsEncryptedObjects(
        status="Enabled"
    )
    return S3BucketReplicationConfigurationRule(
        id="everything",
        status="Enabled",
        priority=0,
        filter=S3BucketReplicationConfigurationRuleFilter(prefix=""),
        # What is deleted here stays in the copy until a person removes it there.
        delete_marker_replication=S3BucketReplicationConfigurationRuleDeleteMarkerReplication(
            status="Disabled"
        ),
        source_selection_criteria=S3BucketReplicationConfigurationRuleSourceSelectionCriteria(
            sse_kms_encrypted_objects=encrypted
        ),
        destination=S3BucketReplicationConfigurationRuleDestination(
            bucket=bucket_arn,
            encryption_configuration=(
                S3BucketReplicationConfigurationRuleDestinationEncryptionConfiguration(
                    replica_kms_key_id=key_arn
                )
            ),
        ),
    )


def _permissions(source_arn: str, source_key: str, copy_arn: str, copy_key: str) -> str:
    """S3 User Guide, "Setting up permissions for live replication" and "Replicating encrypted"."""
    return document(
        statement(
            "ReadSource",
            actions=("s3:GetReplicationConfiguration", "s3:ListBucket"),
            resources=source_arn,
        ),
        statement(
            "ReadVersions",
            actions=(
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ),
            resources=f"{source_arn}/*",
        ),
        statement(
            "WriteCopies",
            actions=("s3:ReplicateObject", "s3:ReplicateTags"),
            resources=f"{copy_arn}/*",
        ),
        statement("DecryptSource", actions="kms:Decrypt", resources=source_key),
        statement("EncryptCopies", actions="kms:Encrypt", resources=copy_key),
    )
