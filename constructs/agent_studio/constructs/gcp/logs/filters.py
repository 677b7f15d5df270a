"""Which log entries are the cell's.

Source: Cloud Logging, "Logging query language" and "Monitored resources and services".
"""

from agent_studio.estate import Cell, Runtime
from agent_studio.estate.names import gcp as names


def of_runtime(cell: Cell, runtime: Runtime) -> str:
    """Give the filter of a runtime's own entries, the collector's among them."""
    service = names.service(cell.scope, runtime.name)
    return (
        'resource.type="cloud_run_revision"'
        f' AND resource.labels.location="{cell.region.name}"'
        f' AND resource.labels.service_name="{service}"'
    )


def of_runtimes(cell: Cell) -> str:
    """Give the filter of the entries of every runtime of the region."""
    return f'resource.type="cloud_run_revision" AND resource.labels.location="{cell.region.name}"'


def of_network(cell: Cell) -> str:
    """Give the filter of flows, firewall decisions, translations and DNS queries of the region."""
    region = cell.region.name
    return (
        # A flow names its zone; `europe-west1` alone would match `europe-west10`, too.
        f'(resource.type="gce_subnetwork" AND resource.labels.location=~"^{region}(-[a-z])?$")'
        f' OR (resource.type="nat_gateway" AND resource.labels.region="{region}")'
        f' OR (resource.type="dns_query" AND resource.labels.location="{region}")'
    )
