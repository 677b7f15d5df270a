"""What `studio doctor` looks at: this machine, the clouds' credentials, the Vault clusters."""
