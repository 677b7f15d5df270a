"""Keys that never leave Vault: its transit engine signs, and tells the public halves.

* `variables`: what Vault's own variables say.
* `reference`: which key, in which cluster, and as whom to come to it.
* `connection`: one request with a deadline, and no word of what was sent in any error.
* `versions`: a key's versions, each with its own public half and key id.
* `signer`: signs by the latest version.
* `trust`: trusts the versions that Vault still holds.
* `export`: writes the public halves into a folder, for whoever verifies without Vault.
"""
