"""The cell at a glance."""

import json

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

from agent_studio.constructs.aws.logs.alarms import namespace
from agent_studio.constructs.aws.logs.events import SIGNALS
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

_WIDTH, _HEIGHT, _COLUMNS = 8, 6, 24
"""In units of the dashboard's grid (CloudWatch API, "Dashboard body structure and syntax")."""


def dashboard(scope: Construct, id_: str, *, cell: Cell) -> CloudwatchDashboard:
    """Draw each signal of the cell, and what its log groups take in."""
    place = cell.scope
    graphs = [
        _graph(
            signal.title,
            [[namespace(cell), signal.metric]],
            place.region,
            statistic=signal.statistic,
            period=signal.period_seconds,
        )
        for signal in SIGNALS
    ]
    taken_in = [
        ["AWS/Logs", "IncomingBytes", "LogGroupName", names.log_group(place, runtime.name)]
        for runtime in cell.runtimes
    ]
    if taken_in:
        graphs.append(_graph("Logs taken in (bytes)", taken_in, place.region))
    per_row = _COLUMNS // _WIDTH
    widgets = [
        {
            "type": "metric",
            "x": index % per_row * _WIDTH,
            "y": index // per_row * _HEIGHT,
            "width": _WIDTH,
            "height": _HEIGHT,
            "properties": graph,
        }
        for index, graph in enumerate(graphs)
    ]
    return CloudwatchDashboard(
        scope,
        id_,
        dashboard_name=names.label(place, "cell", limit=255),
        dashboard_body=json.dumps({"widgets": widgets}, sort_keys=True, separators=(",", ":")),
    )


def _graph(
    title: str, metrics: list[list[str]], region: str, *, statistic: str = "Sum", period: int = 300
) -> dict[str, object]:
    return {
        "title": title,
        "metrics": metrics,
        "region": region,
        "stat": statistic,
        "period": period,
        "view": "timeSeries",
    }
