"""Terraform's plugin protocol, version 6: how an engine and a provider speak with each other.

Source of messages, fields and rules: Terraform's `docs/plugin-protocol/tfplugin6.proto` and
`docs/resource-instance-change-lifecycle.md`; of the handshake: hashicorp/go-plugin,
`docs/internals.md`.
"""
