"""Regions by the key that `regions.yaml` writes."""

from agent_studio.estate.catalogue.data import CLOUDS, regions
from agent_studio.estate.region import Region


def find_region(key: str) -> Region | None:
    """Give the region `<cloud>/<name>`, or None where the catalogue has none.

    >>> find_region("aws/eu-west-1").jurisdiction
    'EU'
    """
    cloud, _, name = key.partition("/")
    return regions(cloud).get(name) if cloud in CLOUDS else None


def region_keys() -> tuple[str, ...]:
    """Give the key of every region of every cloud, in order."""
    return tuple(f"{cloud}/{name}" for cloud in CLOUDS for name in sorted(regions(cloud)))
