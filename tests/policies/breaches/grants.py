"""Identities that may do too much, or reach too far."""

import json

from policies.breaches.breach import breach
from policies.breaches.cell import OWN, RETAIL, STRANGER, Cell


def _may(cell: Cell, action: object, resource: object, **more: object) -> None:
    cell.state(cell.part("task policy"), Action=action, Resource=resource, **more)


@breach("identity-privilege")
def everything_on_everything(cell: Cell) -> None:
    """An agent is an administrator."""
    _may(cell, "*", "*")


@breach("identity-privilege")
def everything_but_a_little(cell: Cell) -> None:
    """`NotAction` grants all that it does not name."""
    cell.state(cell.part("task policy"), NotAction=["iam:DeleteUser"], Resource="*")


@breach("identity-privilege")
def everything_by_a_longer_spelling(cell: Cell) -> None:
    """`*:*` on `arn:aws:*:*:*:*` is everything too."""
    _may(cell, "*:*", "arn:aws:*:*:*:*")


@breach("identity-privilege")
def everything_in_iam(cell: Cell) -> None:
    """Who rules IAM becomes whoever it likes."""
    _may(cell, "iam:*", "*")


@breach("identity-privilege")
def every_role_passed(cell: Cell) -> None:
    """Passing any role to a service is being any role."""
    _may(cell, ["iam:PassRole", "ecs:RunTask"], "*")


@breach("identity-privilege")
def every_role_of_the_account_passed(cell: Cell) -> None:
    """All roles of the account are all that matter."""
    _may(cell, "iam:PassRole", f"arn:aws:iam::{OWN}:role/*")


@breach("identity-privilege")
def every_role_assumed(cell: Cell) -> None:
    """Any role that trusts the account, in any account."""
    _may(cell, "sts:AssumeRole", "*")


@breach("isolation-account")
def role_of_another_account_assumed(cell: Cell) -> None:
    """An agent crosses into a stranger's account, with data in hand."""
    _may(cell, "sts:AssumeRole", f"arn:aws:iam::{STRANGER}:role/x")


@breach("isolation-account", "identity-privilege")
def role_of_any_account_assumed(cell: Cell) -> None:
    """A wildcard for the account covers a stranger's."""
    _may(cell, "sts:AssumeRole", "arn:aws:iam::*:role/acme-*")


@breach("identity-privilege", "isolation-account")
def every_bucket_read(cell: Cell) -> None:
    """Every bucket of the account and every public one."""
    _may(cell, ["s3:GetObject", "s3:ListBucket"], "*")


@breach("identity-privilege", "isolation-account")
def every_bucket_read_by_arn(cell: Cell) -> None:
    """The same, spelled as an ARN."""
    _may(cell, "s3:Get*", "arn:aws:s3:::*")


@breach("identity-privilege", "isolation-account")
def every_bucket_of_the_estate_read(cell: Cell) -> None:
    """`acme-*` covers every other cell's stores."""
    _may(cell, "s3:GetObject", "arn:aws:s3:::acme-*")


@breach("isolation-account")
def bucket_of_another_cell_read(cell: Cell) -> None:
    """A store of the US is no business of this cell."""
    _may(cell, "s3:GetObject", f"arn:aws:s3:::acme-store-internal-{RETAIL}-cell-aws-us-0/*")


@breach("isolation-account")
def bucket_of_a_stranger_written(cell: Cell) -> None:
    """An agent may carry data out through S3."""
    _may(cell, "s3:PutObject", "arn:aws:s3:::strangers-drop/*")


@breach("identity-privilege")
def every_key_decrypts(cell: Cell) -> None:
    """Any data of any class opens."""
    _may(cell, "kms:Decrypt", "*")


@breach("identity-privilege")
def every_key_of_the_account_decrypts(cell: Cell) -> None:
    """All keys of the account, those of other data classes too."""
    _may(cell, "kms:Decrypt", f"arn:aws:kms:eu-west-1:{OWN}:key/*")


@breach("isolation-account")
def key_of_another_account_used(cell: Cell) -> None:
    """Data encrypted so can be read by a stranger alone."""
    _may(cell, "kms:Encrypt", f"arn:aws:kms:eu-west-1:{STRANGER}:key/x")


@breach("residency-transfer")
def queue_of_another_region_written(cell: Cell) -> None:
    """An agent may carry data abroad through SQS."""
    _may(cell, "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{OWN}:q")


@breach("isolation-account")
def queue_of_another_account_written(cell: Cell) -> None:
    """An agent may carry data to a stranger through SQS."""
    _may(cell, "sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{STRANGER}:q")


@breach("isolation-account", "residency-transfer")
def any_queue_anywhere_written(cell: Cell) -> None:
    """Wildcards for region and account cover a stranger's abroad."""
    _may(cell, "sqs:SendMessage", "arn:aws:sqs:*:*:*")


@breach("identity-privilege")
def administrator_attached(cell: Cell) -> None:
    """AWS's own policy for administrators."""
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    name = cell.ref("task role", "name")
    cell.add("aws_iam_role_policy_attachment", role=name, policy_arn=policy)


@breach("identity-privilege")
def administrator_attached_as_an_argument(cell: Cell) -> None:
    """The same, as an argument of the role."""
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    cell.set(cell.part("task role"), managed_policy_arns=[policy])


@breach("identity-privilege")
def power_user_attached(cell: Cell) -> None:
    """All but IAM is still every store and key."""
    policy = "arn:aws:iam::aws:policy/PowerUserAccess"
    name = cell.ref("task role", "name")
    cell.add("aws_iam_role_policy_attachment", role=name, policy_arn=policy)


@breach("identity-privilege", "isolation-account")
def every_store_attached(cell: Cell) -> None:
    """AWS's own policy for all of S3."""
    policy = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    cell.add(
        "aws_iam_role_policy_attachment", role=cell.ref("task role", "name"), policy_arn=policy
    )


@breach("isolation-account", "identity-privilege", "undecided")
def strangers_policy_attached(cell: Cell) -> None:
    """What it grants stands in no plan of ours."""
    policy = f"arn:aws:iam::{OWN}:policy/made-by-hand"
    cell.add(
        "aws_iam_role_policy_attachment", role=cell.ref("task role", "name"), policy_arn=policy
    )


@breach("identity-privilege")
def user_with_a_key(cell: Cell) -> None:
    """A long-lived identity beside the roles."""
    cell.add("aws_iam_user", name="backdoor")
    cell.add("aws_iam_access_key", user="backdoor")


@breach("identity-privilege")
def boundary_dropped(cell: Cell) -> None:
    """Nothing bounds what the task role may be given later."""
    cell.set(cell.part("task role"), permissions_boundary=None)


@breach("identity-privilege")
def boundary_that_bounds_nothing(cell: Cell) -> None:
    """A boundary of everything is none."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cell.set(cell.part("boundary"), policy=policy)


@breach("identity-privilege", "isolation-account")
def boundary_attached_as_a_grant(cell: Cell) -> None:
    """What only bounds is wide; attached, it grants all of it."""
    name = cell.ref("task role", "name")
    policy = cell.ref("boundary")
    cell.add("aws_iam_role_policy_attachment", role=name, policy_arn=policy)


@breach("undecided", "identity-privilege")
def task_policy_by_a_variable(cell: Cell) -> None:
    """Whoever sets the variable says what agents may do."""
    cell.set(cell.part("task policy"), policy="${var.policy}")


@breach("identity-privilege")
def administrator_by_a_policy_of_a_user(cell: Cell) -> None:
    """AWS's policy makes whoever has the user's key an administrator."""
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    cell.add("aws_iam_user_policy_attachment", user="someone", policy_arn=policy)


@breach("identity-privilege")
def administrators_by_a_policy_of_a_group(cell: Cell) -> None:
    """The same for everyone in a group."""
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    cell.add("aws_iam_group_policy_attachment", group="people", policy_arn=policy)
