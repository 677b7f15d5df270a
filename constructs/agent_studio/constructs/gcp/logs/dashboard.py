"""The cell at a glance."""

import json

from cdktf_cdktf_provider_google.monitoring_dashboard import MonitoringDashboard
from constructs import Construct

from agent_studio.constructs.gcp.logs.alarms import metric_type
from agent_studio.constructs.gcp.logs.events import SIGNALS, Signal
from agent_studio.estate.model import Cell
from agent_studio.estate.names import gcp as names

_COLUMNS = "2"


def dashboard(scope: Construct, id_: str, *, cell: Cell) -> MonitoringDashboard:
    """Draw each signal of the cell, and what its runtimes log.

    Source: Cloud Monitoring API, "Dashboards".
    """
    graphs = [_signal(cell, signal) for signal in SIGNALS]
    if cell.runtimes:
        services = [names.service(cell.scope, runtime.name) for runtime in cell.runtimes]
        graphs.append(
            _graph(
                "Entries logged",
                f'metric.type="logging.googleapis.com/log_entry_count" AND {_services(services)}',
                aligner="ALIGN_DELTA",
                reducer="REDUCE_SUM",
                seconds=300,
            )
        )
    body = {
        "displayName": f"{cell.studio}: {cell.id}",
        "gridLayout": {"columns": _COLUMNS, "widgets": graphs},
    }
    return MonitoringDashboard(
        scope, id_, dashboard_json=json.dumps(body, sort_keys=True, separators=(",", ":"))
    )


def _signal(cell: Cell, signal: Signal) -> dict[str, object]:
    counted = signal.field is None
    return _graph(
        signal.title,
        f'metric.type="{metric_type(cell, signal)}" AND resource.type="cloud_run_revision"',
        aligner="ALIGN_DELTA" if counted else "ALIGN_PERCENTILE_99",
        reducer="REDUCE_SUM" if counted else "REDUCE_MAX",
        seconds=signal.period_seconds,
    )


def _services(services: list[str]) -> str:
    quoted = ",".join(f'"{each}"' for each in services)
    return f'resource.type="cloud_run_revision" AND resource.label.service_name=one_of({quoted})'


def _graph(
    title: str, series: str, *, aligner: str, reducer: str, seconds: int
) -> dict[str, object]:
    return {
        "title": title,
        "xyChart": {
            "dataSets": [
                {
                    "plotType": "LINE",
                    "timeSeriesQuery": {
                        "timeSeriesFilter": {
                            "filter": series,
                            "aggregation": {
                                "alignmentPeriod": f"{seconds}s",
                                "perSeriesAligner": aligner,
                                "crossSeriesReducer": reducer,
                            },
                        }
                    },
                }
            ]
        },
    }
