"""Keyset paging: a page never repeats or skips a row, however many are written meanwhile."""

import base64
import binascii
import datetime
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework.response import Response

from core import canonical
from core.api.problems import Problem

DEFAULT, MOST = 100, 500


Find = Callable[[int, list[Any] | None], Sequence[Any]]
"""(how many, after which values of the order's columns) → rows in that order."""


def page(request: Any, rows: QuerySet, represent: Any, order: tuple[str, ...] = ("created_at", "id")) -> Response:
    """Answer one page of ``rows`` in ascending ``order`` (last column unique) with a link to the next."""

    def find(number: int, after: list[Any] | None) -> list[Any]:
        beyond = rows if after is None else rows.filter(beyond_values(order, after))
        return list(beyond.order_by(*order)[:number])

    return page_found(request, rows.model, find, represent, order)


def page_found(request: Any, model: Any, find: Find, represent: Any, order: tuple[str, ...]) -> Response:
    """Answer one page of what ``find`` finds; a cursor somebody made up is 400."""
    limit = _limit(request)
    after = _decoded(request.query_params.get("cursor", ""), len(order))
    found = find(limit + 1, None if after is None else _typed(model, order, after))
    more, found = len(found) > limit, found[:limit]
    cursor = [canonical.plain(getattr(found[-1], name)) for name in order] if more else None
    return _answer(request, {"items": represent(found)}, cursor)


def changes_page(request: Any, rows: QuerySet, gone: QuerySet, represent: Any) -> Response:
    """Answer one page of what changed, oldest change first: records of ``rows`` and deletions of ``gone`` (entries).

    Both move on the ledger's clock, on which no two changes share a moment, so one cursor serves both.
    """
    limit, order = _limit(request), ("updated_at", "id")
    after = _decoded(request.query_params.get("cursor", ""), len(order))
    if after is not None:
        typed = _typed(rows.model, order, after)
        rows, gone = rows.filter(beyond_values(order, typed)), gone.filter(at__gt=typed[0])
    merged = [(row.updated_at, row, None) for row in rows.order_by(*order)[: limit + 1]]
    merged += [(entry.at, None, entry) for entry in gone.order_by("at")[: limit + 1]]
    merged.sort(key=lambda one: one[0])
    more, merged = len(merged) > limit, merged[:limit]
    items = [row for _at, row, entry in merged if entry is None]
    deleted: list[Any] = [entry for _at, row, entry in merged if entry is not None]
    tombstones = [{"id": e.record_id, "ref": e.ref, "deleted_at": canonical.moment_text(e.at)} for e in deleted]
    cursor = None
    if more:
        moment, row, entry = merged[-1]
        cursor = [canonical.plain(moment), str(row.pk) if entry is None else entry.record_id]
    return _answer(request, {"items": represent(items), "deleted": tombstones}, cursor)


def slice_page(request: Any, rows: Sequence[Any]) -> Response:
    """Answer one page of rows that lie in a file and never move; the cursor is their number."""
    limit = _limit(request)
    after = _decoded(request.query_params.get("cursor", ""), 1)
    if after is not None and not (isinstance(after[0], int) and 0 <= after[0] < 1 << 31):
        raise Problem(400, "bad-parameter", "This cursor is not one of ours.", parameter="cursor")
    start = after[0] if after else 0
    end = start + limit
    return _answer(request, {"items": list(rows[start:end])}, [end] if end < len(rows) else None)


def _answer(request: Any, body: dict[str, Any], cursor: list[Any] | None) -> Response:
    """The page with the address of the next, which repeats every parameter, lists included."""
    following = None
    if cursor is not None:
        params = [
            (name, value) for name, values in request.query_params.lists() if name != "cursor" for value in values
        ]
        query = urlencode([*params, ("cursor", _encoded(cursor))])
        following = request.build_absolute_uri(f"{request.path}?{query}")
    response = Response({**body, "next": following})
    if following:
        response["Link"] = f'<{following}>; rel="next"'
    return response


def _limit(request: Any) -> int:
    text = request.query_params.get("limit", str(DEFAULT))
    found = whole_number(text)
    if found is None or not 1 <= found <= MOST:
        raise Problem(400, "bad-parameter", f"limit must be a number from 1 to {MOST}.", parameter="limit")
    return found


def whole_number(text: str) -> int | None:
    """The number a parameter holds, if it is one that a column can hold."""
    return int(text) if text.isdecimal() and len(text) <= 18 else None


def _typed(model: Any, order: tuple[str, ...], values: list[Any]) -> list[Any]:
    """The cursor's values as their columns hold them; raises 400 for a cursor somebody made up."""
    try:
        found = [model._meta.get_field(name).to_python(value) for name, value in zip(order, values, strict=True)]
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        raise Problem(400, "bad-parameter", "This cursor is not one of ours.", parameter="cursor") from error
    if any(isinstance(value, datetime.datetime) and value.tzinfo is None for value in found):
        raise Problem(400, "bad-parameter", "This cursor is not one of ours.", parameter="cursor")
    return found


def beyond_values(order: tuple[str, ...], after: Sequence[Any]) -> Q:
    """Rows that come after the given values in lexicographic order; by the first column an index finds the place."""
    condition = Q()
    for index in range(len(order)):
        same = dict(zip(order[:index], after[:index], strict=True))
        condition |= Q(**same, **{f"{order[index]}__gt": after[index]})
    return Q(**{f"{order[0]}__gte": after[0]}) & condition


def _encoded(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def _decoded(cursor: str, length: int) -> list[Any] | None:
    if not cursor:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise Problem(400, "bad-parameter", "This cursor is not one of ours.", parameter="cursor") from error
    if not isinstance(values, list) or len(values) != length or not all(isinstance(v, str | int) for v in values):
        raise Problem(400, "bad-parameter", "This cursor is not one of ours.", parameter="cursor")
    return values
