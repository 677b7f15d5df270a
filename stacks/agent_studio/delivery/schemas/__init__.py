"""Reads plan files fast: the engine is handed the part of a provider's schema that a plan needs.

`show -json` needs no provider, only its schema; yet the engine starts the provider, and decodes the
schema of each of its 2,000 types: 2.5 s of CPU for the AWS provider, as much as a third of a plan.
So the provider is asked once, and each `show` is answered from that with the types that its plan
names, over Terraform's own reattachment (TF_REATTACH_PROVIDERS): 0.2 s, and the same output.

Whatever does not go as expected here leads back to the engine's own way.
"""

from agent_studio.delivery.schemas.reattached import reattached

__all__ = ["reattached"]
