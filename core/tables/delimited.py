"""CSV and its relatives, read strictly: what is broken is named, never skipped."""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from core.tables.guard import restore
from core.tables.model import MAX_COLUMNS, Row, TableError, unreadable
from core.tables.sniff import Source


def read_delimited(source: Source, encoding: str, delimiter: str, skip_lines: int) -> Iterator[Row]:
    """The rows of a delimited file. Raises TableError where the rest of the file cannot be read."""
    with source.open() as binary, io.TextIOWrapper(binary, encoding, newline="") as stream:
        for _line in range(skip_lines):
            stream.readline()
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        number = skip_lines
        while True:
            number += 1
            before = reader.line_num + skip_lines + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except UnicodeDecodeError as error:
                message = _("From here on the file is not written in %s.") % encoding
                raise TableError("encoding", message, number) from error
            except csv.Error as error:
                yield Row(number, (), _broken(error, number, before, reader.line_num + skip_lines))
                continue
            yield _row(number, cells)


def _row(number: int, cells: list[str]) -> Row:
    problem = None
    if len(cells) > MAX_COLUMNS:
        problem = TableError("too-many-columns", _("More than %d columns.") % MAX_COLUMNS, number)
    elif "\0" in "".join(cells):
        problem = unreadable(number, tuple(cells), ())
    if problem:
        return Row(number, tuple(cells[:MAX_COLUMNS]), problem)
    return Row(number, tuple([cell if cell[:1] != "'" else restore(cell) for cell in cells]))


def _broken(error: csv.Error, number: int, first: int, last: int) -> TableError:
    """A sentence for what the strict reader found; a quotation mark without its partner ends the reading."""
    text = str(error)
    if "end of data" in text:
        message = _("A quotation mark opened in line %d is never closed.") % first
        raise TableError("open-quote", message, number) from error
    if "field limit" in text:
        message = _("A cell in lines %(first)d to %(last)d is too long; a quotation mark may not be closed.")
        return TableError("cell-too-long", message % {"first": first, "last": last}, number)
    message = _("Line %d has text after a closing quotation mark; a quotation mark inside a cell must be doubled.")
    return TableError("stray-quote", message % last, number)
