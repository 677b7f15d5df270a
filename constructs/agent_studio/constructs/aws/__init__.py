"""The blocks on AWS. Each room exports its block; importing one imports no other cloud."""
