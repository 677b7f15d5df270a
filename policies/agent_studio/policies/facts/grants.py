"""Who may do what: trust policies, resource policies, and the permissions of identities."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from agent_studio.policies.facts.arns import parsed
from agent_studio.policies.facts.boundaries import boundaries
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.statements import Statement
from agent_studio.policies.facts.values import listed

_ACCOUNT = re.compile(r"^\d{12}$")
_ESCALATING = (
    "iam:passrole",
    "iam:createpolicyversion",
    "iam:attachrolepolicy",
    "iam:putrolepolicy",
    "iam:updateassumerolepolicy",
    "iam:createaccesskey",
    "iam:deleterolepermissionsboundary",
    "sts:assumerole",
    "kms:decrypt",
    "kms:putkeypolicy",
    "kms:creategrant",
    "s3:getobject",
    "s3:putobject",
    "s3:putbucketpolicy",
    "secretsmanager:getsecretvalue",
    "ssm:getparameter",
)
"""Actions that may never be granted on every resource: with them an identity reads any data, or
makes itself any other identity."""

_AWS_BUCKETS = ("prod-*-starport-layer-bucket", "aws-*", "amazoncloudwatch-*", "amazon-ssm-*")
"""Buckets that AWS owns and that its services read through the caller's own endpoint (Amazon ECR
User Guide, "Amazon ECR interface VPC endpoints"; Systems Manager, "SSM Agent communications")."""


def grants(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every grant of every policy document, and every grant that is a resource of its own."""
    bounds = boundaries(resources)
    for resource in resources.all.values():
        for found in resource.statements if resource.address not in bounds else ():
            if isinstance(found, str):
                yield Fact(
                    action=Action.GRANT,
                    address=resource.address,
                    context={},
                    unknown=(f"the policy in {found}",),
                )
            elif found.allows:
                yield from _allowed(resources, place, resource, found)
    yield from _without_document(resources, place)


def _allowed(
    resources: Resources, place: Place, resource: Resource, statement: Statement
) -> Iterator[Fact]:
    if "Principal" in statement.body or "NotPrincipal" in statement.body:
        yield from _principals(resources, place, resource, statement)
    else:
        yield _identity(place, resource, statement)


def _principals(
    resources: Resources, place: Place, resource: Resource, statement: Statement
) -> Iterator[Fact]:
    kind = "trust" if statement.trust else _kind(resource)
    for type_, value in _named(statement):
        accounts, unknown = _accounts(resources, place, type_, value)
        narrowed = statement.accounts()
        if narrowed is not None:
            own = {place.account if one == "own" else one for one in narrowed}
            accounts = own if "any" in accounts or type_ in ("Service", "any") else accounts
        yield Fact(
            action=Action.GRANT,
            address=resource.address,
            context={
                "kind": kind,
                "principal": str(value),
                "accounts": sorted(accounts - {"any"}),
                "anyone": "any" in accounts,
                "service": type_ == "Service",
                "guarded": _guarded(place, statement, type_, narrowed),
                "everything": _everything(statement) if kind == "endpoint" else False,
                "privileged": False,
                "beyond": [],
            },
            unknown=(unknown,) if unknown else (),
        )


def _named(statement: Statement) -> Iterator[tuple[str, Any]]:
    if "NotPrincipal" in statement.body:
        # An Allow to all but some is an Allow to strangers.
        yield "any", "everyone but a few"
        return
    principal = statement.body["Principal"]
    if not isinstance(principal, Mapping):
        yield ("any" if principal == "*" else "unknown"), principal
        return
    for type_, values in principal.items():
        for value in listed(values):
            yield ("any" if value == "*" else str(type_)), value


def _accounts(
    resources: Resources, place: Place, type_: str, value: Any
) -> tuple[set[str], str | None]:
    """The accounts of a principal, and what of it can't be known."""
    if type_ == "any":
        return {"any"}, None
    if type_ in ("Service", "Federated"):
        return set(), None if type_ == "Service" or _federation(resources, value) else str(value)
    if type_ != "AWS":
        return set(), f"the principal {value}"
    text = str(value)
    if _ACCOUNT.match(text):
        return {text}, None
    arn = parsed(text)
    if arn is not None and _ACCOUNT.match(arn.account):
        return {arn.account}, None
    if arn is not None and "*" in arn.account:
        return {"any"}, None
    if resources.referred(value) is not None:
        return {place.account}, None
    return set(), f"the principal {text}"


def _federation(resources: Resources, value: Any) -> bool:
    arn = parsed(value)
    return resources.referred(value) is not None or (
        arn is not None and arn.resource.startswith(("oidc-provider/", "saml-provider/"))
    )


def _guarded(
    place: Place, statement: Statement, type_: str, narrowed: frozenset[str] | None
) -> bool:
    """Whether conditions keep others from using the grant (IAM, "The confused deputy problem")."""
    conditions = list(statement.conditions)
    if type_ == "Federated":
        names = {key.rsplit(":", 1)[-1] for _, key, _ in conditions}
        return {"aud", "sub"} <= names and not any(
            key.endswith((":sub", ":aud")) and any(_loose(str(v)) for v in values)
            for _, key, values in conditions
        )
    if type_ == "Service":
        return narrowed is not None or any(
            place.account in str(value) or place.studio in str(value)
            for operator, _, values in conditions
            if operator.startswith(("StringEquals", "StringLike", "ArnEquals", "ArnLike"))
            for value in values
        )
    return any(
        not operator.endswith("IfExists") and "Not" not in operator for operator, _, _ in conditions
    )


def _loose(value: str) -> bool:
    # `repo:acme/estate:*` names the repository; `repo:acme/*` names all of an owner's.
    fixed = value.split("*", 1)[0] if "*" in value else value
    return "*" in value and (fixed.count(":") < 2 or fixed.count("/") < 1)


def _everything(statement: Statement) -> bool:
    return any(text in ("*", "arn:aws:s3:::*") for text in statement.resources)


def _kind(resource: Resource) -> str:
    return "endpoint" if resource.type.startswith("aws_vpc_endpoint") else "resource"


def _identity(place: Place, resource: Resource, statement: Statement) -> Fact:
    return Fact(
        action=Action.GRANT,
        address=resource.address,
        context={
            "kind": "identity",
            "principal": resource.address,
            "accounts": sorted(_reached(statement)),
            "anyone": False,
            "service": False,
            "guarded": True,
            "everything": False,
            "privileged": _privileged(statement),
            "beyond": sorted(_strange_buckets(place, statement)),
        },
    )


def _reached(statement: Statement) -> set[str]:
    found = set()
    for text in statement.resources:
        arn = parsed(text)
        if arn is not None and _ACCOUNT.match(arn.account):
            found.add(arn.account)
    return found


def _privileged(statement: Statement) -> bool:
    """Whether it grants what no workload may have: all actions, or a dangerous one on anything."""
    wide = [text for text in statement.resources if set(text) <= set("*:?")] or [
        text for text in statement.resources if _any_resource(text)
    ]
    if not wide:
        return False
    if any(action in ("*", "*:*") for action in statement.actions):
        return True
    confined = statement.accounts() is not None or any(
        key in ("aws:resourceaccount", "aws:resourceorgid", "kms:viaservice", "iam:passedtoservice")
        for _, key, _ in statement.conditions
    )
    return not confined and any(statement.may(action) for action in _ESCALATING)


def _any_resource(text: str) -> bool:
    arn = parsed(text)
    return arn is not None and arn.resource == "*" and arn.account in ("", "*")


def _strange_buckets(place: Place, statement: Statement) -> set[str]:
    found = set()
    for text in statement.resources:
        arn = parsed(text)
        if arn is None or arn.service != "s3" or arn.account:
            continue
        bucket = arn.resource.split("/", 1)[0]
        ours = bucket.startswith(f"{place.studio}-") or "${" in bucket
        if not ours and not any(fnmatchcase(bucket, pattern) for pattern in _AWS_BUCKETS):
            found.add(bucket)
    return found


def _without_document(resources: Resources, place: Place) -> Iterator[Fact]:
    """Grants that stand as arguments: Lambda permissions, KMS grants, snapshot and image shares."""
    arguments = {
        "aws_lambda_permission": ("principal",),
        "aws_kms_grant": ("grantee_principal", "retiring_principal"),
        "aws_cloudwatch_event_permission": ("principal",),
        "aws_sns_topic_subscription": (),
        "aws_iam_role_policy_attachment": (),
    }
    for resource in resources.of_type(*arguments):
        for name in arguments[resource.type]:
            value = resource.values.get(name)
            if value is None:
                continue
            service = str(value).endswith(".amazonaws.com")
            accounts, unknown = _accounts(
                resources, place, "Service" if service else "any" if value == "*" else "AWS", value
            )
            guarded = resource.values.get("source_account") == place.account
            yield Fact(
                action=Action.GRANT,
                address=resource.address,
                context={
                    "kind": "resource",
                    "principal": str(value),
                    "accounts": sorted(accounts - {"any"}),
                    "anyone": "any" in accounts,
                    "service": service,
                    "guarded": guarded or not service,
                    "everything": False,
                    "privileged": False,
                    "beyond": [],
                },
                unknown=(unknown,) if unknown else (),
            )
    for resource in resources.of_type("aws_iam_role_policy_attachment", "aws_iam_user"):
        arn = str(resource.values.get("policy_arn", ""))
        yield Fact(
            action=Action.GRANT,
            address=resource.address,
            context={
                "kind": "identity",
                "principal": arn or "an IAM user",
                "accounts": [],
                "anyone": False,
                "service": False,
                "guarded": True,
                "everything": False,
                "privileged": resource.type == "aws_iam_user"
                or arn.endswith((":policy/AdministratorAccess", ":policy/IAMFullAccess")),
                "beyond": [],
            },
        )
