"""The settings of a state bucket: how each is read, compared and put."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_studio.delivery.bootstrap import documents

_KEPT_DAYS = 365
"""Days for which replaced versions of a state are kept."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting of a bucket.

    Attributes:
        label: what people call it.
        get: the S3 client's method that reads it.
        put: the method that replaces it.
        arguments: what the put takes beside the bucket.
        answer: the key of the read's answer that holds the setting.
    """

    label: str
    get: str
    put: str
    arguments: Mapping[str, Any]
    answer: str

    def holds(self, answer: Mapping[str, Any]) -> bool:
        """Whether the bucket's present setting is this one."""
        found = answer.get(self.answer)
        if self.answer == "Policy":
            return bool(json.loads(str(found)) == json.loads(self.arguments["Policy"]))
        if self.answer == "Status":
            return bool(found == self.arguments["VersioningConfiguration"]["Status"])
        (wanted,) = self.arguments.values()
        inner = wanted.get(self.answer, wanted) if isinstance(wanted, Mapping) else wanted
        return _covers(found, inner)


def bucket_settings(partition: str, account: str, studio: str, bucket: str) -> tuple[Setting, ...]:
    """What holds for every state bucket.

    Encryption is with S3's own keys: Terraform's S3 backend asks for them by `encrypt`, and a key
    of the account could be scheduled for deletion together with all state.

    Args:
        partition: the AWS partition.
        account: the account that owns the bucket.
        studio: the estate's name.
        bucket: its name.
    """
    block = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    policy = documents.bucket_policy(partition=partition, account=account, bucket=bucket)
    encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    lifecycle = {
        "ID": "replaced-versions",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": _KEPT_DAYS},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    return (
        Setting(
            label="public access block",
            get="get_public_access_block",
            put="put_public_access_block",
            arguments={"PublicAccessBlockConfiguration": dict.fromkeys(block, True)},
            answer="PublicAccessBlockConfiguration",
        ),
        Setting(
            label="ownership",
            get="get_bucket_ownership_controls",
            put="put_bucket_ownership_controls",
            arguments={
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
            },
            answer="OwnershipControls",
        ),
        Setting(
            label="versioning",
            get="get_bucket_versioning",
            put="put_bucket_versioning",
            arguments={"VersioningConfiguration": {"Status": "Enabled"}},
            answer="Status",
        ),
        Setting(
            label="encryption",
            get="get_bucket_encryption",
            put="put_bucket_encryption",
            arguments={"ServerSideEncryptionConfiguration": {"Rules": [encryption]}},
            answer="ServerSideEncryptionConfiguration",
        ),
        Setting(
            label="policy",
            get="get_bucket_policy",
            put="put_bucket_policy",
            arguments={"Policy": json.dumps(policy)},
            answer="Policy",
        ),
        Setting(
            label="lifecycle",
            get="get_bucket_lifecycle_configuration",
            put="put_bucket_lifecycle_configuration",
            arguments={"LifecycleConfiguration": {"Rules": [lifecycle]}},
            answer="Rules",
        ),
        Setting(
            label="tags",
            get="get_bucket_tagging",
            put="put_bucket_tagging",
            arguments={"Tagging": {"TagSet": [{"Key": "studio:studio", "Value": studio}]}},
            answer="TagSet",
        ),
    )


def _covers(found: Any, wanted: Any) -> bool:
    """Whether everything wanted stands in what was found; services add defaults of their own."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            _covers(found.get(key), item) for key, item in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(map(_covers, found, wanted))
        )
    return bool(found == wanted)
