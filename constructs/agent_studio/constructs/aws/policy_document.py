"""IAM policy documents as typed values, rendered to one deterministic JSON text."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Literal

VERSION = "2012-10-17"
"""The only current version of the policy language (IAM User Guide, JSON element Version)."""

Values = str | Sequence[str]
Condition = Mapping[str, Mapping[str, Values]]
Principal = Literal["*"] | Mapping[str, Values]
Statement = dict[str, object]

# A Terraform interpolation that is no CDK token: `${aws:PrincipalArn}` belongs to IAM.
_POLICY_VARIABLE = re.compile(r"(?<!\$)\$\{(?!TfToken\[)")
# A whole list as one token; inside a longer text the CDK cannot resolve it.
_LIST_TOKEN = "#{TfToken["  # noqa: S105


def statement(
    sid: str,
    *,
    actions: Values,
    resources: Values | None = "*",
    effect: Literal["Allow", "Deny"] = "Allow",
    principals: Principal | None = None,
    not_principals: Principal | None = None,
    not_actions: bool = False,
    not_resources: bool = False,
    condition: Condition | None = None,
) -> Statement:
    """Give one statement; empty elements are left out.

    Args:
        sid: says what the statement is for; letters and digits alone (IAM, element Sid).
        actions: e.g. `s3:GetObject`.
        resources: ARNs or patterns; None leaves the element out, as trust policies must.
        effect: `Allow` or `Deny`.
        principals: `"*"`, or e.g. `{"Service": "ecs-tasks.amazonaws.com"}`; None in a policy that
            is attached to an identity.
        not_principals: everyone but these; at most one of the two may be given.
        not_actions: read `actions` as everything but these.
        not_resources: read `resources` as everything but these.
        condition: operator -> condition key -> values.

    >>> statement("Read", actions="s3:GetObject", resources="arn:aws:s3:::b/*")["Effect"]
    'Allow'
    """
    if not sid.isalnum():
        message = f"a statement id holds letters and digits alone, found {sid!r}"
        raise ValueError(message)
    if principals is not None and not_principals is not None:
        message = f"statement {sid} names both principals and not_principals"
        raise ValueError(message)
    built: Statement = {
        "Sid": sid,
        "Effect": effect,
        "NotAction" if not_actions else "Action": _listed(actions),
    }
    if resources is not None:
        built["NotResource" if not_resources else "Resource"] = _listed(resources)
    if principals is not None:
        built["Principal"] = _principal(principals)
    if not_principals is not None:
        built["NotPrincipal"] = _principal(not_principals)
    if condition:
        built["Condition"] = {
            operator: {key: _listed(values) for key, values in sorted(keys.items())}
            for operator, keys in sorted(condition.items())
        }
    return built


def document(*statements: Statement) -> str:
    """Render statements to JSON: sorted keys, no blanks, so equal input gives equal text.

    CDK tokens (`queue.arn`) survive and resolve to references; IAM's own variables
    (`${aws:PrincipalTag/x}`) are escaped so that Terraform leaves them alone.

    Raises:
        ValueError: a statement id occurs twice, or a value is a list token.

    >>> document(statement("A", actions="s3:*", resources="arn:aws:s3:::b/${aws:userid}"))
    '{"Statement":[{"Action":["s3:*"],"Effect":"Allow","Resource":["arn:aws:s3:::b/$${aws:userid}"],"Sid":"A"}],"Version":"2012-10-17"}'
    """
    ids = [str(each["Sid"]) for each in statements]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        message = f"statement ids occur twice: {', '.join(twice)}"
        raise ValueError(message)
    text = json.dumps(
        {"Version": VERSION, "Statement": list(statements)}, sort_keys=True, separators=(",", ":")
    )
    if _LIST_TOKEN in text:
        message = "a policy document cannot hold a list token; pass its elements"
        raise ValueError(message)
    return _POLICY_VARIABLE.sub("$${", text)


def service_trust(
    service: str, *, source_account: str, source_arn: str | None = None, sid: str = "Assume"
) -> str:
    """Trust one AWS service for one account: the confused-deputy conditions of the IAM User Guide.

    Args:
        service: e.g. `firehose.amazonaws.com`.
        source_account: the account on whose behalf the service may act.
        source_arn: pattern of the resource for which it may act; None where the service sets none.
        sid: the statement's id.
    """
    condition: dict[str, dict[str, Values]] = {
        "StringEquals": {"aws:SourceAccount": source_account}
    }
    if source_arn is not None:
        condition["ArnLike"] = {"aws:SourceArn": source_arn}
    return document(
        statement(
            sid,
            actions="sts:AssumeRole",
            resources=None,
            principals={"Service": service},
            condition=condition,
        )
    )


def _listed(values: Values) -> list[str]:
    return [values] if isinstance(values, str) else list(values)


def _principal(principal: Principal) -> object:
    if isinstance(principal, str):
        return principal
    return {kind: _listed(values) for kind, values in sorted(principal.items())}
