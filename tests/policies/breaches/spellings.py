"""The same breaches, spelled so that a careless reader takes them for nothing."""

import json
from typing import Any

from policies.breaches.breach import breach
from policies.breaches.cell import OWN, STRANGER, Cell
from policies.breaches.models import MODEL, PROFILE

from agent_studio.policies import Stage

OPEN = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
RULE = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}


@breach("residency-model")
def action_in_capitals(cell: Cell) -> None:
    """IAM reads actions in any case."""
    there = [f"{PROFILE}/global.{MODEL}"]
    cell.state(cell.part("task policy"), Action=["BEDROCK:INVOKEMODEL"], Resource=there)


@breach("identity-principal")
def one_statement_without_a_list(cell: Cell) -> None:
    """A policy's only statement may stand without brackets."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": OPEN})
    cell.add("aws_s3_bucket_policy", bucket="acme-x", policy=policy)


@breach("identity-principal")
def elements_in_small_letters(cell: Cell) -> None:
    """IAM reads the names of elements in any case."""
    small = {name.lower(): value for name, value in OPEN.items()}
    policy = json.dumps({"version": "2012-10-17", "statement": [small]})
    cell.add("aws_s3_bucket_policy", bucket="acme-x", policy=policy)


@breach("identity-principal")
def policy_with_spaces_before_it(cell: Cell) -> None:
    """A heredoc begins with white space."""
    policy = "\n\n   " + json.dumps({"Statement": [OPEN]}, indent=4)
    cell.add("aws_s3_bucket_policy", bucket="acme-x", policy=policy)


@breach("identity-principal")
def policy_with_escaped_letters(cell: Cell) -> None:
    r"""`\u002a` is `*`."""
    policy = json.dumps({"Statement": [OPEN]}).replace('"*"', r'"\u002a"')
    cell.add("aws_s3_bucket_policy", bucket="acme-x", policy=policy)


@breach("identity-principal", "undecided")
def policy_by_jsonencode(cell: Cell) -> None:
    """The plan knows the document; the stack holds an expression."""
    where = cell.part("bucket policy")
    cell.set(where, policy=f"${{jsonencode({json.dumps({'Statement': [OPEN]})})}}")
    cell.known(where, policy=json.dumps({"Statement": [OPEN]}))


@breach("identity-principal", "undecided")
def policy_of_a_data_source(cell: Cell) -> None:
    """The document stands elsewhere in the stack, and in the plan."""
    statement = {"actions": ["s3:GetObject"], "resources": ["*"], "principals": []}
    cell.data("aws_iam_policy_document", statement=[statement])
    where = cell.part("bucket policy")
    cell.set(where, policy="${data.aws_iam_policy_document.added.json}")
    cell.known(where, policy=json.dumps({"Statement": [OPEN]}))


@breach("identity-principal", "undecided")
def account_joined_from_parts(cell: Cell) -> None:
    """No text holds the account's number in full."""
    principal = {"AWS": '${join(":", ["arn:aws:iam:", "999999999999", "root"])}'}
    where = cell.part("bucket policy")
    cell.state(where, Principal=principal, Action="s3:GetObject", Resource="*")


@breach("identity-principal", "undecided")
def account_by_a_template(cell: Cell) -> None:
    """A directive in the middle of the ARN hides the account."""
    principal = {"AWS": f"arn:aws:iam::%{{if true}}{STRANGER}%{{endif}}:root"}
    where = cell.part("bucket policy")
    cell.state(where, Principal=principal, Action="s3:GetObject", Resource="*")


@breach("isolation-account", "undecided")
def bucket_joined_from_parts(cell: Cell) -> None:
    """The name begins as an expression."""
    where = cell.part("task policy")
    there = 'arn:aws:s3:::${join("-", ["strangers", "drop"])}/*'
    cell.state(where, Action="s3:PutObject", Resource=there)


@breach("isolation-account", "undecided")
def bucket_by_a_variable(cell: Cell) -> None:
    """Whoever sets the variable says what agents may read."""
    where = cell.part("task policy")
    cell.state(where, Action="s3:GetObject", Resource="arn:aws:s3:::${var.bucket}/*")


@breach("residency-model", "undecided")
def profile_by_a_variable(cell: Cell) -> None:
    """Whoever sets the variable says where prompts go."""
    where = cell.part("task policy")
    cell.state(where, Action="bedrock:InvokeModel", Resource="${var.profile}")


@breach("exposure-ingress")
def rule_as_an_object(cell: Cell) -> None:
    """A single block may stand without brackets."""
    cell.set(cell.part("analyst group"), ingress=RULE)


@breach("exposure-ingress")
def rule_last_of_many(cell: Cell) -> None:
    """The second of two rules is the open one."""
    first = {**RULE, "cidr_blocks": ["10.16.0.0/22"]}
    cell.set(cell.part("endpoint group"), ingress=[first, RULE])


@breach("exposure-ingress", "undecided")
def rule_by_a_dynamic_block(cell: Cell) -> None:
    """A `dynamic` block makes the rule at the plan."""
    where = cell.part("analyst group")
    content = {**RULE, "cidr_blocks": "${ingress.value}"}
    body = cell.body(where)
    body.pop("ingress", None)
    body["dynamic"] = {"ingress": [{"for_each": [["0.0.0.0/0"]], "content": content}]}
    cell.known(where, ingress=[RULE])


@breach("residency-replica")
def true_as_a_text(cell: Cell) -> None:
    """Terraform reads "true" as true."""
    where = cell.part("key")
    cell.set(where, multi_region="true")
    cell.known(where, multi_region=True)


@breach("encryption-key")
def false_as_a_text(cell: Cell) -> None:
    """Terraform reads "false" as false."""
    where = cell.part("key")
    cell.set(where, enable_key_rotation="false")
    cell.known(where, enable_key_rotation=False)


@breach("exposure-public")
def false_as_a_text_in_the_public_access_block(cell: Cell) -> None:
    """Terraform reads "false" as false."""
    where = cell.part("public access block")
    cell.set(where, block_public_policy="false")
    cell.known(where, block_public_policy=False)


@breach("encryption-missing")
def false_as_a_text_in_the_backend(cell: Cell) -> None:
    """Terraform reads "false" as false."""
    cell.backend(encrypt="false")


@breach("residency-location")
def provider_as_an_object(cell: Cell) -> None:
    """A single provider may stand without brackets."""
    cell.reprovide(region="us-east-1")
    cell.stack["provider"]["aws"] = cell.stack["provider"]["aws"][0]


@breach("residency-location")
def providers_in_a_list(cell: Cell) -> None:
    """The whole section may be a list of objects."""
    cell.reprovide(region="us-east-1")
    cell.stack["provider"] = [cell.stack["provider"]]


@breach("residency-location")
def resources_in_a_list(cell: Cell) -> None:
    """The whole section may be a list of objects."""
    cell.set(cell.part("bucket"), region="us-east-1")
    cell.stack["resource"] = [{k: v} for k, v in cell.stack["resource"].items()]


@breach("residency-location")
def resource_body_in_a_list(cell: Cell) -> None:
    """A resource's own body may be a list of one."""
    where = cell.part("bucket")
    cell.set(where, region="us-east-1")
    type_, name = where.split(".", 1)
    cell.stack["resource"][type_][name] = [cell.body(where)]


@breach("residency-store")
def backend_in_a_list(cell: Cell) -> None:
    """A backend may stand in brackets."""
    cell.backend(region="us-east-1")
    cell.stack["terraform"]["backend"] = [{"s3": [cell.stack["terraform"]["backend"]["s3"]]}]


@breach("residency-store")
def settings_in_a_list(cell: Cell) -> None:
    """The second of two `terraform` blocks holds the backend."""
    cell.backend(region="us-east-1")
    backend = cell.stack["terraform"].pop("backend")
    cell.stack["terraform"] = [cell.stack["terraform"], {"backend": backend}]


@breach("residency-replica")
def copy_in_the_second_rule(cell: Cell) -> None:
    """The first rule of a backup plan is harmless."""
    vault = f"arn:aws:backup:us-east-1:{OWN}:backup-vault:acme"
    bad = {"rule_name": "b", "copy_action": {"destination_vault_arn": vault}}
    cell.add("aws_backup_plan", name="acme", rule=[{"rule_name": "a"}, bad])


@breach("identity-principal", stages=(Stage.PLAN,))
def second_instance_of_a_policy(cell: Cell) -> None:
    """Of two instances behind a count, one opens the bucket."""
    where = cell.part("topic policy")
    policy = json.dumps({"Statement": [{**OPEN, "Action": "sns:*"}]})
    clean = json.dumps({"Statement": []})
    cell.multiply(where, {"policy": clean}, {"policy": policy})


@breach("residency-transfer", "isolation-account")
def destination_in_another_partition(cell: Cell) -> None:
    """AWS in China is another cloud, with the same names."""
    there = f"arn:aws-cn:logs:cn-north-1:{OWN}:destination:ours"
    cell.set(cell.part("subscription"), destination_arn=there)


@breach("identity-principal")
def principal_in_another_partition(cell: Cell) -> None:
    """The same number in China is another account."""
    principal = {"AWS": f"arn:aws-cn:iam::{OWN}:root"}
    where = cell.part("bucket policy")
    cell.state(where, Principal=principal, Action="s3:GetObject", Resource="*")


@breach("identity-principal")
def effect_in_small_letters(cell: Cell) -> None:
    """An effect that is not exactly `Deny` denies nothing."""
    principal: Any = {"AWS": [STRANGER]}
    where = cell.part("bucket policy")
    cell.state(where, Effect="allow", Principal=principal, Action="s3:*", Resource="*")
