"""Access points of S3: more doors to one bucket."""

import json
from typing import Any

from policies.breaches.breach import breach
from policies.breaches.cell import STRANGER, Cell


def _point(cell: Cell, **values: Any) -> str:
    """An access point of the store within the cell's network, but for what is told."""
    network = {"vpc_id": cell.ref("vpc", "id")}
    body = {"name": "x", "bucket": cell.ref("bucket", "id"), "vpc_configuration": network}
    body = {name: value for name, value in {**body, **values}.items() if value is not None}
    return cell.add("aws_s3_access_point", **body)


def _open_to_a_stranger() -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "s3:GetObject"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]}
    return json.dumps(document)


@breach("exposure-public")
def access_point_on_the_internet(cell: Cell) -> None:
    """Without a network of its own it answers from everywhere."""
    _point(cell, vpc_configuration=None)


@breach("undecided", "isolation-network")
def access_point_for_another_network(cell: Cell) -> None:
    """Another network reads the store."""
    _point(cell, vpc_configuration={"vpc_id": "vpc-0"})


@breach("exposure-public")
def access_point_that_may_be_made_public(cell: Cell) -> None:
    """The bucket's own block is as it was."""
    _point(cell, public_access_block_configuration={"block_public_policy": False})


@breach("identity-principal")
def access_point_open_to_another_account(cell: Cell) -> None:
    """A stranger reads the store by its other name."""
    _point(cell, policy=_open_to_a_stranger())


@breach("identity-principal")
def access_point_opened_by_a_resource(cell: Cell) -> None:
    """The access point itself stays as it is."""
    where = f"${{{_point(cell)}.arn}}"
    cell.add(
        "aws_s3control_access_point_policy", access_point_arn=where, policy=_open_to_a_stranger()
    )


@breach("isolation-account", "residency-transfer")
def access_point_of_a_foreign_bucket(cell: Cell) -> None:
    """A door of the cell's leads into a stranger's store."""
    _point(cell, bucket="strangers-drop")


@breach("isolation-account")
def access_point_of_another_accounts_bucket(cell: Cell) -> None:
    """The bucket of that name is a stranger's."""
    _point(cell, bucket_account_id=STRANGER)


@breach("residency-replica", "undecided")
def access_point_over_jurisdictions(cell: Cell) -> None:
    """Requests are answered in Europe or in the United States, as AWS sees fit."""
    there = [{"bucket": cell.ref("bucket", "id")}, {"bucket": "acme-copy-us"}]
    cell.add("aws_s3control_multi_region_access_point", details={"name": "x", "region": there})
