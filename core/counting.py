"""Many counts in one query, because what a page tells of other places should not cost a query each."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar, cast

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

K = TypeVar("K")
Told = tuple[str, tuple[Any, ...]]
"""A condition as the database reads it: SQL and its values."""


def counted(rows: Mapping[K, QuerySet]) -> dict[K, int]:
    """How many rows each query set holds, asked for together; all of one database, none a slice.

    Each is compiled by itself: to make them sub-queries of one another renames every alias in them, which takes longer
    than the database needs to count. Those that choose from one table by conditions alone are counted in one pass.
    """
    alias = next((each.db for each in rows.values()), "default")
    alone: dict[K, Told] = {}
    by_table: dict[str, dict[K, list[Told]]] = {}
    for key, each in rows.items():
        query = each.order_by().values("pk").query
        try:
            compiler = query.get_compiler(using=alias)
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            continue
        if (conditions := _conditions(query, compiler)) is not None:
            by_table.setdefault(query.get_meta().db_table, {})[key] = conditions
            continue
        alone[key] = (f"(SELECT COUNT(*) FROM ({sql}) counted)", params)  # noqa: S608 (compiled by the ORM)
    quoted = connections[alias].ops.quote_name
    passes = [_one_pass(quoted(table), list(chosen.values())) for table, chosen in by_table.items()]
    told = {key: sql for key, (sql, _params) in alone.items()}
    told |= {key: f"p{of}.n{at}" for of, chosen in enumerate(by_table.values()) for at, key in enumerate(chosen)}
    given = [value for _sql, params in (*alone.values(), *passes) for value in params]
    return dict.fromkeys(rows, 0) | (_asked(alias, told, passes, given) if told else {})


def _asked(alias: str, told: Mapping[K, str], passes: Sequence[Told], given: list[Any]) -> dict[K, int]:
    joined = ", ".join(f"({sql}) p{of}" for of, (sql, _params) in enumerate(passes))
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(told.values())}{f' FROM {joined}' if joined else ''}", given)  # noqa: S608 (compiled by the ORM)
        return dict(zip(told, cursor.fetchone(), strict=True))


def _conditions(query: Query, compiler: SQLCompiler) -> list[Told] | None:
    """The conditions all of which a row fulfils; None where more than conditions on one table decides."""
    tables = [alias for alias, used in query.alias_refcount.items() if used]
    plain = not (query.distinct or query.combinator or query.group_by or query.extra_tables)
    if (
        not plain
        or query.where.contains_over_clause
        or len(tables) > 1
        or query.where.connector != "AND"
        or query.where.negated
    ):
        return None
    try:
        told = [compiler.compile(cast("Any", child)) for child in query.where.children]
    except FullResultSet:
        return None
    return [(sql, tuple(params)) for sql, params in told]


def _one_pass(table: str, chosen: Sequence[list[Told]]) -> Told:
    """Count the rows that fulfil each list of conditions, in one pass over those that fulfil what all lists say."""
    common = [one for one in chosen[0] if all(one in conditions for conditions in chosen)]
    counts, given = [], []
    for at, conditions in enumerate(chosen):
        own = [one for one in conditions if one not in common]
        where = f" FILTER (WHERE {' AND '.join(sql for sql, _params in own)})" if own else ""
        counts.append(f"COUNT(*){where} AS n{at}")
        given += [value for _sql, params in own for value in params]
    where = f" WHERE {' AND '.join(sql for sql, _params in common)}" if common else ""
    given += [value for _sql, params in common for value in params]
    return f"SELECT {', '.join(counts)} FROM {table}{where}", tuple(given)  # noqa: S608 (compiled by the ORM)


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
