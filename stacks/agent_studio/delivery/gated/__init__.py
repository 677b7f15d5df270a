"""`studio-terraform`: Terraform for programs that run it themselves, with the gate before apply."""
