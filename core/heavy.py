"""Columns of large bytes, which go to Postgres and come back as they are.

The framework puts values into the text of a statement: a megabyte becomes two of hexadecimal digits, written, parsed
and read again, which takes ten times as long as to store it.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

import psycopg
from django.db import connections, models, router
from django.db.models import QuerySet

M = TypeVar("M", bound=models.Model)
AT_ONCE = 5
"""Rows read at a time on SQLite; each may hold some megabytes."""


def each(rows: QuerySet) -> Iterator[tuple[Any, ...]]:
    """The rows of a ``values_list`` of plain columns, one after the other; nothing else is asked meanwhile."""
    connection = connections[rows.db]
    if connection.vendor != "postgresql":
        yield from rows.iterator(chunk_size=AT_ONCE)
        return
    if rows.query.is_empty():
        return
    sql, values = rows.query.get_compiler(using=rows.db).as_sql()
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        yield from cursor.stream(sql, values, binary=True)


def opened(rows: QuerySet[M]) -> list[M]:
    """The records of a query with their bytes."""
    names = [field.attname for field in rows.model._meta.concrete_fields]
    return [rows.model.from_db(rows.db, names, row) for row in each(rows.values_list(*names))]


def save(row: models.Model) -> None:
    """Write a row, new or known, whole."""
    alias = router.db_for_write(type(row), instance=row)
    connection = connections[alias]
    if connection.vendor != "postgresql":
        row.save(using=alias)
        return
    name = connection.ops.quote_name
    fields: Any = row._meta.concrete_fields
    columns = [name(field.column) for field in fields]
    key = next(name(field.column) for field in fields if field.primary_key)
    sets = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns if column != key)
    places = ", ".join(["%s"] * len(columns))
    sql = (
        f"INSERT INTO {name(row._meta.db_table)} ({', '.join(columns)}) VALUES ({places}) "  # noqa: S608 (names are the ORM's)
        f"ON CONFLICT ({key}) DO UPDATE SET {sets}"
    )
    values = [field.get_db_prep_save(field.pre_save(row, row._state.adding), connection) for field in fields]
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, values)
    row._state.adding, row._state.db = False, alias
