"""The stacks of cells and accounts on Google Cloud. Stacks only wire."""
