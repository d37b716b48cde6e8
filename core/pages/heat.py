"""The shape of a heat map: a table of levels with counts that link, and a column for what cannot be estimated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

UNKNOWN = "?"


@dataclass(frozen=True)
class Pin:
    """A mark in a cell: css is "" for Before, "now" for Today, "goal" for Target."""

    label: Any
    css: str = ""


@dataclass(frozen=True)
class HeatCell:
    """One cell; ``label`` says its count aloud ("2 risks, high")."""

    level: str
    count: int = 0
    url: str = ""
    label: str = ""
    pins: Sequence[Pin] = ()
    unknown: bool = False


@dataclass(frozen=True)
class HeatColumn:
    """A likelihood; ``unknown`` sets the column apart."""

    value: Any
    label: Any
    unknown: bool = False


@dataclass(frozen=True)
class HeatRow:
    """A consequence with its cells, one a column."""

    label: Any
    cells: Sequence[HeatCell]


@dataclass(frozen=True)
class HeatMap:
    """Rows from the severest down; ``key`` prints the legend."""

    caption: Any
    columns: Sequence[HeatColumn]
    rows: Sequence[HeatRow] = field(default_factory=tuple)
    key: bool = True


def heat_map(
    caption: Any,
    likelihoods: Sequence[tuple[Any, Any]],
    consequences: Sequence[tuple[Any, Any]],
    cell: Callable[[Any, Any], HeatCell],
) -> HeatMap:
    """Build a map from (value, label) scales; ``cell(consequence, likelihood)`` makes a cell; "?" stands apart."""
    columns = [HeatColumn(value, label, value == UNKNOWN) for value, label in likelihoods]
    rows = [
        HeatRow(f"{label} {value}", [cell(value, column.value) for column in columns])
        for value, label in sorted(consequences, key=lambda scale: scale[0], reverse=True)
    ]
    return HeatMap(caption, columns, rows)
