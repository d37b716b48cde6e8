"""The same report as a workbook: one sheet per register, typed cells, the same bytes for the same report."""

import datetime
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

from reports.documents.common import content_hash
from reports.render.front import state_text, unapproved
from reports.render.tables import Column, Table, tables
from reports.render.words import Words

CELL = 32767  # characters a cell can hold
CUT = " […]"
CLEAN = {number: None for number in range(32) if number not in (9, 10)} | {13: "\n"}
ROWS = 1_048_575


@dataclass
class _Book:
    """A workbook in the making."""

    words: Words
    out: io.BytesIO = field(default_factory=io.BytesIO)

    def __post_init__(self) -> None:
        self.book = xlsxwriter.Workbook(
            self.out,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        font = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
        self.text = self.book.add_format(font | {"text_wrap": True})
        self.number = self.book.add_format(font | {"num_format": "#,##0"})
        self.day = self.book.add_format(font | {"num_format": "yyyy-mm-dd"})
        self.moment = self.book.add_format(font | {"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.head = self.book.add_format(font | {"bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#EAF1F2"})
        self.bold = self.book.add_format(font | {"bold": True})

    def put(self, sheet: Any, row: int, column: int, value: Any) -> None:
        """One cell by the type of its value. A string is always written as a string: no formula, no link."""
        if value is None or value == "":
            sheet.write_blank(row, column, None, self.text)
        elif isinstance(value, bool):
            sheet.write_string(row, column, self.words.t["yes_word" if value else "no_word"], self.text)
        elif isinstance(value, int):
            sheet.write_number(row, column, value, self.number)
        elif isinstance(value, datetime.datetime):
            sheet.write_datetime(row, column, value, self.moment)
        elif isinstance(value, datetime.date):
            sheet.write_datetime(row, column, value, self.day)
        else:
            text = str(value).translate(CLEAN)
            sheet.write_string(row, column, text if len(text) <= CELL else text[: CELL - len(CUT)] + CUT, self.text)


def to_xlsx(report: Any, progress: Callable[[int, int], None] | None = None) -> bytes:
    """The report as a workbook. Dates are dates and numbers numbers; times are UTC."""
    words = Words(report.cover.language)
    book = _Book(words)
    _describe(book, report)
    _cover(book, report)
    found = tables(report, words)
    for index, table in enumerate(found):
        _sheet(book, table)
        if progress:
            progress(index + 1, len(found))
    book.book.close()
    return book.out.getvalue()


def _describe(book: _Book, report: Any) -> None:
    cover = report.cover
    book.book.set_properties(
        {
            "title": book.words.word("title", cover.report),
            "author": cover.organisation[:200],
            "company": "",
            "comments": f"{cover.number} sha256 {content_hash(report)}",
            "created": moment(cover.as_of) or datetime.datetime(2000, 1, 1),  # noqa: DTZ001 (a workbook knows no zone),
        }
    )


def _cover(book: _Book, report: Any) -> None:
    sheet = book.book.add_worksheet(book.words.t["about"])
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    sheet.hide_gridlines(2)
    for row, (label, value) in enumerate(_facts(report, book.words)):
        sheet.write_string(row, 0, label, book.bold)
        book.put(sheet, row, 1, value)


def _facts(report: Any, words: Words) -> Iterator[tuple[str, Any]]:
    cover, t = report.cover, words.t
    yield t["title_head"], words.word("title", cover.report)
    yield t["organisation"], cover.organisation
    yield t["management_system"], cover.management_system
    yield t["scope"], cover.scope_sentence
    yield t["standard"], f"{cover.standard}, {cover.clauses}"
    yield t["status_head"], state_text(cover, words)
    yield t["classification"], cover.classification
    yield t["prepared_by"], words.name(cover.prepared_by)
    yield t["approved_by"], words.name(cover.approved_by) if cover.approved_by else unapproved(cover, words)
    yield t["approved_utc"], moment(cover.approved_at)
    yield t["as_of"] + " (UTC)", moment(cover.as_of)
    yield t["entry_short"], cover.history_entry
    yield t["report_id"], cover.number
    yield t["fingerprint"] + " (SHA-256)", content_hash(report)


def _sheet(book: _Book, table: Table) -> None:
    sheet = book.book.add_worksheet(sheet_name(table.name))
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, column.width)
    sheet.freeze_panes(1, table.frozen)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(1, len(table.rows)), len(table.columns) - 1)
    for index, column in enumerate(table.columns):
        sheet.write_string(0, index, column.title, book.head)
    for number, row in enumerate(table.rows[:ROWS], 1):
        for index, column in enumerate(table.columns):
            book.put(sheet, number, index, typed(column, row[index]))


def typed(column: Column, value: Any) -> Any:
    """The value of a cell as the type its column says; a text that is no date stays a text."""
    if column.kind == "day" and isinstance(value, str):
        return day(value) or value
    if column.kind == "moment" and isinstance(value, str):
        return moment(value) or value
    return value


def day(iso: str) -> datetime.date | None:
    """2026-11-18 as a date."""
    try:
        return datetime.date.fromisoformat(iso[:10]) if iso else None
    except ValueError:
        return None


def moment(iso: str) -> datetime.datetime | None:
    """2026-11-18T14:05:09Z as a date and time without zone (UTC)."""
    try:
        return datetime.datetime.fromisoformat(iso).replace(tzinfo=None) if iso else None
    except ValueError:
        return None


def sheet_name(name: str) -> str:
    """A name that a workbook accepts: at most 31 characters, none of []:*?/\\."""
    return "".join("-" if sign in "[]:*?/\\" else sign for sign in name)[:31]
