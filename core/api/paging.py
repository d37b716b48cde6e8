"""Keyset paging: a page never repeats or skips a row, however many are written meanwhile."""

import base64
import binascii
import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework.response import Response

from core import canonical
from core.api.problems import Problem

DEFAULT, MOST = 100, 500


def page(request: Any, rows: QuerySet, represent: Any, order: tuple[str, ...] = ("created_at", "id")) -> Response:
    """Answer one page of ``rows`` in ascending ``order`` (last column unique) with a link to the next."""
    limit = _limit(request)
    after = _decoded(request.query_params.get("cursor", ""), len(order))
    if after is not None:
        rows = rows.filter(_beyond(order, _typed(rows.model, order, after)))
    found = list(rows.order_by(*order)[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    following = None
    if more:
        cursor = _encoded([canonical.plain(getattr(found[-1], name)) for name in order])
        params = {**{k: v for k, v in request.query_params.items() if k != "cursor"}, "cursor": cursor}
        following = request.build_absolute_uri(f"{request.path}?{urlencode(params)}")
    response = Response({"items": represent(found), "next": following})
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


def _beyond(order: tuple[str, ...], after: list[Any]) -> Q:
    """Rows that come after the given values in lexicographic order."""
    condition = Q()
    for index in range(len(order)):
        same = dict(zip(order[:index], after[:index], strict=True))
        condition |= Q(**same, **{f"{order[index]}__gt": after[index]})
    return condition


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
