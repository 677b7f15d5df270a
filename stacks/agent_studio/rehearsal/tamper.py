"""Changes behind Terraform's back: what an engineer in a hurry does in the console."""

from pathlib import Path
from typing import Any

from agent_studio.estate import Cloud
from agent_studio.estate.errors import StudioError
from agent_studio.rehearsal.sessions import Sessions
from agent_studio.rehearsal.twins.store import Store
from agent_studio.rehearsal.vault.api import Api

DATA_CLASS = "studio:data-class"
RULE = "Opened in a hurry"


def change_bucket(sessions: Sessions, state: dict[str, Any], *, account: str, region: str) -> str:
    """Say of a stack's resident store that it holds another class of data than it does.

    Args:
        sessions: clients of the emulator.
        state: the stack's resources, as `terraform show -json` gives them: address -> values.
        account: the stack's account, twelve digits.
        region: the stack's region.

    Returns:
        The address whose drift is to be found.
    """
    address, values = _first(state, "aws_s3_bucket", "store-personal")
    tags = dict(values["tags_all"])
    tags[DATA_CLASS] = "internal" if tags.get(DATA_CLASS) == "public" else "public"
    sessions.client("s3", account=account, region=region).put_bucket_tagging(
        Bucket=values["bucket"],
        Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]},
    )
    return address


def change_security_group(
    sessions: Sessions, state: dict[str, Any], *, account: str, region: str
) -> str:
    """Open a runtime's security group to the world, by one more rule.

    Args:
        sessions: clients of the emulator.
        state: the stack's resources: address -> values.
        account: the stack's account, twelve digits.
        region: the stack's region.

    Returns:
        The address whose drift is to be found.
    """
    address, values = _first(state, "aws_security_group", "runtime")
    sessions.client("ec2", account=account, region=region).authorize_security_group_ingress(
        GroupId=values["id"],
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": RULE}],
            }
        ],
    )
    return address


OPENED: dict[Cloud, tuple[str, str, Any]] = {
    Cloud.GCP: ("google_storage_bucket", "public_access_prevention", "inherited"),
    Cloud.AZURE: ("azurerm_storage_account", "public_network_access_enabled", True),
}
"""Cloud -> type, argument and value by which someone opens a resident store to the world."""


def open_store(cloud: Cloud, state: dict[str, Any], clouds: Path) -> str:
    """Open a stack's resident store to the world, in what a twin's cloud holds.

    Args:
        cloud: the stack's cloud.
        state: the stack's resources: address -> values.
        clouds: the folder of what the twins' clouds hold; one in it for each provider.

    Returns:
        The address whose drift is to be found.
    """
    kind, argument, value = OPENED[cloud]
    address, values = _first(state, kind, "store-")
    store = Store(clouds / kind.partition("_")[0])
    held = store.read(kind, values["id"])
    if held is None:
        raise StudioError(f"the twin holds no {kind} {values['id']}", fix="apply the stack first")
    store.update(kind, values["id"], {**held, argument: value})
    return address


def open_login(api: Api, state: dict[str, Any]) -> str:
    """Let the agents of a runtime log in to Vault from everywhere.

    Args:
        api: the cluster of the stack's jurisdiction.
        state: the stack's resources: address -> values.

    Returns:
        The address whose drift is to be found.
    """
    address, values = _first(state, "vault_jwt_auth_backend_role", "login")
    path = f"auth/{values['backend']}/role/{values['role_name']}"
    within = api.within(values.get("namespace") or "")
    held = within.call("GET", path)["data"]
    within.call("POST", path, {**held, "token_bound_cidrs": ["0.0.0.0/0"]})
    return address


def _first(state: dict[str, Any], kind: str, hint: str) -> tuple[str, dict[str, Any]]:
    """The first resource of a type, by address; one with the hint in its address comes first."""
    found = sorted(
        (address for address in state if address.startswith(f"{kind}.")),
        key=lambda address: (hint not in address, address),
    )
    if not found:
        raise StudioError(f"the stack has no {kind} to change", fix="choose a stack that has one")
    return found[0], state[found[0]]
