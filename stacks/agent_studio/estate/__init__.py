"""The estate: what `regions.yaml` declares, checked, with every name computed from it.

This package imports nothing else of Agent Studio, so that every other part may stand on it.
"""

from agent_studio.estate.model import (
    Account,
    AccountSpec,
    Budget,
    Cell,
    CellSpec,
    CiSpec,
    Cloud,
    CoreSpec,
    DataClass,
    Estate,
    EstateSpec,
    Layer,
    Residency,
    Runtime,
    StackRef,
    VaultSpec,
)
from agent_studio.estate.region import Region
from agent_studio.estate.scope import Scope

__all__ = [
    "Account",
    "AccountSpec",
    "Budget",
    "Cell",
    "CellSpec",
    "CiSpec",
    "Cloud",
    "CoreSpec",
    "DataClass",
    "Estate",
    "EstateSpec",
    "Layer",
    "Region",
    "Residency",
    "Runtime",
    "Scope",
    "StackRef",
    "VaultSpec",
]
