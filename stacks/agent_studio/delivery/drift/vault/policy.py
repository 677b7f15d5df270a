"""The policy of whoever looks for what nobody declared, as Vault takes it."""

from agent_studio.estate.names import vault as names

_ROOT = """\
path "sys/namespaces/*" { capabilities = ["list"] }
path "sys/mounts" { capabilities = ["read"] }
path "sys/auth" { capabilities = ["read"] }
path "sys/policies/acl/*" { capabilities = ["list"] }
path "auth/+/role/*" { capabilities = ["list"] }
path "auth/token/accessors" { capabilities = ["list", "sudo"] }
path "auth/token/lookup-accessor" { capabilities = ["update"] }
path "identity/entity/id/*" { capabilities = ["list", "read"] }
path "identity/group/id/*" { capabilities = ["list", "read"] }
"""

_KEYS = """\
path "+/transit/keys/*" { capabilities = ["list", "read"] }
"""

_DEEPER = """\
path "auth/+/+/role/*" { capabilities = ["list"] }
"""


def drift_policy(isolation: names.Isolation) -> str:
    """Give the policy that stands in the root namespace; docs/runbooks/drift.md shows it.

    It lists and reads. What it updates is a look-up: of a token, by its accessor.

    Args:
        isolation: how cells are held apart. With namespaces all that is read in the root namespace
            is read in each place's; without them a cell's roles lie one level deeper.

    Returns:
        HCL, a path a line.
    """
    if isolation == "namespace":
        return _ROOT + _ROOT.replace('path "', 'path "+/') + _KEYS
    return _ROOT + _DEEPER + _KEYS
