"""Gate records: what binds one plan file to its verdict, signed.

A record is an in-toto Statement v1 in a DSSE envelope. Its subjects are the plan file and the
synthesized stack, its predicate says what was decided, by what, when, and under which bundle.
`write` makes one; `read_and_verify` refuses whatever is not one that allows exactly this plan.
"""

from agent_studio.policies.record.model import Expected, Record, Terms
from agent_studio.policies.record.reading import read_and_verify, verify
from agent_studio.policies.record.statement import PREDICATE_TYPE
from agent_studio.policies.record.subjects import sha256
from agent_studio.policies.record.writing import write

__all__ = [
    "PREDICATE_TYPE",
    "Expected",
    "Record",
    "Terms",
    "read_and_verify",
    "sha256",
    "verify",
    "write",
]
