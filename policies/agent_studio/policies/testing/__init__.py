"""Tests of the Cedar policies: tables of cases, their coverage, and mutants that they must find."""

from agent_studio.policies.testing.cases import Case, Table, read_tables
from agent_studio.policies.testing.suite import PolicyReport, Report, Suite, load_suite

__all__ = [
    "Case",
    "PolicyReport",
    "Report",
    "Suite",
    "Table",
    "load_suite",
    "read_tables",
]
