"""The stacks of cells on Azure. Stacks only wire."""
