"""Settings that hold for a whole account, or for an account in one region."""

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.accessanalyzer_analyzer import AccessanalyzerAnalyzer
from cdktf_cdktf_provider_aws.ebs_default_kms_key import EbsDefaultKmsKey
from cdktf_cdktf_provider_aws.ebs_encryption_by_default import EbsEncryptionByDefault
from cdktf_cdktf_provider_aws.ebs_snapshot_block_public_access import (
    EbsSnapshotBlockPublicAccess,
)
from cdktf_cdktf_provider_aws.ec2_instance_metadata_defaults import Ec2InstanceMetadataDefaults
from cdktf_cdktf_provider_aws.iam_account_password_policy import IamAccountPasswordPolicy
from cdktf_cdktf_provider_aws.s3_account_public_access_block import S3AccountPublicAccessBlock
from constructs import Construct

from agent_studio.constructs.aws.account.key import ManagedKey
from agent_studio.constructs.aws.policy_document import statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names


class AccountBaseline(Construct):
    """What no bucket and no user of the account can undo for itself.

    Guarantee: no bucket or access point can be made public (CIS AWS Foundations 3.0, 2.1.4), and
    IAM users, of whom the kit makes none, need passwords of 14 characters or more, of which none of
    the last 24 is used again (1.8, 1.9).

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope) -> None:
        super().__init__(scope, id_)
        S3AccountPublicAccessBlock(
            self,
            "public-access",
            account_id=place.account_id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        IamAccountPasswordPolicy(
            self,
            "password-policy",
            minimum_password_length=14,
            password_reuse_prevention=24,
            max_password_age=90,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            allow_users_to_change_password=True,
        )


class RegionalBaseline(Construct):
    """What holds for the account in one region.

    Guarantee: new volumes are encrypted, under the account's own key unless their maker names
    another (CIS AWS Foundations 3.0, 2.2.1), snapshots cannot be shared with the public, new
    instances answer to metadata tokens alone unless their maker says otherwise (5.6), and IAM
    Access Analyzer reports what is reachable from outside the account (1.20).

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place, with the region to set.
        provider: the region's provider where it is not the stack's own.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        provider: TerraformProvider | None = None,
    ) -> None:
        super().__init__(scope, id_)
        volumes = ManagedKey(
            self,
            "volumes",
            place=place,
            purpose="volumes",
            statements=[
                statement(
                    "VolumesOfTheAccount",
                    actions=[
                        "kms:CreateGrant",
                        "kms:Decrypt",
                        "kms:DescribeKey",
                        "kms:GenerateDataKeyWithoutPlaintext",
                        "kms:ReEncrypt*",
                    ],
                    principals={"AWS": "*"},
                    condition={
                        "StringEquals": {
                            "kms:CallerAccount": place.account_id,
                            "kms:ViaService": f"ec2.{place.region}.amazonaws.com",
                        }
                    },
                )
            ],
            provider=provider,
        )
        EbsDefaultKmsKey(self, "volume-key", key_arn=volumes.arn, provider=provider)
        EbsEncryptionByDefault(self, "volume-encryption", enabled=True, provider=provider)
        EbsSnapshotBlockPublicAccess(
            self, "snapshots", state="block-all-sharing", provider=provider
        )
        Ec2InstanceMetadataDefaults(
            self,
            "instance-metadata",
            http_endpoint="enabled",
            http_tokens="required",
            http_put_response_hop_limit=1,
            provider=provider,
        )
        name = names.label(place, "analyzer", limit=255)
        AccessanalyzerAnalyzer(
            self,
            "analyzer",
            analyzer_name=name,
            type="ACCOUNT",
            tags=tags(name),
            provider=provider,
        )
