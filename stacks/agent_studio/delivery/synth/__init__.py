"""The synth step: from the estate's file to one `cdk.tf.json` for each stack."""

from agent_studio.delivery.synth.run import SynthFailed, synthesize

__all__ = ["SynthFailed", "synthesize"]
