"""A table read from a file: columns, rows as text, what was detected; and the limits that bound it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

MAX_BYTES = 64 * 1024 * 1024
MAX_JSON_BYTES = 32 * 1024 * 1024
MAX_UNPACKED_BYTES = 128 * 1024 * 1024
MAX_ARCHIVE_ENTRIES = 1_000
MAX_ROWS = 200_000
MAX_COLUMNS = 2_000
# Below the standard library's own field limit of 131,072; a spreadsheet cell holds 32,767.
MAX_CELL_CHARS = 100_000
HEADER_WITHIN_ROWS = 25


class TableError(Exception):
    """What is wrong with a file, at which row (counted as a spreadsheet does, from 1) and column, and a stable code."""

    def __init__(self, code: str, message: str, row: int | None = None, column: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.row, self.column = code, message, row, column

    def __str__(self) -> str:
        if self.row and self.column:
            return _("Row %(row)d, column “%(column)s”: %(message)s") % vars(self)
        if self.row:
            return _("Row %(row)d: %(message)s") % vars(self)
        return self.message


class Row(NamedTuple):
    """One row: its number in the file, its cells as text, and what is wrong with it (then the cells are raw)."""

    number: int
    cells: tuple[str, ...]
    problem: TableError | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: a label that no other column has, the header as written, and its position from 1."""

    label: str
    header: str
    position: int


@dataclass(frozen=True)
class Table:
    """A readable table; ``rows()`` starts afresh each time and holds one row in memory."""

    name: str
    kind: str
    columns: tuple[Column, ...]
    header_row: int
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    read: Callable[[], Iterable[Row]] = field(default=tuple, repr=False)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(column.label for column in self.columns)

    def rows(self) -> Iterator[Row]:
        """The rows below the header, blank ones left out. Raises TableError where the file itself breaks off."""
        width, labels = len(self.columns), self.labels
        count = 0
        for row in self.read():
            if row.number <= self.header_row or not (row.problem or any(map(str.strip, row.cells))):
                continue
            count += 1
            if count > MAX_ROWS:
                raise TableError("too-many-rows", _("More than %d rows. Split the file.") % MAX_ROWS, row.number)
            yield row if row.problem else fitted(row, width, labels)


def fitted(row: Row, width: int, labels: tuple[str, ...]) -> Row:
    """The row with exactly as many cells as there are columns, or with the problem that it has too many."""
    missing = width - len(row.cells)
    if missing > 0:
        return row._replace(cells=row.cells + ("",) * missing)
    extra = next((place for place, cell in enumerate(row.cells[width:], width + 1) if cell.strip()), None)
    if extra is not None:
        message = _("There is a value in column %(place)d, but the header names %(width)d columns.")
        return row._replace(problem=TableError("ragged", message % {"place": extra, "width": width}, row.number))
    checked = unreadable(row.number, row.cells, labels)
    return row._replace(cells=row.cells[:width], problem=checked)


def unreadable(number: int, cells: tuple[str, ...], labels: tuple[str, ...]) -> TableError | None:
    """What makes a cell unusable: too long, NUL, half a surrogate pair."""
    joined = "".join(cells)
    if len(joined) <= MAX_CELL_CHARS and "\0" not in joined and _is_unicode(joined):
        return None
    for place, cell in enumerate(cells):
        label = labels[place] if place < len(labels) else str(place + 1)
        if len(cell) > MAX_CELL_CHARS:
            message = _("The cell holds more than %d characters.") % MAX_CELL_CHARS
            return TableError("cell-too-long", message, number, label)
        if "\0" in cell:
            return TableError("nul", _("The cell holds a NUL character; the file may be damaged."), number, label)
        if not _is_unicode(cell):
            message = _("The cell holds half a character; the file may be damaged.")
            return TableError("not-unicode", message, number, label)
    return None


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def name_columns(headers: Iterable[str]) -> tuple[Column, ...]:
    """Columns with labels of their own: headers that repeat are kept apart by position, "If other [26]"."""
    written = list(headers)
    if len(written) > MAX_COLUMNS:
        raise TableError("too-many-columns", _("More than %d columns.") % MAX_COLUMNS)
    plain = [" ".join(header.split()) for header in written]
    counts: dict[str, int] = {}
    for text in plain:
        counts[text.casefold()] = counts.get(text.casefold(), 0) + 1
    columns: list[Column] = []
    taken: set[str] = set()
    for position, (header, text) in enumerate(zip(written, plain, strict=True), start=1):
        label = text or _("Column %d") % position
        while counts.get(text.casefold(), 0) > 1 or label in taken:
            label = f"{label} [{position}]"
            if label not in taken:
                break
        taken.add(label)
        columns.append(Column(label, header, position))
    return tuple(columns)
