"""Tables from files: CSV, TSV, XLSX, JSON and NDJSON as rows of text, with everything detected said aloud.

A fault of the file raises ``TableError``; a fault of one row is that row's ``problem``, so that a preview can list it.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from core.tables.delimited import read_delimited
from core.tables.guard import csv_lines, neutralise, restore
from core.tables.model import HEADER_WITHIN_ROWS, Column, Row, Table, TableError, name_columns
from core.tables.objects import ObjectSource
from core.tables.sniff import Source, delimiter_of, encoding_of, header_of, kind_of, sample_of
from core.tables.workbook import WorkbookSource

__all__ = ["Column", "Row", "Table", "TableError", "csv_lines", "neutralise", "read_table", "restore"]


def read_table(
    data: bytes | Path,
    name: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
) -> Table:
    """The table in a file; what is not said is found out. Raises TableError.

    ``name`` is the file's name as given; ``header_row`` counts from 1 as a spreadsheet does.
    """
    source = Source(data, name)
    kind = kind_of(source)
    if kind == "xlsx":
        return _from_workbook(source, sheet, header_row)
    found, warnings = encoding_of(source)
    encoding = encoding or found
    sample = sample_of(source, encoding)
    if kind != "csv":
        return _from_objects(source, kind, encoding)
    detected, skip = delimiter_of(sample)
    read = partial(read_delimited, source, encoding, delimiter or detected, skip)
    columns, header_row = _headed(read, header_row)
    return Table(
        name=source.name,
        kind=kind,
        columns=columns,
        header_row=header_row,
        encoding=encoding,
        delimiter=delimiter or detected,
        warnings=tuple(warnings) if encoding == found else (),
        read=read,
    )


def _from_workbook(source: Source, sheet: str | None, header_row: int | None) -> Table:
    book = WorkbookSource(source)
    chosen = book.choose(sheet)
    read = partial(book.rows, chosen)
    columns, header_row = _headed(read, header_row)
    hidden = () if chosen in book.visible else (_("The sheet “%s” is hidden in the workbook.") % chosen,)
    return Table(
        name=source.name,
        kind="xlsx",
        columns=columns,
        header_row=header_row,
        sheet=chosen,
        sheets=book.sheets,
        warnings=hidden,
        read=read,
    )


def _from_objects(source: Source, kind: str, encoding: str) -> Table:
    found = ObjectSource(source, encoding, kind)
    return Table(
        name=source.name,
        kind=kind,
        columns=name_columns(found.keys),
        header_row=0,
        encoding=encoding,
        read=found.rows,
    )


def _headed(read: Callable[[], Iterator[Row]], wanted: int | None) -> tuple[tuple[Column, ...], int]:
    """The columns by the header row asked for, or by the one that looks like it."""
    top = list(islice(read(), max(wanted or 0, HEADER_WITHIN_ROWS)))
    number = wanted or header_of([(row.number, row.cells) for row in top])
    header = next((row for row in top if row.number == number), None)
    if header is None or not any(cell.strip() for cell in header.cells):
        raise TableError("no-header", _("There are no column names in this row."), number)
    if header.problem:
        raise header.problem
    below = [row.cells for row in top if row.number > number and not row.problem]
    cells = list(header.cells)
    while not cells[-1].strip() and not any("".join(row[len(cells) - 1 : len(cells)]).strip() for row in below):
        cells.pop()
    return name_columns(cells), number
