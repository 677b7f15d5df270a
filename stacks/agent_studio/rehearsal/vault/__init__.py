"""Vault on this machine: real OpenBao servers, one for each jurisdiction, and an OIDC issuer.

The servers run as in production: Raft storage, TLS, sealed until this package unseals them
(`server`, `clusters`). The issuer signs tokens as those of the clouds do (`issuer`, `tokens`).
`cells` sets up what a cell needs in its cluster, over Vault's HTTP API.
"""
