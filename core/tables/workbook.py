"""XLSX, read as a stream; sizes are checked before anything is unpacked."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from core.tables.guard import restore
from core.tables.model import MAX_ARCHIVE_ENTRIES, MAX_COLUMNS, MAX_UNPACKED_BYTES, Row, TableError
from core.tables.sniff import Source

_EXACT_INTEGERS = 10**15


class WorkbookSource:
    """A checked workbook: its sheets, and the rows of one of them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.has_formulas = _check_archive(source)
        book = self._load(data_only=True)
        self.visible = tuple(sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible")
        self.sheets = tuple(sheet.title for sheet in book.worksheets)
        book.close()

    def choose(self, wanted: str | None) -> str:
        """The sheet to read: the one asked for, else the first visible one that holds something."""
        if wanted is not None:
            if wanted not in self.sheets:
                names = {"wanted": wanted, "sheets": ", ".join(self.sheets)}
                raise TableError("no-such-sheet", _("There is no sheet “%(wanted)s”, only %(sheets)s.") % names)
            return wanted
        for name in self.visible or self.sheets:
            if any(any(row.cells) or row.problem for row, _n in zip(self.rows(name), range(100), strict=False)):
                return name
        raise TableError("empty", _("No visible sheet holds any rows."))

    def rows(self, sheet: str) -> Iterator[Row]:
        """The rows of a sheet as text. Raises TableError where the workbook is damaged."""
        try:
            yield from self._rows(sheet)
        except TableError:
            raise
        except Exception as error:  # a hostile workbook may fail anywhere inside its reader
            raise _damaged(error) from error

    def _rows(self, sheet: str) -> Iterator[Row]:
        values = self._values(sheet, data_only=True)
        formulas: Iterator[Sequence[Any]] = self._values(sheet, data_only=False) if self.has_formulas else iter(())
        for number, (cells, sources) in enumerate(zip_longest(values, formulas, fillvalue=()), start=1):
            width = max((place for place, cell in enumerate(cells, 1) if cell is not None), default=0)
            problem = _uncomputed(number, cells, sources)
            if width > MAX_COLUMNS:
                problem = TableError("too-many-columns", _("More than %d columns.") % MAX_COLUMNS, number)
            yield Row(number, tuple(as_text(cell) for cell in cells[: min(width, MAX_COLUMNS)]), problem)

    def _values(self, sheet: str, *, data_only: bool) -> Iterator[Sequence[Any]]:
        book = self._load(data_only=data_only)
        try:
            page = book[sheet]
            page.reset_dimensions()
            yield from page.iter_rows(values_only=True)
        finally:
            book.close()

    def _load(self, *, data_only: bool) -> Workbook:
        try:
            return load_workbook(self.source.open(), read_only=True, data_only=data_only, keep_links=False)
        except Exception as error:  # a hostile workbook may fail anywhere inside its reader
            raise _damaged(error) from error


def as_text(value: object) -> str:
    """A typed cell as text without loss: dates as ISO, whole numbers without ".0", text with its guard removed."""
    if value is None:
        return ""
    if isinstance(value, str):
        return restore(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_INTEGERS:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"PT{value.total_seconds():g}S"
    return repr(value) if isinstance(value, float) else str(value)


def _uncomputed(number: int, cells: Sequence[Any], sources: Sequence[Any]) -> TableError | None:
    """A formula whose result was never stored would be read as blank."""
    for place, (value, formula) in enumerate(zip_longest(cells, sources), start=1):
        if value is None and formula is not None and str(formula).startswith("="):
            message = _("The cell holds a formula without a stored result. Open and save the file in a spreadsheet.")
            return TableError("no-result", message, number, get_column_letter(place))
    return None


def _check_archive(source: Source) -> bool:
    """Refuse archives that are no workbook or unpack too large; true when a sheet holds formulas."""
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if len(entries) > MAX_ARCHIVE_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                message = _("Unpacked, the workbook would be larger than %d MB.") % (MAX_UNPACKED_BYTES // 2**20)
                raise TableError("unpacks-too-large", message)
            if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
                raise TableError("wrong-content", _("The file is named .xlsx, but it is not an Excel workbook."))
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise TableError("macros", _("The workbook holds macros. Save it as .xlsx without them."))
            sheets = [entry for entry in entries if entry.filename.startswith("xl/worksheets/")]
            return any(_holds_formula(archive, entry) for entry in sheets)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        zlib.error,
    ) as error:
        raise _damaged(error) from error


def _holds_formula(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(1024 * 1024):
            window = tail + chunk
            if b"<f>" in window or b"<f " in window:
                return True
            tail = window[-3:]
    return False


def _damaged(error: Exception) -> TableError:
    return TableError("damaged", _("The workbook is damaged or not a workbook (%s).") % type(error).__name__)
