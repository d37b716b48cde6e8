"""Many counts in one query, because what a page tells of other places should not cost a query each."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

K = TypeVar("K")


def counted(rows: Mapping[K, QuerySet]) -> dict[K, int]:
    """How many rows each query set holds, asked for together; all of one database.

    Each is compiled by itself: to make them sub-queries of one another renames every alias in them, which takes longer
    than the database needs to count.
    """
    found = dict.fromkeys(rows, 0)
    asked: dict[K, str] = {}
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


class Counting(Protocol):
    """Who has rows to count and keeps how many there are."""

    countable: Mapping[str, QuerySet]
    counts: dict[str, int]


def counted_along(rows: Mapping[str, QuerySet], other: Counting) -> dict[str, int]:
    """Count rows, and in the same query those that another part of the page will ask for."""
    together = {(False, key): each for key, each in rows.items()}
    together |= {(True, key): each for key, each in other.countable.items()}
    if "counts" in vars(other) or len({each.db for each in together.values()}) > 1:
        return counted(rows)
    found = counted(together)
    other.counts = {key: number for (along, key), number in found.items() if along}
    return {key: number for (along, key), number in found.items() if not along}
