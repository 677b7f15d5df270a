"""Who may do what: trust policies, resource policies, and the permissions of identities."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from agent_studio.estate.names import vault
from agent_studio.policies.facts.arns import Arn, is_account, parsed
from agent_studio.policies.facts.builders import grant, undecided
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.statements import Statement, binding
from agent_studio.policies.facts.values import known, listed, reference

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

_GOOGLE = "accounts.google.com"
"""Google as an issuer of tokens, which IAM knows without a provider of ours."""

_ENTRA = "sts.windows.net"
"""Entra as an issuer of tokens: whole tenants share it, so a subject alone says who comes."""

_AWS_BUCKETS = ("prod-*-starport-layer-bucket", "aws-*", "amazoncloudwatch-*", "amazon-ssm-*")
"""Buckets that AWS owns and that its services read through the caller's own endpoint (Amazon ECR
User Guide, "Amazon ECR interface VPC endpoints"; Systems Manager, "SSM Agent communications")."""


def grants(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every grant of every policy document, and every grant that is a resource of its own."""
    for resource in resources.all.values():
        for found in resource.statements if resource.address not in resources.boundaries else ():
            if isinstance(found, str):
                yield undecided(resource.address, f"the policy in {found}", action=Action.GRANT)
            elif found.allows:
                yield from _allowed(resources, place, resource, found)
    for address in sorted(resources.boundaries):
        boundary = resources.all[address]
        for found in boundary.statements:
            if isinstance(found, Statement) and found.allows and "*" in found.actions:
                yield grant(boundary, principal="a boundary that bounds nothing", privileged=True)
    for endpoint in resources.of_type("aws_vpc_endpoint"):
        if not endpoint.values.get("policy"):
            # Without one it lets everyone do everything (AWS PrivateLink guide, "Control access to
            # VPC endpoints using endpoint policies").
            yield grant(endpoint, kind="endpoint", principal="*", anyone=True, everything=True)
    for key in resources.of_type("aws_kms_key"):
        if not key.values.get("policy"):
            yield undecided(
                key.address, "the key's policy, which AWS would write", action=Action.GRANT
            )
    for provider in resources.of_type("aws_iam_openid_connect_provider"):
        # Whoever issues the tokens writes the subjects that trust policies ask for.
        issuer = provider.values.get("url")
        yield grant(
            provider,
            kind="trust",
            principal=f"{issuer}, which the estate does not declare here,",
            guarded=_address(issuer) in place.issuers or _is_of_core(place, provider),
            unknown=None if known(issuer) else "the issuer of tokens",
        )
    yield from _without_document(resources, place)


def _is_of_core(place: Place, provider: Resource) -> bool:
    """Whether a provider takes the tokens of a core on Azure, made out to the studio's cells."""
    tokens = place.core_tokens
    return (
        tokens is not None
        and place.layer == "guardrails"
        and _address(provider.values.get("url")) == tokens.issuer
        and listed(provider.values.get("client_id_list")) == [tokens.audience]
    )


def _address(issuer: object) -> object:
    # IAM gives the address back without its scheme (API reference, GetOpenIDConnectProvider).
    return f"https://{issuer}" if isinstance(issuer, str) and "://" not in issuer else issuer


def _allowed(
    resources: Resources, place: Place, resource: Resource, statement: Statement
) -> Iterator[Fact]:
    if "Principal" in statement.body or "NotPrincipal" in statement.body:
        yield from _principals(resources, place, resource, statement)
    else:
        yield grant(
            resource,
            principal=resource.address,
            accounts=_reached(statement),
            privileged=_privileged(statement),
            guarded=_keeps_to_vault(place, statement),
            beyond=_strange_buckets(place, statement),
        )


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
        endpoint = kind == "endpoint"
        yield grant(
            resource,
            kind=kind,
            principal=str(value),
            accounts=accounts - {"any"},
            anyone="any" in accounts,
            service=type_ == "Service",
            guarded=_guarded_principal(place, statement, type_, value, narrowed),
            everything=endpoint and _everything(place, statement),
            beyond=_strange_buckets(place, statement) if endpoint else frozenset(),
            unknown=unknown,
        )


def _guarded_principal(
    place: Place, statement: Statement, type_: str, value: Any, narrowed: frozenset[str] | None
) -> bool:
    if value == _GOOGLE:
        return _of_core(place, statement)
    if type_ == "Federated" and _ENTRA in str(value):
        return _of_core_on_azure(place, statement, str(value))
    return _guarded(place, statement, type_, narrowed)


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
    if type_ == "Service":
        return set(), None
    if type_ == "Federated" and value == _GOOGLE and place.core_subjects:
        # Whose tokens they are is said by the subject, which is held to be the core's own.
        return set(), None
    if type_ == "Federated":
        arn = parsed(value)
        accounts = {arn.account} if arn is not None and is_account(arn.account) else set[str]()
        return accounts, None if _federation(resources, value) else str(value)
    if type_ != "AWS":
        return set(), f"the principal {value}"
    text = str(value)
    if is_account(text):
        return {text}, None
    arn = parsed(text)
    if arn is not None and is_account(arn.account):
        elsewhere = arn.partition != place.partition
        return {f"{arn.partition}:{arn.account}" if elsewhere else arn.account}, None
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


def _of_core(place: Place, statement: Statement) -> bool:
    """Whether conditions admit one of the core's own accounts on Google Cloud, and nobody else.

    IAM User Guide, "Available keys for AWS web identity federation": the audience is under `oaud`.
    """
    subjects = statement.narrowed(f"{_GOOGLE}:sub") or []
    audiences = statement.narrowed(f"{_GOOGLE}:oaud") or []
    one = len(set(subjects)) == 1 and set(subjects) <= {*place.core_subjects.values()}
    cell = [place.stack.removeprefix("cell-")]
    return one and audiences == cell


def _of_core_on_azure(place: Place, statement: Statement, provider: str) -> bool:
    """Whether conditions admit one of the core's own identities on Azure, and nobody else.

    AWS Security Blog, "How to access AWS resources from Microsoft Entra ID tenants using AWS
    Security Token Service".
    """
    tokens = place.core_tokens
    if tokens is None or place.layer != "cell":
        return False
    known = tokens.issuer.removeprefix("https://")
    own = f"arn:{place.partition}:iam::{place.account}:oidc-provider/{known}"
    subjects = statement.narrowed(f"{known}:sub") or []
    one = len(set(subjects)) == 1 and set(subjects) <= {*tokens.subjects.values()}
    return one and provider == own and statement.narrowed(f"{known}:aud") == [tokens.audience]


def _guarded(
    place: Place, statement: Statement, type_: str, narrowed: frozenset[str] | None
) -> bool:
    """Whether conditions keep others from using the grant (IAM, "The confused deputy problem")."""
    if type_ == "Federated":
        subjects, audiences = statement.narrowed_by(":sub"), statement.narrowed_by(":aud")
        return bool(subjects and audiences) and not any(
            _loose(value) for value in (*(subjects or ()), *(audiences or ()))
        )
    positive = [
        [str(value) for value in values]
        for operator, _, values in statement.conditions
        if not operator.endswith("IfExists") and "Not" not in operator
    ]
    if type_ == "Service":
        return narrowed is not None or any(
            place.account in value or place.studio in value
            for values in positive
            for value in values
        )
    return any(values and all(map(binding, values)) for values in positive)


def _loose(value: str) -> bool:
    # `repo:acme/estate:*` names the repository; `repo:acme/*` names all of an owner's.
    fixed = value.split("*", 1)[0] if "*" in value else value
    return "*" in value and (fixed.count(":") < 2 or fixed.count("/") < 1)


def _everything(place: Place, statement: Statement) -> bool:
    """Whether an endpoint's statement lets calls through to anyone's resources."""
    for operator, key, values in statement.conditions:
        # A call that names no resource has no such key, so `IfExists` is sound here.
        positive = operator.removesuffix("IfExists") in ("StringEquals", "StringEqualsIgnoreCase")
        if positive and key == "aws:resourceaccount" and {*map(str, values)} <= place.accounts:
            return False
    if "*" in statement.resources:
        return True
    # Buckets that AWS owns are named one by one, and open to whoever may use the endpoint.
    return statement.accounts() is None and not all(
        (parsed(text) or _NOWHERE).service == "s3"
        and "*" not in text.split(":::")[-1].split("/")[0]
        for text in statement.resources
    )


_NOWHERE = Arn(partition="", service="", region="", account="", resource="")


def _kind(resource: Resource) -> str:
    return "endpoint" if resource.type.startswith("aws_vpc_endpoint") else "resource"


def _reached(statement: Statement) -> set[str]:
    found = set()
    for text in statement.resources:
        arn = parsed(text)
        if arn is not None and is_account(arn.account):
            found.add(arn.account)
        elif arn is not None and "*" in arn.account and arn.service != "bedrock":
            found.add("any account")
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


def _keeps_to_vault(place: Place, statement: Statement) -> bool:
    """Whether it gives no tokens that tell who a workload is, but for the stack's place in Vault.

    A token may be for several: `ForAllValues` holds each, and `Null` sees to it that there is one
    (IAM User Guide, "Controlling access with IAM policies" for outbound identity federation).
    """
    if not statement.may("sts:getwebidentitytoken"):
        return True
    told = {
        operator: {*map(str, values)}
        for operator, key, values in statement.conditions
        if key == "sts:identitytokenaudience"
    }
    own = {vault.audience(place.scope)}
    return told.get("ForAllValues:StringEquals") == own and told.get("Null") == {"false"}


def _any_resource(text: str) -> bool:
    arn = parsed(text)
    if arn is None or arn.service in ("logs", "xray", "bedrock"):
        return False
    # `key/*` and `role/*` are every key and every role.
    return arn.resource == "*" or (arn.resource.split("/", 1)[-1] == "*" and arn.service in _WIDE)


_WIDE = ("kms", "iam", "secretsmanager", "sts")
"""Services whose resources rule over others: all of them at once are everything."""


def _strange_buckets(place: Place, statement: Statement) -> set[str]:
    found = set()
    for text in statement.resources:
        arn = parsed(text)
        if arn is None or arn.service != "s3" or arn.account:
            continue
        bucket = arn.resource.split("/", 1)[0]
        if (reference(bucket) or "").startswith("aws_s3_bucket."):
            continue
        if not place.owns_bucket(bucket) and not any(
            fnmatchcase(bucket, pattern) for pattern in _AWS_BUCKETS
        ):
            found.add(bucket)
    return found


def _without_document(resources: Resources, place: Place) -> Iterator[Fact]:
    """Grants that stand as arguments: Lambda permissions, KMS grants, snapshot and image shares."""
    arguments = {
        "aws_lambda_permission": ("principal",),
        "aws_kms_grant": ("grantee_principal", "retiring_principal"),
        "aws_cloudwatch_event_permission": ("principal",),
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
            yield grant(
                resource,
                kind="resource",
                principal=str(value),
                accounts=accounts - {"any"},
                anyone="any" in accounts,
                service=service,
                guarded=not service or resource.values.get("source_account") == place.account,
                unknown=unknown,
            )
    for resource in resources.of_type(
        "aws_iam_role_policy_attachment",
        "aws_iam_user_policy_attachment",
        "aws_iam_group_policy_attachment",
        "aws_iam_policy_attachment",
        "aws_iam_role",
        "aws_iam_user",
    ):
        yield from _attached(resources, place, resource)


def _attached(resources: Resources, place: Place, resource: Resource) -> Iterator[Fact]:
    values = [
        resource.values.get("policy_arn"),
        *listed(resource.values.get("managed_policy_arns")),
    ]
    for value in [*filter(None, values), *(["an IAM user"] if "user" in resource.type else [])]:
        arn = parsed(value)
        own = resources.referred(value) or _by_name(resources, place, value)
        aws_service_role = arn is not None and ":policy/service-role/" in str(value)
        account = {arn.account} if arn is not None and is_account(arn.account) else set[str]()
        bounding = own is not None and own.address in resources.bounding
        yield grant(
            resource,
            principal=str(value),
            accounts=account,
            # AWS's own policies are made for people and name no resource of anyone's.
            # What a policy grants that is not of this stack, nobody has judged.
            privileged=bounding or not (own or aws_service_role or account - {place.account}),
        )
    cell = place.layer == "cell"
    if cell and resource.type == "aws_iam_role" and _runs_tasks(resources, resource):
        bound = resource.values.get("permissions_boundary")
        if not bound:
            yield grant(resource, principal="a task without a boundary", privileged=True)


def _by_name(resources: Resources, place: Place, value: Any) -> Resource | None:
    arn = parsed(value)
    if arn is None or arn.account != place.account:
        return None
    return resources.named("aws_iam_policy", arn.resource.rsplit("/", 1)[-1], "name")


def _runs_tasks(resources: Resources, role: Resource) -> bool:
    return any(
        resources.referred(task.values.get("task_role_arn")) is role
        or (
            role.values.get("name")
            and str(task.values.get("task_role_arn")).endswith(f":role/{role.values.get('name')}")
        )
        for task in resources.of_type("aws_ecs_task_definition")
    )
