"""Tests of the gate's rules: tables of cases, their coverage, and mutants that they must find."""

from agent_studio.policies.testing.cases import Case, Table, read_tables
from agent_studio.policies.testing.check_cases import CheckCase
from agent_studio.policies.testing.checks import CheckReport, CheckSuite
from agent_studio.policies.testing.suite import PolicyReport, Report, Suite, load_suite

__all__ = [
    "Case",
    "CheckCase",
    "CheckReport",
    "CheckSuite",
    "PolicyReport",
    "Report",
    "Suite",
    "Table",
    "load_suite",
    "read_tables",
]
