"""Building blocks, the same in each cloud: who declares an estate wires these and nothing else."""
