"""A few shapes of SVG; every text is escaped here and nowhere else."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

FONT = "Inter, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"
MONO = "'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"

# Width of an average character, as a part of the font's size; wide fonts fit too.
_WIDTH = 0.6
_WIDTH_MONO = 0.62

INK = "#1f2937"
MUTED = "#64748b"
LINE = "#cbd5e1"


def width(text: str, size: float, *, mono: bool = False) -> float:
    """Estimate the width of a text in pixels."""
    return len(text) * size * (_WIDTH_MONO if mono else _WIDTH)


def fit(text: str, size: float, room: float, *, mono: bool = False) -> str:
    """Cut a text to the room there is, in pixels."""
    if width(text, size, mono=mono) <= room:
        return text
    keep = max(int(room / (size * (_WIDTH_MONO if mono else _WIDTH))) - 1, 1)
    return text[:keep] + "\u2026"


def text(
    x: float,
    y: float,
    value: str,
    *,
    size: float = 12,
    fill: str = INK,
    weight: int = 400,
    anchor: str = "start",
    mono: bool = False,
    room: float | None = None,
) -> str:
    """Write a line of text; where it is cut to `room` pixels, its whole stands in a tooltip."""
    shown = value if room is None else fit(value, size, room, mono=mono)
    tip = f"<title>{escape(value)}</title>" if shown != value else ""
    family = f" font-family={quoteattr(MONO)}" if mono else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}" '
        f'font-weight="{weight}" text-anchor="{anchor}"{family}>{tip}{escape(shown)}</text>'
    )


def box(
    x: float,
    y: float,
    w: float,
    h: float,
    *,
    fill: str,
    stroke: str = "none",
    radius: float = 8,
    dash: str = "",
) -> str:
    """Draw a rectangle with round corners."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{radius:g}" '
        f'fill="{fill}" stroke="{stroke}"{dashes}/>'
    )


def path(points: Sequence[tuple[float, float]], *, stroke: str, css: str = "") -> str:
    """Draw a line through points; `css` names the kind of line."""
    steps = " ".join(f"{'M' if i == 0 else 'L'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(points))
    kind = f' class="{css}"' if css else ""
    return f'<path d="{steps}" fill="none" stroke="{stroke}"{kind}/>'
