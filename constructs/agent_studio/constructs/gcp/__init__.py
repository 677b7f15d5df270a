"""The blocks on Google Cloud. Each room exports its block; importing one imports no other cloud."""
