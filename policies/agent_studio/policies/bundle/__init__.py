"""The bundle: everything that decides, as one archive known by its digest.

A bundle holds Cedar policies, checkov's custom checks and skips, controls, exceptions and the
region catalogue. `present` is the one in force, `release` signs and loads archives, `chosen` puts
an older one in force (a rollback), and `replay` decides recorded plans again under another.
"""

from agent_studio.policies.bundle.archive import Archive, digest_of
from agent_studio.policies.bundle.present import Present, present, present_digest

__all__ = ["Archive", "Present", "digest_of", "present", "present_digest"]
