"""The fenced code blocks of the documentation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```\s*$", re.M | re.S
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block: where it stands, its info string's words, and its text without indent."""

    page: Path
    line: int
    info: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every page of prose that we ship."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(language: str) -> Iterator[Block]:
    """Every block of one language over all pages."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for found in _FENCE.finditer(text):
            info = tuple(found["info"].split())
            if info[:1] == (language,):
                indent = len(found["indent"])
                body = "\n".join(line[indent:] for line in found["body"].splitlines())
                line = text.count("\n", 0, found.start()) + 1
                yield Block(page=page, line=line, info=info, text=body)
