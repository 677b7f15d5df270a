"""What the emulator lacks or answers wrongly, put right.

Handlers answer a whole call in moto's stead (`call.operation`, `call.rest`); amendments complete
moto's own JSON answer (`call.amend`); where the answer is XML, a model of moto is corrected when
its module here is imported (`bucket_policies`, `rds`, `security_group_rules`). Each cites the
API's documentation. The list, with what stays unreal, is in `docs/reference/emulator.md`.
"""

from importlib import import_module

MODULES = (
    "access_analyzer",
    "acm",
    "autoscaling",
    "bucket_policies",
    "budgets",
    "dns_firewall",
    "dns_firewall_links",
    "ec2_defaults",
    "ecs",
    "kms",
    "network_firewall",
    "query_logs",
    "rds",
    "s3_logging",
    "security_group_rules",
    "sqs",
)


def install() -> None:
    """Register every handler and amendment, once per process."""
    for name in MODULES:
        import_module(f"{__name__}.{name}")
