"""The table of breaches, from all topics."""

import importlib

from policies.breaches.breach import Breach, told

TOPICS = (
    "models",
    "places",
    "copies",
    "deliveries",
    "secrets",
    "encryption",
    "trusts",
    "grants",
    "network",
    "vault",
    "subnets",
    "names",
    "exposure",
    "access_points",
    "changes",
    "spellings",
)

for topic in TOPICS:
    importlib.import_module(f"policies.breaches.{topic}")

BREACHES: tuple[Breach, ...] = told()
