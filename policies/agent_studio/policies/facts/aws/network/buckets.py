"""S3 buckets: whether anyone could be let in."""

from collections.abc import Iterator
from typing import Any

from agent_studio.policies.facts.aws.network.connections import expressions, named
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import known

_BLOCKS = ("aws_s3_bucket_public_access_block", "aws_s3_account_public_access_block")
PUBLIC_ACCESS_SWITCHES = (
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
)
"""S3's four switches against public access, of buckets, accounts and access points."""

_PRIVATE = (
    None,
    "private",
    "log-delivery-write",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "aws-exec-read",
)
"""Canned ACLs that let in nobody outside (S3 User Guide, "Access control list overview")."""

_LISTS = ("aws_s3_bucket", "aws_s3_bucket_acl", "aws_s3_object", "aws_s3_object_copy")
_EVERYONE = "/groups/global/"


def buckets(resources: Resources) -> Iterator[Fact]:
    """Every bucket's block of public access, access list and website."""
    for guard in resources.of_type(*_BLOCKS):
        for name in PUBLIC_ACCESS_SWITCHES:
            value = guard.values.get(name)
            yield connection(
                guard,
                kind="public",
                what=f"leaves {name} off",
                own=value is True,
                unknown=None if known(value) else name,
            )
    for bucket in resources.of_type("aws_s3_bucket"):
        yield connection(
            bucket,
            kind="public",
            what="has no aws_s3_bucket_public_access_block",
            own=_is_guarded(resources, bucket),
        )
        if expressions(bucket.values.get("website")):
            yield connection(bucket, kind="public", what="is a website")
    for resource in resources.of_type(*_LISTS):
        yield from _list(resource)


def _is_guarded(resources: Resources, bucket: Resource) -> bool:
    return any(
        _is(resources, bucket, guard.values.get("bucket"))
        for guard in resources.of_type("aws_s3_bucket_public_access_block")
    )


def _is(resources: Resources, bucket: Resource, value: Any) -> bool:
    # A bucket's id is its name.
    name = bucket.values.get("bucket")
    return named(resources, value) is bucket or (bool(name) and known(name) and name == value)


def _list(resource: Resource) -> Iterator[Fact]:
    acl = resource.values.get("acl")
    if acl is not None:
        yield connection(
            resource,
            kind="public",
            what=f"has the access list {acl}",
            own=acl in _PRIVATE,
            unknown=None if known(acl) else "the access list",
        )
    for path, text in resource.texts:
        if path.endswith(("grantee.uri", "grant.uri")) and _EVERYONE in text:
            yield connection(resource, kind="public", what=f"lets in {text.rsplit('/', 1)[-1]}")
