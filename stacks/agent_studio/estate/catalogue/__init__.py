"""The region catalogue: every public region of the three clouds, and the legal areas they lie in.

The data is YAML beside this module, each row with its source; a cloud's file is read when the
first of its regions is asked for, and once.
"""

from agent_studio.estate.catalogue.data import (
    CLOUDS,
    Geography,
    Jurisdiction,
    deployment_types,
    fargate_sizes,
    geographies,
    jurisdiction_of,
    jurisdictions,
    model_providers,
    places,
    regions,
)
from agent_studio.estate.catalogue.lookup import find_region, region_keys

__all__ = [
    "CLOUDS",
    "Geography",
    "Jurisdiction",
    "deployment_types",
    "fargate_sizes",
    "find_region",
    "geographies",
    "jurisdiction_of",
    "jurisdictions",
    "model_providers",
    "places",
    "region_keys",
    "regions",
]
