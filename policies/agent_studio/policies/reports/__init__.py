"""Reports: a verdict as text, for people, pull requests, auditors and machines.

Each kind is a pure function from a `Report` to text. Whatever stands in a verdict came from files
that others wrote: every report escapes it for its own syntax.
"""

from agent_studio.policies.reports.kinds import KINDS, render
from agent_studio.policies.reports.report import Report

__all__ = ["KINDS", "Report", "render"]
