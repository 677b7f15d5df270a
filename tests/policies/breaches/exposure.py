"""Things that anyone can reach."""

from policies.breaches.breach import breach
from policies.breaches.cell import Cell

OFF = {"block_public_acls": False, "block_public_policy": False}


@breach("exposure-public")
def public_access_block_off(cell: Cell) -> None:
    """Nothing keeps the bucket from being made public."""
    more = {"ignore_public_acls": False, "restrict_public_buckets": False}
    cell.set(cell.part("public access block"), **OFF, **more)


@breach("exposure-public")
def public_access_block_half_off(cell: Cell) -> None:
    """One of four switches is enough."""
    cell.set(cell.part("public access block"), restrict_public_buckets=False)


@breach("exposure-public")
def public_access_block_left_half_out(cell: Cell) -> None:
    """The provider's default for each switch is off."""
    cell.set(cell.part("public access block"), block_public_policy=None)


@breach("exposure-public")
def public_access_block_gone(cell: Cell) -> None:
    """The bucket's own block is gone."""
    cell.remove(cell.part("public access block"))


@breach("exposure-public")
def public_access_block_of_another_bucket(cell: Cell) -> None:
    """The block is there, and is another bucket's."""
    cell.set(cell.part("public access block"), bucket="some-other-bucket")


@breach("exposure-public")
def bucket_public_by_its_list(cell: Cell) -> None:
    """An access list of old lets the world read."""
    cell.add("aws_s3_bucket_acl", bucket=cell.ref("bucket", "id"), acl="public-read")


@breach("exposure-public")
def bucket_as_a_website(cell: Cell) -> None:
    """A website is for everyone."""
    index = [{"suffix": "index.html"}]
    bucket = cell.ref("bucket", "id")
    cell.add("aws_s3_bucket_website_configuration", bucket=bucket, index_document=index)


@breach("exposure-public")
def subnet_with_public_addresses(cell: Cell) -> None:
    """Whatever starts there is on the internet."""
    cell.set(cell.part("subnet"), map_public_ip_on_launch=True)


@breach("exposure-public")
def task_with_a_public_address(cell: Cell) -> None:
    """An agent is on the internet."""
    network = dict(cell.body(cell.part("service"))["network_configuration"])
    network["assign_public_ip"] = True
    cell.set(cell.part("service"), network_configuration=network)


@breach("exposure-public")
def machine_with_a_public_address(cell: Cell) -> None:
    """A machine is on the internet."""
    subnet = cell.ref("subnet", "id")
    cell.add("aws_instance", ami="ami-0", subnet_id=subnet, associate_public_ip_address=True)


@breach("exposure-public")
def load_balancer_on_the_internet(cell: Cell) -> None:
    """A door for everyone."""
    cell.add("aws_lb", name="acme-x", internal=False, subnets=[cell.ref("public subnet", "id")])


@breach("exposure-public")
def load_balancer_on_the_internet_by_default(cell: Cell) -> None:
    """Without `internal` it is public."""
    cell.add("aws_lb", name="acme-x", subnets=[cell.ref("public subnet", "id")])


@breach("exposure-public")
def database_on_the_internet(cell: Cell) -> None:
    """Anyone may try its password."""
    cell.add(
        "aws_db_instance",
        instance_class="db.t4g.small",
        storage_encrypted=True,
        kms_key_id=cell.ref("operations key"),
        publicly_accessible=True,
        lifecycle={"prevent_destroy": True},
    )


@breach("exposure-public")
def function_on_the_internet(cell: Cell) -> None:
    """A URL without sign-in."""
    cell.add("aws_lambda_function_url", function_name="x", authorization_type="NONE")


@breach("exposure-public")
def gateway_on_the_internet(cell: Cell) -> None:
    """An API for everyone."""
    cell.add("aws_apigatewayv2_api", name="acme-x", protocol_type="HTTP")


@breach("exposure-public", "residency-transfer")
def content_network(cell: Cell) -> None:
    """Copies of the store lie at every edge of the world."""
    origin = [{"domain_name": cell.ref("bucket", "bucket_regional_domain_name"), "origin_id": "s"}]
    cell.add("aws_cloudfront_distribution", enabled=True, origin=origin)


@breach("exposure-public")
def images_for_everyone(cell: Cell) -> None:
    """A public repository shows the code of the agents."""
    cell.add("aws_ecrpublic_repository", repository_name="acme-agent")
