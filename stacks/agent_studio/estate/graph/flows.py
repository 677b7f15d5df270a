"""What may flow where, by data class."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from agent_studio.estate.model import Cell, DataClass, Estate, Residency

Passage = Literal["free", "deidentified", "never"]


def beyond_cell(data_class: DataClass) -> Passage:
    """Tell whether data of a class may go to another cell of its jurisdiction."""
    if data_class.residency is not Residency.REGION:
        return "free"
    return "deidentified" if data_class.crossing else "never"


def beyond_jurisdiction(data_class: DataClass) -> Passage:
    """Tell whether data of a class may go to another jurisdiction."""
    if data_class.residency is Residency.ANYWHERE:
        return "free"
    return "deidentified" if data_class.crossing else "never"


@dataclass(frozen=True)
class Area:
    """A jurisdiction's cells, and the classes of data that they hold."""

    name: str
    cells: tuple[Cell, ...]
    data_classes: tuple[DataClass, ...]

    @property
    def shared(self) -> tuple[DataClass, ...]:
        """The classes that its cells may pass to each other."""
        return tuple(c for c in self.data_classes if beyond_cell(c) != "never")


def areas(estate: Estate) -> tuple[Area, ...]:
    """Group the cells by jurisdiction, in the file's order."""
    groups: dict[str, list[Cell]] = {}
    for cell in estate.cells:
        groups.setdefault(cell.jurisdiction, []).append(cell)
    return tuple(
        Area(name, tuple(cells), _classes(estate, cells)) for name, cells in groups.items()
    )


def crossing(estate: Estate) -> tuple[DataClass, ...]:
    """Give the classes in use that may leave a jurisdiction, in the file's order."""
    used = _classes(estate, estate.cells)
    return tuple(c for c in used if beyond_jurisdiction(c) != "never")


def _classes(estate: Estate, cells: Iterable[Cell]) -> tuple[DataClass, ...]:
    held = {c.name for cell in cells for c in cell.data_classes}
    return tuple(c for c in estate.data_classes if c.name in held)
