"""Twins: local stand-ins for clouds whose real provider can't be run without them.

One program speaks Terraform's plugin protocol in the place of a provider. Its schema is the real
provider's, as the prebuilt bindings carry it, so the real Terraform refuses what the real provider
would refuse: unknown arguments, missing ones, wrong types and wrong nesting. What is applied lives
in a folder. A twin is no cloud: it knows no quota, no permission and few of a cloud's own checks.
"""
