"""What the emulator lacks or answers wrongly, put right.

Two kinds: handlers that answer a whole call in moto's stead (`call.operation`, `call.rest`), and
amendments that complete moto's own answer (`call.amend`). Each cites the API's documentation.
The list, with what stays unreal, is in `docs/reference/emulator.md`.
"""

from importlib import import_module

MODULES = (
    "access_analyzer",
    "autoscaling",
    "budgets",
    "budgets",
    "dns_firewall",
    "dns_firewall_links",
    "ec2_defaults",
    "ecs",
    "kms",
    "network_firewall",
    "s3_logging",
    "sqs",
)


def install() -> None:
    """Register every handler and amendment, once per process."""
    for name in MODULES:
        import_module(f"{__name__}.{name}")
