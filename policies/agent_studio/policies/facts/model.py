"""A fact: one thing that a stack would have stand or happen, as decisions see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What is decided on; Cedar's actions are named so, at plan time and at run time."""

    PROVISION = "Provision"
    STORE = "Store"
    REPLICATE = "Replicate"
    TRANSFER = "Transfer"
    INFER = "Infer"
    CONNECT = "Connect"
    GRANT = "Grant"
    ASSUME = "Assume"
    READ_SECRET = "ReadSecret"  # noqa: S105 - the name of an action


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One fact.

    Attributes:
        action: what would happen.
        address: the resource's Terraform address; `terraform.backend` or `provider.aws` where the
            fact is about those.
        context: what is known of it, as the schema `policies/cedar/schema.cedarschema` has it for
            the action, without `unknown`.
        unknown: what is needed to decide and can't be known before the apply, in a few words each.
    """

    action: Action
    address: str
    context: Mapping[str, Any]
    unknown: tuple[str, ...] = ()
