"""Many counts in one query, because what a page tells of other places should not cost a query each."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet


def counted(rows: Mapping[str, QuerySet]) -> dict[str, int]:
    """How many rows each query set holds, asked for together; all of one database. Keys are free text.

    Each is compiled by itself: to make them sub-queries of one another renames every alias in them, which takes longer
    than the database needs to count.
    """
    found = dict.fromkeys(rows, 0)
    asked: dict[str, str] = {}
    given: list[Any] = []
    alias = next((each.db for each in rows.values()), "default")
    for key, each in rows.items():
        try:
            sql, params = each.order_by().values("pk").query.get_compiler(using=alias).as_sql()
        except EmptyResultSet:
            continue
        asked[key] = f"(SELECT COUNT(*) FROM ({sql}) counted)"  # noqa: S608 (compiled by the ORM, values apart)
        given += params
    if asked:
        with connections[alias].cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(asked.values())}", given)
            found |= zip(asked, cursor.fetchone(), strict=True)
    return found
