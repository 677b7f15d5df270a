"""The cdktf app with the gate's first decision: a stack that it denies is not synthesized.

`python -m agent_studio.delivery.app` is what `cdktf.json` names and what `studio synth` runs. It
stands here since stacks and policies know nothing of each other.
"""
