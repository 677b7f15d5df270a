"""The blocks on Azure. Each room exports its block; importing one imports no other cloud."""
