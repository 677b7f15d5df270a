"""Policies that let others in: of roles, keys, stores, queues and registries."""

from typing import Any

from policies.breaches.breach import breach
from policies.breaches.cell import OWN, RETAIL, STRANGER, Cell

ROOT = f"arn:aws:iam::{STRANGER}:root"
TRUST = "assume_role_policy"
GITHUB = f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"


def _trust(cell: Cell, part: str = "door", **changed: Any) -> None:
    """Change the one statement of a role's trust; None drops an element."""

    def change(document: dict[str, Any]) -> None:
        (statement,) = document["Statement"]
        for name, value in changed.items():
            statement.pop(name, None)
            if value is not None:
                statement[name] = value

    cell.rewrite(cell.part(part), change, TRUST)


@breach("identity-trust")
def trust_without_conditions(cell: Cell) -> None:
    """Every identity of the core's account may come in."""
    _trust(cell, Condition=None)


@breach("identity-principal")
def trust_to_another_account(cell: Cell) -> None:
    """A stranger may become the role."""
    _trust(cell, Principal={"AWS": [ROOT]}, Condition={"StringEquals": {"sts:ExternalId": "x"}})


@breach("identity-principal")
def trust_to_another_cells_account(cell: Cell) -> None:
    """Cells have nothing to do with each other."""
    condition = {"StringEquals": {"sts:ExternalId": "x"}}
    _trust(cell, Principal={"AWS": [RETAIL]}, Condition=condition)


@breach("identity-principal")
def trust_to_everyone(cell: Cell) -> None:
    """Anyone who has an account may become the role."""
    _trust(cell, Principal="*", Condition=None)


@breach("identity-principal")
def trust_to_everyone_who_knows_a_word(cell: Cell) -> None:
    """An external id is no secret."""
    _trust(cell, Principal={"AWS": "*"}, Condition={"StringEquals": {"sts:ExternalId": "x"}})


@breach("identity-principal")
def trust_to_a_role_of_another_account(cell: Cell) -> None:
    """A stranger's role may become this one."""
    cell.state(
        cell.part("task role"),
        TRUST,
        Principal={"AWS": f"arn:aws:sts::{STRANGER}:assumed-role/x/y"},
        Action="sts:AssumeRole",
        Condition={"StringEquals": {"sts:ExternalId": "x"}},
    )


@breach("identity-trust")
def trust_whose_condition_may_be_missing(cell: Cell) -> None:
    """`...IfExists` holds for whoever leaves the key out."""
    _trust(cell, Condition={"StringEqualsIfExists": {"sts:ExternalId": "x"}})


@breach("identity-trust")
def trust_whose_condition_admits_all(cell: Cell) -> None:
    """`*` is like everything."""
    _trust(cell, Condition={"StringLike": {"aws:PrincipalArn": "*"}})


@breach("identity-trust")
def trust_of_a_service_for_any_account(cell: Cell) -> None:
    """The service could be sent by a stranger (the confused deputy)."""
    _trust(cell, "task role", Condition=None)


@breach("identity-trust", "identity-principal")
def trust_of_a_service_for_every_source(cell: Cell) -> None:
    """`arn:aws:ecs:*` names no account."""
    _trust(cell, "task role", Condition={"ArnLike": {"aws:SourceArn": ["arn:aws:ecs:*:*:*"]}})


@breach("identity-principal", "identity-trust")
def trust_of_a_service_for_another_account(cell: Cell) -> None:
    """Tasks of a stranger may become the role."""
    _trust(cell, "task role", Condition={"StringEquals": {"aws:SourceAccount": [STRANGER]}})


def _federated(cell: Cell, condition: dict[str, Any], provider: str = GITHUB) -> None:
    action = "sts:AssumeRoleWithWebIdentity"
    _trust(cell, Action=action, Principal={"Federated": provider}, Condition=condition)


@breach("identity-trust")
def federated_without_a_subject(cell: Cell) -> None:
    """Every repository on GitHub has the same audience."""
    audience = {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}
    _federated(cell, {"StringEquals": audience})


@breach("identity-trust")
def federated_with_any_subject(cell: Cell) -> None:
    """A subject of `*` is no subject."""
    name = "token.actions.githubusercontent.com"
    _federated(
        cell,
        {
            "StringEquals": {f"{name}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{name}:sub": "*"},
        },
    )


@breach("identity-trust")
def federated_with_a_loose_subject(cell: Cell) -> None:
    """`repo:acme*` covers `repo:acme-attacker/x`."""
    name = "token.actions.githubusercontent.com"
    _federated(
        cell,
        {
            "StringEquals": {f"{name}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{name}:sub": "repo:acme*"},
        },
    )


@breach("identity-trust")
def federated_with_a_subject_that_may_be_missing(cell: Cell) -> None:
    """`...IfExists` holds for a token without a subject."""
    name = "token.actions.githubusercontent.com"
    _federated(
        cell,
        {
            "StringEquals": {f"{name}:aud": "sts.amazonaws.com"},
            "StringEqualsIfExists": {f"{name}:sub": "repo:acme/estate:environment:production"},
        },
    )


@breach("identity-trust")
def federated_with_all_subjects_but_one(cell: Cell) -> None:
    """`StringNotEquals` admits everyone else."""
    name = "token.actions.githubusercontent.com"
    _federated(
        cell,
        {
            "StringEquals": {f"{name}:aud": "sts.amazonaws.com"},
            "StringNotEquals": {f"{name}:sub": "repo:other/x"},
        },
    )


@breach("identity-principal", "identity-trust")
def federated_by_a_provider_of_another_account(cell: Cell) -> None:
    """A stranger's provider vouches for anyone."""
    name = "token.actions.githubusercontent.com"
    subject = "repo:acme/estate:environment:production"
    condition = {"StringEquals": {f"{name}:aud": "sts.amazonaws.com", f"{name}:sub": subject}}
    _federated(cell, condition, GITHUB.replace(OWN, STRANGER))


@breach("identity-principal")
def key_open_to_another_account(cell: Cell) -> None:
    """A stranger may decrypt."""
    where = cell.part("key")
    cell.state(where, Principal={"AWS": [ROOT]}, Action="kms:Decrypt", Resource="*")


@breach("identity-principal")
def key_open_to_everyone(cell: Cell) -> None:
    """Anyone may decrypt."""
    cell.state(cell.part("key"), Principal="*", Action="kms:Decrypt", Resource="*")


@breach("identity-principal")
def key_open_to_everyone_through_a_service(cell: Cell) -> None:
    """Every account has S3; a service is no account."""
    through = {"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}}
    where = cell.part("key")
    cell.state(where, Principal="*", Action="kms:Decrypt", Resource="*", Condition=through)


@breach("identity-principal")
def key_granted_to_another_account(cell: Cell) -> None:
    """A grant opens the key without touching its policy."""
    cell.add(
        "aws_kms_grant",
        key_id=cell.ref("key", "key_id"),
        grantee_principal=f"arn:aws:iam::{STRANGER}:role/x",
        operations=["Decrypt"],
    )


def _read(cell: Cell, **statement: Any) -> None:
    bucket = cell.body(cell.part("bucket"))["bucket"]
    there = f"arn:aws:s3:::{bucket}/*"
    cell.state(cell.part("bucket policy"), Action="s3:GetObject", Resource=there, **statement)


@breach("identity-principal")
def bucket_open_to_another_account(cell: Cell) -> None:
    """A stranger may read the store."""
    _read(cell, Principal={"AWS": [ROOT]})


@breach("identity-principal")
def bucket_open_to_a_bare_account_number(cell: Cell) -> None:
    """IAM reads a bare number as the account's root."""
    _read(cell, Principal={"AWS": STRANGER})


@breach("identity-principal")
def bucket_open_to_everyone(cell: Cell) -> None:
    """Anyone may read the store."""
    _read(cell, Principal="*")


@breach("identity-principal")
def bucket_open_to_all_but_one(cell: Cell) -> None:
    """`NotPrincipal` with an Allow lets the whole world in."""
    _read(cell, NotPrincipal={"AWS": [ROOT]})


@breach("identity-principal")
def bucket_open_to_everyone_at_an_address(cell: Cell) -> None:
    """0.0.0.0/0 is every address."""
    _read(cell, Principal="*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})


@breach("identity-principal")
def bucket_open_to_everyone_but_an_account(cell: Cell) -> None:
    """`StringNotEquals` lets all others in."""
    others = {"StringNotEquals": {"aws:PrincipalAccount": [OWN]}}
    _read(cell, Principal="*", Condition=others)


@breach("identity-principal")
def bucket_open_to_everyone_without_an_account(cell: Cell) -> None:
    """`...IfExists` holds for a request that is signed by nobody."""
    maybe = {"StringEqualsIfExists": {"aws:PrincipalAccount": [OWN]}}
    _read(cell, Principal="*", Condition=maybe)


@breach("identity-principal")
def bucket_open_to_a_list_with_a_stranger(cell: Cell) -> None:
    """One of two admitted accounts is a stranger's."""
    _read(
        cell,
        Principal="*",
        Condition={"StringEquals": {"aws:PrincipalAccount": [OWN, STRANGER]}},
    )


@breach("identity-principal")
def bucket_open_to_an_organization(cell: Cell) -> None:
    """Nobody declared who else is in the organization."""
    _read(cell, Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": ["o-1234567890"]}})


@breach("identity-principal", "undecided")
def bucket_open_to_a_federated_stranger(cell: Cell) -> None:
    """Users of a web identity provider, whoever they are."""
    _read(cell, Principal={"Federated": "accounts.google.com"})


@breach("identity-principal", "undecided")
def bucket_open_to_a_canonical_user(cell: Cell) -> None:
    """A canonical id names an account that can't be told from it."""
    _read(
        cell,
        Principal={
            "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
        },
    )


@breach("identity-principal")
def queue_open_to_everyone(cell: Cell) -> None:
    """Anyone may give the agents work."""
    cell.state(cell.part("queue"), Principal="*", Action="sqs:SendMessage", Resource="*")


@breach("identity-trust")
def queue_open_to_a_service_for_any_account(cell: Cell) -> None:
    """A stranger's bucket may send work."""
    service = {"Service": "s3.amazonaws.com"}
    cell.state(cell.part("queue"), Principal=service, Action="sqs:SendMessage", Resource="*")


@breach("identity-principal")
def topic_open_to_another_account(cell: Cell) -> None:
    """A stranger may listen to alarms."""
    where = cell.part("topic policy")
    cell.state(where, Principal={"AWS": STRANGER}, Action="sns:Subscribe", Resource="*")


@breach("identity-principal")
def registry_open_to_another_account(cell: Cell) -> None:
    """A stranger may push the images that run here."""
    cell.state(cell.part("registry policy"), Principal={"AWS": ROOT}, Action="ecr:PutImage")


@breach("identity-principal")
def function_open_to_everyone(cell: Cell) -> None:
    """Anyone may call it."""
    action = "lambda:InvokeFunction"
    cell.add("aws_lambda_permission", function_name="acme-x", principal="*", action=action)


@breach("identity-trust")
def function_open_to_a_service_for_any_account(cell: Cell) -> None:
    """A stranger's bucket may call it."""
    call = {"principal": "s3.amazonaws.com", "action": "lambda:InvokeFunction"}
    cell.add("aws_lambda_permission", function_name="acme-x", **call)


@breach("identity-principal")
def event_bus_open_to_everyone(cell: Cell) -> None:
    """Anyone may put events on the bus."""
    cell.add("aws_cloudwatch_event_permission", principal="*", statement_id="all")


@breach("identity-principal", "isolation-network")
def endpoint_service_open_to_everyone(cell: Cell) -> None:
    """Anyone may connect into the cell's network."""
    cell.add("aws_vpc_endpoint_service", acceptance_required=False, allowed_principals=["*"])


@breach("identity-trust")
def tokens_of_a_strangers_issuer(cell: Cell) -> None:
    """Whoever issues the tokens writes whatever subject a role asks for."""
    issuer = "https://attacker.example"
    cell.add("aws_iam_openid_connect_provider", url=issuer, client_id_list=["sts.amazonaws.com"])


@breach("identity-trust")
def tokens_of_the_ci_in_a_cell(cell: Cell) -> None:
    """CI signs in by the account's guardrails, and nowhere else."""
    issuer = "https://token.actions.githubusercontent.com"
    cell.add("aws_iam_openid_connect_provider", url=issuer, client_id_list=["sts.amazonaws.com"])
