"""The whole estate deployed on one machine, with no cloud account.

An AWS emulator (`emulator`, `server`, `mends`), the override files that point synthesized stacks
at it (`overlay`), and the pipeline run over it (`run`, `demo`, `report`). Product code knows
nothing of it.
"""
