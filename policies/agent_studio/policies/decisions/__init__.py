"""Decisions in Cedar over the facts of a stack."""

from agent_studio.policies.decisions.engine import Layer, decide, estate_layer, layers_of

__all__ = ["Layer", "decide", "estate_layer", "layers_of"]
