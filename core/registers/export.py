"""Exports: exactly the rows and columns shown, all matching rows, as CSV, XLSX or JSON."""

import datetime as dt
import hashlib
import io
from collections.abc import Iterator
from typing import Any

import orjson
import xlsxwriter
from django.http import QueryDict
from django.utils import translation

from core import jobs, scope, when
from core.change import chunks
from core.jobs import Running
from core.registers.columns import Plain
from core.registers.listing import Listing
from core.tables import csv_lines, neutralise

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
DIRECT = 5_000
"""Most rows an export writes while the person waits; more become a job."""
KIND = "registers.export"
CHUNK = 1_000
WIDTHS = {"title": 48, "text": 24, "tags": 28, "flags": 24, "ref": 10, "level": 14, "number": 10}
WIDEST_CELL = 32_767


def file_name(listing: Listing, kind: str) -> str:
    """Return the name of the file: register, management system, date."""
    return f"{listing.register.key}-{listing.slug}-{listing.scope.today.isoformat()}.{kind}"


def rows(listing: Listing) -> Iterator[list[Plain]]:
    """Yield every matching row, in order, as plain values of the columns shown."""
    for part in chunks(listing.rows.iterator(CHUNK), CHUNK):
        listing.register.prepare(part, listing.scope, listing.slug)
        for record in part:
            yield [column.plain(record) for column in listing.columns]


def as_text(value: Plain, zone: Any = None) -> str:
    """Return a plain value as a CSV cell: dates as 2026-11-23, moments in the management system's zone."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return when.local(value, zone or when.UTC).isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def written(listing: Listing, kind: str) -> bytes:
    """Return the whole file."""
    return {"csv": _csv, "xlsx": _xlsx, "json": _json}[kind](listing)


def _labels(listing: Listing) -> list[str]:
    return [str(column.label) for column in listing.columns]


def _csv(listing: Listing) -> bytes:
    zone = listing.scope.zone
    return b"".join(csv_lines(_labels(listing), ([as_text(value, zone) for value in row] for row in rows(listing))))


def _json(listing: Listing) -> bytes:
    keys = [column.key for column in listing.columns]
    zone = listing.scope.zone
    items = [
        {
            key: as_text(value, zone) if isinstance(value, dt.date) else value
            for key, value in zip(keys, row, strict=True)
        }
        for row in rows(listing)
    ]
    head = {
        "register": listing.register.key, "management_system": listing.slug, "query": listing.canonical,
        "as_of": listing.scope.moment.isoformat(), "columns": dict(zip(keys, _labels(listing), strict=True)),
        "total": len(items),
    }  # fmt: skip
    return orjson.dumps({**head, "items": items}, option=orjson.OPT_INDENT_2)


def _xlsx(listing: Listing) -> bytes:
    """A workbook with typed cells, a frozen head and a filter on every column."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": str(listing.register.title), "created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
        sheet = book.add_worksheet(str(listing.register.title)[:31].translate(str.maketrans("[]:*?/\\", "       ")))
        head = book.add_format({"bold": True, "bottom": 1, "valign": "top", "text_wrap": True})
        formats = {
            "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top", "align": "left"}),
            "text": book.add_format({"valign": "top", "text_wrap": True}),
        }
        for at, column in enumerate(listing.columns):
            sheet.set_column(at, at, WIDTHS.get(column.kind, 16))
            sheet.write_string(0, at, neutralise(str(column.label)), head)
        last = 0
        for last, row in enumerate(rows(listing), start=1):
            for at, value in enumerate(row):
                _cell(sheet, (last, at), value, formats, listing.scope.zone)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(last, 1), max(len(listing.columns) - 1, 0))
    return buffer.getvalue()


def _cell(sheet: Any, at: tuple[int, int], value: Plain, formats: dict[str, Any], zone: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, dt.datetime):
        sheet.write_datetime(*at, when.local(value, zone).replace(tzinfo=None, microsecond=0), formats["moment"])
    elif isinstance(value, dt.date):
        sheet.write_datetime(*at, value, formats["day"])
    elif isinstance(value, int | float):
        sheet.write_number(*at, value, formats["text"])
    else:
        sheet.write_string(*at, neutralise(value)[:WIDEST_CELL], formats["text"])


# Large ones, as a job -----------------------------------------------------------------------------------------------


def ask(listing: Listing, kind: str) -> Any:
    """Ask for the file as a job; the same question twice while it runs is one job."""
    moment = listing.scope.moment.isoformat() if listing.scope.past else ""
    params = {
        "register": listing.register.key, "format": kind, "query": listing.params.urlencode(), "slug": listing.slug,
        "path": listing.path, "as_of": moment, "language": translation.get_language() or "en",
    }  # fmt: skip
    asked = hashlib.sha256(repr(sorted(params.items())).encode()).hexdigest()  # an address may be longer than a key
    key = f"{KIND}:{listing.actor.id}:{params['register']}:{kind}:{asked}"
    return jobs.enqueue(
        listing.actor, KIND, params, title=file_name(listing, kind), total=listing.total, unique_key=key
    )


def run(job: Running, register: Any) -> None:
    """Write the file of a job and attach it."""
    params = job.params
    tenant = job.job.management_system_id
    where = (
        scope.as_of(tenant, dt.datetime.fromisoformat(params["as_of"])) if params["as_of"] else scope.current(tenant)
    )
    with translation.override(params["language"]):
        listing = Listing(register, where, job.actor, QueryDict(params["query"]), params["path"], params["slug"])
        job.progress(0, listing.total)
        data = written(listing, params["format"])
        job.attach(file_name(listing, params["format"]), data, MEDIA[params["format"]].partition(";")[0])
        job.progress(listing.total, listing.total)
