"""Whether what is asked of logs asks those of the own stack alone.

A query can reach further than the workspace that it is put to (Azure Monitor, "Query data across
Log Analytics workspaces"), or take data from an address (Kusto, "externaldata operator"). The kit's
own have a plain form.
"""

import re
from typing import Any

from agent_studio.policies.facts.values import document, listed

_LINES = (
    r"ContainerAppConsoleLogs \| extend line = parse_json\(Log\)"
    r' \| where line\.event == "[a-z][a-z._-]*"(?: \| extend value = todouble\(line\.[a-z_]+\))?'
)
_COUNTED = (
    r"summarize (?:count\(\)|max\(value\)) by (?:ContainerAppName, )?bin\(TimeGenerated, \d+s\)"
)
_SIGNAL = re.compile(_LINES)
_DRAWN = re.compile(rf"(?:{_LINES}|ContainerAppConsoleLogs) \| {_COUNTED}")

_WORKBOOK = frozenset({"fallbackResourceIds", "items", "version"})
_ITEM = frozenset({"content", "name", "type"})
_CONTENT = frozenset(
    {"query", "queryType", "resourceType", "timeContext", "title", "version", "visualization"}
)


def is_signal(text: str) -> bool:
    """Whether a query gives the lines of one event of the runtimes.

    >>> lines = 'ContainerAppConsoleLogs | extend line = parse_json(Log)'
    >>> is_signal(f'{lines} | where line.event == "agent.killed"'), is_signal(f'{lines} | take 0')
    (True, False)
    """
    return bool(_SIGNAL.fullmatch(text))


def is_workbook(text: str) -> bool:
    """Whether a workbook draws such queries, and asks no other resource."""
    found = document(text)
    if found is None or not found.keys() <= _WORKBOOK or found.get("fallbackResourceIds"):
        return False
    return all(_is_drawn(item) for item in listed(found.get("items")))


def _is_drawn(item: Any) -> bool:
    content = item.get("content") if isinstance(item, dict) else None
    return (
        isinstance(content, dict)
        and item.keys() <= _ITEM
        and content.keys() <= _CONTENT
        and bool(_DRAWN.fullmatch(str(content.get("query"))))
    )
