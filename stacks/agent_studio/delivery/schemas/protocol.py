"""What an engine and a provider agree on before they speak, whoever plays either part."""

COOKIE = "TF_PLUGIN_MAGIC_COOKIE"
COOKIE_VALUE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
"""Tells a provider that it is run by an engine (terraform-plugin-go, `tf5server/server.go`)."""

SCHEMA_CALLS = {
    5: ("tfplugin5.Provider", "GetSchema"),
    6: ("tfplugin6.Provider", "GetProviderSchema"),
}
"""Protocol -> service and call for the schema (Terraform's `docs/plugin-protocol/*.proto`)."""
