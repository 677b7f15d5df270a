"""The cdktf app: an estate becomes one Terraform stack for the core, each account and each cell.

`python -m agent_studio.stacks` runs it; `cdktf.json` names the same with the gate's static
decisions after it. Stacks only wire the building blocks of `agent_studio.constructs`; what a block
guarantees is written there.

Importing this package imports no cdktf, so that which CDK runs it can still be chosen.
"""
