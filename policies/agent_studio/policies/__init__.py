"""The gate: what may be applied, and why not.

`model` holds what goes in and comes out, `gate.judge` decides, `record` binds a decision to a plan
file. Nothing here imports cdktf; checkov is imported when the first plan is judged.
"""

from agent_studio.policies.model import Finding, Objection, PlanInput, Severity, Stage, Verdict

__all__ = ["Finding", "Objection", "PlanInput", "Severity", "Stage", "Verdict"]
