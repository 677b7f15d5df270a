"""EC2: an account's defaults in a region, which moto does not know.

The default key of volumes, the block on public snapshots, and the defaults of instance metadata.
Source: Amazon EC2 API Reference, the operations of the same names. EC2 speaks its query protocol:
parameters come as a form, answers are XML.
"""

from agent_studio.rehearsal.mends.call import JSON, Call, Store, operation

_KIND = "default"
# A region that was never touched uses the account's own AWS-managed key.
_AWS_KEY = "alias/aws/ebs"
_METADATA = {
    "HttpTokens": "httpTokens",
    "HttpPutResponseHopLimit": "httpPutResponseHopLimit",
    "HttpEndpoint": "httpEndpoint",
    "InstanceMetadataTags": "instanceMetadataTags",
}
# "No preference" takes a default away again (ModifyInstanceMetadataDefaults, valid values).
_UNSET = ("no-preference", "-1")


@operation("ec2", "GetEbsDefaultKmsKeyId", "ModifyEbsDefaultKmsKeyId", "ResetEbsDefaultKmsKeyId")
def volume_key(call: Call, store: Store) -> JSON:
    """Give, set or reset the key that new volumes are encrypted with."""
    kept = store.objects[_KIND].setdefault("volume key", {"kmsKeyId": _AWS_KEY})
    if call.operation.startswith("Modify"):
        kept["kmsKeyId"] = call.form["KmsKeyId"]
    elif call.operation.startswith("Reset"):
        kept["kmsKeyId"] = _AWS_KEY
    return kept


@operation(
    "ec2",
    "EnableSnapshotBlockPublicAccess",
    "DisableSnapshotBlockPublicAccess",
    "GetSnapshotBlockPublicAccessState",
)
def snapshots(call: Call, store: Store) -> JSON:
    """Give or set whether snapshots may be shared with everyone."""
    kept = store.objects[_KIND].setdefault("snapshots", {"state": "unblocked"})
    if call.operation.startswith("Enable"):
        kept["state"] = call.form["State"]
    elif call.operation.startswith("Disable"):
        kept["state"] = "unblocked"
    return {**kept, "managedBy": "account"} if call.operation.startswith("Get") else kept


@operation("ec2", "ModifyInstanceMetadataDefaults", "GetInstanceMetadataDefaults")
def metadata(call: Call, store: Store) -> JSON:
    """Give or set the defaults of instance metadata."""
    kept = store.objects[_KIND].setdefault("metadata", {})
    if call.operation.startswith("Get"):
        return {"accountLevel": kept}
    for name, field in _METADATA.items():
        value = call.form.get(name)
        if value in _UNSET:
            kept.pop(field, None)
        elif value is not None:
            kept[field] = value
    return {"return": "true"}
