"""The formats a report can be written in."""

import importlib
from collections.abc import Callable
from typing import Any

from reports.documents.common import to_json

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
Maker = Callable[[Any, Callable[[int, int], None] | None], bytes]


def write(format: str) -> Maker:
    """The function that makes the bytes. The heavy libraries of one format are not loaded for another."""
    if format == "json":
        return lambda report, _progress: to_json(report)
    if format == "pdf":
        maker: Maker = importlib.import_module("reports.render.pdf").to_pdf
        return maker
    if format == "xlsx":
        maker = importlib.import_module("reports.render.xlsx").to_xlsx
        return maker
    raise ValueError(f"unknown format: {format}")
