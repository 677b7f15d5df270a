"""The cell at a glance: a workbook.

Source: Azure Monitor, "Azure Workbooks overview" and the template format of `Notebook/1.0`.
"""

import json

from cdktf import Fn
from cdktf_cdktf_provider_azurerm.application_insights_workbook import ApplicationInsightsWorkbook
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.logs import queries
from agent_studio.constructs.azure.logs.events import SIGNALS
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.azure.workspace import CellWorkspace
from agent_studio.estate.model import Cell
from agent_studio.estate.names import azure as names

_QUERY = 3
"""The type of a workbook's item that draws a query."""

_LOGS = 0
"""The type of a query over logs."""


def dashboard(
    scope: Construct, id_: str, *, cell: Cell, workspace: CellWorkspace
) -> ApplicationInsightsWorkbook:
    """Draw each signal of the cell, and what its runtimes log."""
    drawn = [(each.id, each.title, queries.of_period(each)) for each in SIGNALS]
    drawn.append(
        (
            "entries",
            "Entries logged",
            f"{queries.CONSOLE} | summarize count() by ContainerAppName, bin(TimeGenerated, 300s)",
        )
    )
    body = {
        "version": "Notebook/1.0",
        "items": [_graph(id_, title, query) for id_, title, query in drawn],
        "fallbackResourceIds": [],
    }
    return ApplicationInsightsWorkbook(
        scope,
        id_,
        name=names.workbook(cell.scope, "dashboard"),
        display_name=f"{cell.studio}: {cell.id}",
        location=cell.region.name,
        resource_group_name=CellGroup.of(scope, cell=cell).name,
        # The provider takes it in lower case alone.
        source_id=Fn.lower(workspace.workspace_id),
        category="workbook",
        data_json=json.dumps(body, sort_keys=True, separators=(",", ":")),
        tags=tags(cell, "dashboard"),
    )


def _graph(id_: str, title: str, query: str) -> dict[str, object]:
    return {
        "type": _QUERY,
        "name": id_,
        "content": {
            "version": "KqlItem/1.0",
            "title": title,
            "query": query,
            "queryType": _LOGS,
            "resourceType": "microsoft.operationalinsights/workspaces",
            "timeContext": {"durationMs": 86_400_000},
            "visualization": "timechart",
        },
    }
