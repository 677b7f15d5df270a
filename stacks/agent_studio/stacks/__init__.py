"""The cdktf app: an estate becomes one Terraform stack for the core, each account and each cell.

`python -m agent_studio.stacks` is the app that `cdktf.json` names. Stacks only wire the building
blocks of `agent_studio.constructs`; what a block guarantees is written there.

Importing this package imports no cdktf, so that which CDK runs it can still be chosen.
"""
