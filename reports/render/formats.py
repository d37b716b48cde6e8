"""The formats a report can be written in."""

import importlib
from collections.abc import Callable

from reports.documents.common import to_json

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
Maker = Callable[..., bytes]
"""Takes the report, who hears of progress, and how a PDF is printed."""


def write(format: str) -> Maker:
    """The function that makes the bytes. The heavy libraries of one format are not loaded for another."""
    if format == "json":
        return lambda report, _progress=None, _dress=None: to_json(report)
    if format == "pdf":
        maker: Maker = importlib.import_module("reports.render.pdf").to_pdf
        return maker
    if format == "xlsx":
        to_xlsx = importlib.import_module("reports.render.xlsx").to_xlsx
        return lambda report, progress=None, _dress=None: to_xlsx(report, progress)
    raise ValueError(f"unknown format: {format}")
