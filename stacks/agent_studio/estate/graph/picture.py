"""Lays the parts out: the core on top, jurisdictions in rows below it, the rules at the foot.

Two lanes join the rows. From the core, a dashed control lane runs down the left margin and over
each row: the core comes to the cells. A solid data lane runs under each row and up the right
margin: what may cross the border of a jurisdiction.
"""

from dataclasses import dataclass, field
from math import ceil
from xml.sax.saxutils import escape

from agent_studio.estate.catalogue import jurisdictions, places
from agent_studio.estate.graph import svg
from agent_studio.estate.graph.flows import Area, areas, beyond_jurisdiction, crossing
from agent_studio.estate.graph.parts import (
    CARD_WIDTH,
    CHIP_HEIGHT,
    card,
    chip_width,
    chips,
    class_chip,
    rules,
)
from agent_studio.estate.model import Estate

MARGIN = 56.0
COLUMN = CARD_WIDTH + 48
GAP = 36.0
COLUMNS = 3
_CONTROL = "#7c3aed"
_DATA = "#0f766e"

_STYLE = f"""
text {{ font-family: {svg.FONT}; }}
.control {{ stroke-width: 1.6; stroke-dasharray: 5 4; }}
.data {{ stroke-width: 2; }}
.bus {{ stroke-width: 1.6; }}
.to {{ marker-end: url(#to); }}
.both {{ marker-end: url(#data); }}
"""

_MARKERS = (
    '<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>'
)


@dataclass
class _Placed:
    """A jurisdiction, drawn, with its place."""

    x: float
    width: float
    height: float
    svg: list[str] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """The middle of its upper and lower edge."""
        return self.x + self.width / 2


def draw(estate: Estate) -> str:
    """Draw an estate as an SVG document.

    Args:
        estate: the estate.

    Returns:
        The document; every text in it is escaped.
    """
    found = areas(estate)
    rows = _rows(found)
    spans = max((sum(_span(area) for area in row) for row in rows), default=1)
    inner = max(COLUMN * spans + GAP * (spans - 1), 2 * COLUMN + GAP)
    page = inner + 2 * MARGIN
    parts = _head(estate, found, page)
    top = 96.0
    parts += _core(estate, page, top)
    top += 74
    joined = len(found) > 1
    trunk = (MARGIN - 28, page - MARGIN + 28)
    parts.append(
        svg.path(
            [(page / 2 - 170, top - 34), (trunk[0], top - 34), (trunk[0], top)],
            stroke=_CONTROL,
            css="control",
        )
    )
    first_lane: float | None = None
    for row in rows:
        lane = top + 18
        parts.append(svg.path([(trunk[0], top), (trunk[0], lane)], stroke=_CONTROL, css="control"))
        boxes_top = lane + 26
        placed = _place(row, inner, boxes_top)
        parts.append(
            svg.path([(trunk[0], lane), (placed[-1].middle, lane)], stroke=_CONTROL, css="control")
        )
        bottom = boxes_top + max(p.height for p in placed)
        data_lane = bottom + 34
        for p in placed:
            parts += p.svg
            parts.append(
                svg.path(
                    [(p.middle, lane), (p.middle, boxes_top - 3)], stroke=_CONTROL, css="control to"
                )
            )
            if joined:
                parts.append(
                    svg.path(
                        [(p.middle, data_lane), (p.middle, boxes_top + p.height + 3)],
                        stroke=_DATA,
                        css="data both",
                    )
                )
        if joined:
            end = trunk[1] if len(rows) > 1 else placed[-1].middle
            parts.append(
                svg.path(
                    [(placed[0].middle, data_lane), (end, data_lane)], stroke=_DATA, css="data"
                )
            )
            if first_lane is None:
                first_lane = data_lane
                parts += _border(estate, placed, data_lane, end)
            last_lane = data_lane
            bottom = data_lane + 12
        parts.append(
            svg.path([(trunk[0], lane), (trunk[0], bottom + 12)], stroke=_CONTROL, css="control")
            if row is not rows[-1]
            else ""
        )
        top = bottom + 12
    if first_lane is not None and len(rows) > 1:
        parts.append(
            svg.path([(trunk[1], first_lane), (trunk[1], last_lane)], stroke=_DATA, css="data")
        )
    table = rules(MARGIN, top + 16, inner, estate)
    parts += table.svg
    height = top + 16 + table.height + 32
    return _document(estate, page, height, parts)


def _document(estate: Estate, page: float, height: float, parts: list[str]) -> str:
    markers = _MARKERS.format(name="to", colour=_CONTROL) + _MARKERS.format(
        name="data", colour=_DATA
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{page:.0f}" '
            f'height="{height:.0f}" viewBox="0 0 {page:.0f} {height:.0f}">',
            f"<title>{escape(f'The estate {estate.studio}')}</title>",
            f"<desc>{len(estate.cells)} cells by jurisdiction, and what may flow where</desc>",
            f"<style>{_STYLE}</style>",
            f"<defs>{markers}</defs>",
            svg.box(0, 0, page, height, fill="#f8fafc", radius=0),
            *(part for part in parts if part),
            "</svg>",
            "",
        ]
    )


def _head(estate: Estate, found: tuple[Area, ...], page: float) -> list[str]:
    counts = (
        (len(estate.cells), "cell"),
        (len(found), "jurisdiction"),
        (len(estate.accounts), "account"),
    )
    line = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts)
    legend = page - MARGIN - 290
    return [
        svg.text(MARGIN, 46, f"Estate {estate.studio}", size=24, weight=700),
        svg.text(MARGIN, 68, line, size=13, fill=svg.MUTED),
        svg.path([(legend, 41), (legend + 34, 41)], stroke=_CONTROL, css="control to"),
        svg.text(legend + 44, 45, "the core comes to the cells", size=12, fill=svg.MUTED),
        svg.path([(legend, 63), (legend + 34, 63)], stroke=_DATA, css="data both"),
        svg.text(legend + 44, 67, "data that may cross a border", size=12, fill=svg.MUTED),
    ]


def _core(estate: Estate, page: float, top: float) -> list[str]:
    region = estate.core_region
    left, room = page / 2 - 170, 340.0
    where = f"{region.name} \u00b7 {places(region.cloud)[region.name]}, {region.jurisdiction}"
    return [
        svg.box(left, top, room, 60, fill="#ede9fe", stroke="#c4b5fd", radius=12),
        svg.text(left + 16, top + 25, "Core", size=15, weight=700, fill="#4c1d95"),
        svg.text(
            left + room - 16,
            top + 25,
            estate.spec.core.domain,
            size=12,
            fill="#4c1d95",
            anchor="end",
            room=room - 90,
        ),
        svg.text(left + 16, top + 45, where, size=12, fill=svg.MUTED, room=room - 120),
        svg.text(
            left + room - 16,
            top + 45,
            estate.core_account.name,
            size=12,
            fill=svg.MUTED,
            anchor="end",
            room=90,
        ),
    ]


def _border(estate: Estate, placed: list[_Placed], lane: float, end: float) -> list[str]:
    """Label the data lane with the classes that may cross a border, on its middle."""
    allowed = crossing(estate)
    labels = [class_chip(c, deidentified=beyond_jurisdiction(c) != "free") for c in allowed]
    if not labels:
        labels = [("no data may cross", ("#f1f5f9", svg.MUTED))]
    start = placed[0].middle
    room = max(end - start - 24, 160)
    total = min(sum(chip_width(label) + 6 for label, _ in labels) - 6, room)
    left = (start + end) / 2 - total / 2
    drawn = chips(left, lane - CHIP_HEIGHT / 2, labels, room)
    back = svg.box(left - 8, lane - 14, total + 16, drawn.height + 8, fill="#f8fafc", radius=12)
    return [back, *drawn.svg]


def _span(area: Area) -> int:
    return min(COLUMNS, max(1, ceil(len(area.cells) / 4)))


def _rows(found: tuple[Area, ...]) -> list[list[Area]]:
    rows: list[list[Area]] = []
    for area in found:
        if rows and sum(_span(a) for a in rows[-1]) + _span(area) <= COLUMNS:
            rows[-1].append(area)
        else:
            rows.append([area])
    return rows


def _place(row: list[Area], inner: float, top: float) -> list[_Placed]:
    widths = [COLUMN * _span(a) + GAP * (_span(a) - 1) for a in row]
    left = MARGIN + (inner - sum(widths) - GAP * (len(row) - 1)) / 2
    placed = []
    for area, wide in zip(row, widths, strict=True):
        placed.append(_area(area, left, top, wide))
        left += wide + GAP
    return placed


def _area(area: Area, x: float, y: float, wide: float) -> _Placed:
    jurisdiction = jurisdictions()[area.name]
    parts = [
        svg.text(x + 20, y + 32, area.name, size=18, weight=700),
        svg.text(
            x + 20 + svg.width(area.name, 18) + 12,
            y + 32,
            jurisdiction.title,
            size=12,
            fill=svg.MUTED,
            room=wide - 60 - svg.width(area.name, 18),
        ),
    ]
    top = y + 48
    bus_from: float | None = None
    if len(area.cells) > 1:
        parts.append(svg.text(x + 20, top + 14, "its cells may share", size=11, fill=svg.MUTED))
        shared = [class_chip(c, deidentified=False) for c in area.shared] or [
            ("nothing", ("#f1f5f9", svg.MUTED))
        ]
        drawn = chips(x + 150, top, shared, wide - 170)
        parts += drawn.svg
        top += drawn.height + 14
        bus_from = top - 8
    span = _span(area)
    tops = [top] * span
    middles: list[list[float]] = [[] for _ in range(span)]
    cards: list[str] = []
    for cell in area.cells:
        column = tops.index(min(tops))
        drawn = card(x + 28 + column * (COLUMN + GAP), tops[column], cell)
        cards += drawn.svg
        middles[column].append(tops[column] + 22)
        tops[column] += drawn.height + 14
    height = max(tops) - y + 6
    frame = svg.box(x, y, wide, height, fill="#eef2f7", stroke=svg.LINE, radius=14)
    buses = _buses(x, middles, bus_from) if bus_from is not None and area.shared else []
    return _Placed(x, wide, height, [frame, *parts, *buses, *cards])


def _buses(x: float, middles: list[list[float]], start: float) -> list[str]:
    """Join the cards of a jurisdiction by a line at the left of each column."""
    lines: list[str] = []
    for column, ticks in enumerate(middles):
        left = x + 14 + column * (COLUMN + GAP)
        if ticks:
            lines.append(svg.path([(left, start), (left, ticks[-1])], stroke=_DATA, css="bus"))
        lines += [
            svg.path([(left, tick), (left + 14, tick)], stroke=_DATA, css="bus") for tick in ticks
        ]
    last = x + 14 + (sum(1 for ticks in middles if ticks) - 1) * (COLUMN + GAP)
    if last > x + 14:
        lines.append(svg.path([(x + 14, start), (last, start)], stroke=_DATA, css="bus"))
    return lines
