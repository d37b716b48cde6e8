"""What was seen of a service, written as an OpenAPI 3.1 description."""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
"""Methods an OpenAPI 3.1 path can have; others are told beside it."""
_PARAMETER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Observed:
    """One endpoint as it was seen."""

    method: str
    template: str
    first: datetime.date
    last: datetime.date
    calls: int = 0
    statuses: Mapping[int, int] = field(default_factory=dict)  # status → calls; 0 when the log has none
    summary: str = ""
    deprecated: bool = False


def openapi_of(title: str, host: str, rows: Iterable[Observed], day: datetime.date) -> dict[str, Any]:
    """The description: paths, parameters and the answers that were seen; nothing that was not."""
    paths: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    other: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda one: (one.template, one.method)):
        # Two paths that differ in names of parameters only are one to OpenAPI.
        path = names.setdefault(_PARAMETER.sub("{}", row.template), row.template)
        if row.method in METHODS:
            paths.setdefault(path, _item(path)).setdefault(row.method.lower(), _operation(row))
        else:
            other.append({"method": row.method, "path": path, "calls": row.calls})
    told = "Written from traffic that was brought in. What was not called, and what bodies hold, is not in it."
    found = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": f"observed-{day.isoformat()}", "description": told},
        **({"servers": [{"url": f"https://{host}"}]} if host else {}),
        "paths": paths,
    }
    return {**found, **({"x-other-methods": other} if other else {})}


def _item(path: str) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in dict.fromkeys(_PARAMETER.findall(path))
    ]
    return {"parameters": parameters} if parameters else {}


def _operation(row: Observed) -> dict[str, Any]:
    answers = {str(status): {"description": _words(status)} for status in sorted(row.statuses) if 100 <= status < 600}
    return {
        **({"summary": row.summary} if row.summary else {}),
        **({"deprecated": True} if row.deprecated else {}),
        "responses": answers or {"default": {"description": "The log tells no status"}},
        "x-first-seen": row.first.isoformat(),
        "x-last-seen": row.last.isoformat(),
        "x-calls": row.calls,
    }


def _words(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Seen"
