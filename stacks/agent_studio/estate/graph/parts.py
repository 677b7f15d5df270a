"""The parts of the picture: chips, cards of cells, boxes of jurisdictions, the table of rules."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent_studio.estate.catalogue import places
from agent_studio.estate.graph import svg
from agent_studio.estate.graph.flows import beyond_cell, beyond_jurisdiction
from agent_studio.estate.model import Cell, DataClass, Estate, Residency, Runtime

CARD_WIDTH = 344.0
CHIP_HEIGHT = 20.0
ROW = 26.0
_SIZE = 11.0

_CLOUDS = {
    "aws": ("AWS", "#b45309"),
    "gcp": ("Google Cloud", "#1d4ed8"),
    "azure": ("Azure", "#0e7490"),
}
# Residency by colour: the stricter, the warmer.
COLOURS = {
    Residency.ANYWHERE: ("#dcfce7", "#166534"),
    Residency.JURISDICTION: ("#dbeafe", "#1e40af"),
    Residency.REGION: ("#fee2e2", "#991b1b"),
}


@dataclass
class Drawn:
    """A piece of SVG and the height that it takes, in pixels."""

    svg: list[str]
    height: float


def chip_width(label: str) -> float:
    """Give the width of a chip, in pixels."""
    return svg.width(label, _SIZE) + 16


def chip(x: float, y: float, label: str, colours: tuple[str, str], room: float) -> str:
    """Draw a chip: a short word on a coloured ground."""
    w = min(chip_width(label), room)
    return svg.box(x, y, w, CHIP_HEIGHT, fill=colours[0], radius=10) + svg.text(
        x + w / 2,
        y + 14,
        label,
        size=_SIZE,
        fill=colours[1],
        weight=600,
        anchor="middle",
        room=w - 10,
    )


def chips(x: float, y: float, labels: Iterable[tuple[str, tuple[str, str]]], room: float) -> Drawn:
    """Draw chips from left to right, over as many rows as they need."""
    drawn: list[str] = []
    left, top = x, y
    for label, colours in labels:
        w = min(chip_width(label), room)
        if left > x and left + w > x + room:
            left, top = x, top + ROW
        drawn.append(chip(left, top, label, colours, room))
        left += w + 6
    return Drawn(drawn, top - y + CHIP_HEIGHT if drawn else 0)


def class_chip(data_class: DataClass, *, deidentified: bool = False) -> tuple[str, tuple[str, str]]:
    """Give the chip of a data class; its colour tells its residency."""
    label = f"{data_class.name}, de-identified" if deidentified else data_class.name
    return label, COLOURS[data_class.residency]


def card(x: float, y: float, cell: Cell) -> Drawn:
    """Draw a cell."""
    inner = CARD_WIDTH - 28
    cloud, colour = _CLOUDS[cell.cloud]
    place = places(cell.region.cloud).get(cell.region.name, "")
    parts = [
        svg.text(x + 14, y + 23, cell.account.name, size=14, weight=700, room=inner - 110),
        svg.text(
            x + CARD_WIDTH - 14, y + 23, cloud, size=11, weight=700, fill=colour, anchor="end"
        ),
        svg.text(
            x + 14,
            y + 42,
            f"{cell.region.name} \u00b7 {place}",
            size=12,
            fill=svg.MUTED,
            room=inner - 120,
        ),
        svg.text(
            x + CARD_WIDTH - 14,
            y + 42,
            str(cell.network),
            size=11,
            fill=svg.MUTED,
            anchor="end",
            mono=True,
        ),
    ]
    top = y + 54
    for runtime in cell.runtimes:
        drawn = _runtime(x + 14, top, runtime, cell, inner)
        parts += drawn.svg
        top += drawn.height + 8
    if not cell.runtimes:
        parts.append(svg.text(x + 14, top + 14, "no runtime yet", size=12, fill=svg.MUTED))
        top += 26
    for name, target in sorted(cell.replicate.items()):
        line = f"keeps a copy of {name} in {target.name}"
        parts.append(svg.text(x + 14, top + 12, line, size=11, fill=svg.INK, room=inner))
        top += 20
    height = top - y + 4
    frame = svg.box(x, y, CARD_WIDTH, height, fill="#ffffff", stroke=svg.LINE)
    stripe = svg.box(x, y + 8, 4, height - 16, fill=colour, radius=2)
    return Drawn([frame, stripe, *parts], height)


def _runtime(x: float, y: float, runtime: Runtime, cell: Cell, room: float) -> Drawn:
    size = f"{runtime.cpu:g} vCPU, {_memory(runtime.memory)}, up to {runtime.max_instances}"
    parts = [
        svg.box(x, y, room, 1, fill="#f1f5f9", radius=0),
        svg.text(x, y + 20, runtime.name, size=12, weight=600, room=room - 190),
        svg.text(x + room, y + 20, size, size=10.5, fill=svg.MUTED, anchor="end", room=190),
    ]
    drawn = chips(x, y + 28, (class_chip(c) for c in runtime.data_classes), room)
    parts += drawn.svg
    top = y + 28 + drawn.height + 4
    service = {"aws": "bedrock/", "gcp": "vertex/", "azure": "azure/"}[cell.cloud]
    lines = [f"asks {m}" for m in runtime.models if m.startswith(service)]
    lines += [f"reaches {', '.join(runtime.egress)}"] if runtime.egress else []
    for line in lines:
        parts.append(svg.text(x, top + 12, line, size=10.5, fill=svg.MUTED, room=room))
        top += 16
    return Drawn(parts, top - y)


def _memory(mib: int) -> str:
    return f"{mib} MiB" if mib % 1024 else f"{mib // 1024} GiB"


def rules(x: float, y: float, room: float, estate: Estate) -> Drawn:
    """Draw the table that says, by data class, how far data may go."""
    columns = (x + 16, x + 210, x + 400, x + 620, x + 860)
    heads = ("data class", "in its cell", "to cells nearby", "to other jurisdictions", "kept")
    head = [
        svg.text(x + 16, y + 28, "What may flow where", size=15, weight=700),
        svg.text(
            x + 210,
            y + 28,
            "nearby: another cell of the same jurisdiction",
            size=11,
            fill=svg.MUTED,
        ),
    ]
    top = y + 56
    parts = [
        svg.text(left, top, title, size=11, fill=svg.MUTED, weight=600)
        for left, title in zip(columns, heads, strict=True)
        if left < x + room - 60
    ]
    for data_class in estate.data_classes:
        top += 30
        parts.append(svg.box(x + 16, top - 19, room - 32, 1, fill="#f1f5f9", radius=0))
        parts.append(chip(columns[0], top - 14, *class_chip(data_class), 180))
        parts.append(_verdict(columns[1], top, "free"))
        parts.append(_verdict(columns[2], top, beyond_cell(data_class)))
        parts.append(_verdict(columns[3], top, beyond_jurisdiction(data_class)))
        if columns[4] < x + room - 60:
            kept = f"{data_class.retention_days} days"
            parts.append(svg.text(columns[4], top, kept, size=12, fill=svg.INK))
    height = top - y + 22
    frame = svg.box(x, y, room, height, fill="#ffffff", stroke=svg.LINE, radius=12)
    return Drawn([frame, *head, *parts], height)


def _verdict(x: float, y: float, passage: str) -> str:
    label, colour = {
        "free": ("yes", "#15803d"),
        "deidentified": ("de-identified only", "#a16207"),
        "never": ("never", "#b91c1c"),
    }[passage]
    dot = f'<circle cx="{x + 4:.1f}" cy="{y - 4:.1f}" r="4" fill="{colour}"/>'
    return dot + svg.text(x + 15, y, label, size=12, fill=colour, weight=600)
