"""The policy of whoever kills, as Vault takes it."""

from agent_studio.estate.names import vault as names

_POLICY = """\
path "+/auth/token/accessors" { capabilities = ["list", "sudo"] }
path "+/auth/token/lookup-accessor" { capabilities = ["update"] }
path "+/auth/token/revoke-accessor" { capabilities = ["update"] }
path "+/auth/+/role/*" { capabilities = ["list", "read", "update"] }
path "+/sys/mounts" { capabilities = ["read"] }
path "+/sys/leases/lookup/*" { capabilities = ["list", "sudo"] }
path "+/sys/leases/revoke-prefix/*" { capabilities = ["update", "sudo"] }
"""


def kill_policy(isolation: names.Isolation) -> str:
    """Give the policy that stands in the root namespace; docs/runbooks/kill.md shows it.

    Args:
        isolation: how cells are held apart. Without namespaces a cell's roles lie one level deeper,
            below its prefix.

    Returns:
        HCL, a path a line.
    """
    if isolation == "namespace":
        return _POLICY
    return _POLICY.replace('"+/', '"').replace("auth/+/role/*", "auth/+/+/role/*")
