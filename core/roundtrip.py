"""Fewer trips to the database while the head of a chain is locked: everybody else who writes waits that long."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery, UpdateQuery

Statement = tuple[str, tuple[Any, ...]]
MANY = 20
"""From so many rows on, COPY is worth its own message, and words are not kept."""
_words: dict[tuple[Any, ...], str] = {}


def send(statements: Iterable[Statement], alias: str = DEFAULT_DB_ALIAS) -> None:
    """Run statements whose results nobody reads: on Postgres all in one message, on SQLite one after the other."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            for sql, own in statements:
                cursor.execute(sql, own)
        elif together := list(statements):
            cursor.execute(
                ";\n".join(sql for sql, _values in together), [v for _sql, values in together for v in values]
            )


def insert(rows: Sequence[models.Model], alias: str = DEFAULT_DB_ALIAS) -> None:
    """Insert new rows of one model, none of which can be there already; many of them by COPY where the engine has it.

    Statements would carry every value as text to be quoted, parsed and planned: three times the work for a ledger,
    whose states are full of quotes.
    """
    if not rows:
        return
    connection = connections[alias]
    if connection.vendor != "postgresql" or len(rows) < MANY:
        send(insertion(rows, alias=alias), alias)
        return
    fields, name = _written(rows[0]), connection.ops.quote_name
    columns = ", ".join(name(field.column) for field in fields)
    command = f"COPY {name(rows[0]._meta.db_table)} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row([field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])


def _written(row: models.Model) -> list[Any]:
    """The columns that are written: all but an id that the database gives."""
    return [field for field in row._meta.concrete_fields if not isinstance(field, models.AutoField)]


def insertion(
    rows: Sequence[models.Model],
    *,
    replacing: Sequence[str] = (),
    unique: Sequence[str] = (),
    alias: str = DEFAULT_DB_ALIAS,
) -> Iterator[Statement]:
    """Statements that insert rows of one model without asking for their new ids, as ``bulk_create`` does.

    With ``unique``, a row that is there already gets the ``replacing`` columns of the new one.
    """
    if not rows:
        return
    meta, connection = type(rows[0])._meta, connections[alias]
    fields = _written(rows[0])
    conflict = {
        "on_conflict": OnConflict.UPDATE if unique else None,
        "update_fields": [meta.get_field(name) for name in replacing],
        "unique_fields": [meta.get_field(name) for name in unique],
    }
    size = max(connection.ops.bulk_batch_size(fields, rows), 1)
    for start in range(0, len(rows), size):
        part = list(rows[start : start + size])

        def compiled(part: list[models.Model] = part) -> list[Statement]:
            query = InsertQuery(type(rows[0]), **conflict)
            query.insert_values(fields, part)
            return query.get_compiler(alias).as_sql()

        given = [field.get_db_prep_save(field.pre_save(row, True), connection) for row in part for field in fields]
        key = (type(rows[0]), len(part), tuple(replacing), tuple(unique), connection.vendor)
        yield from _worded(key if len(part) < MANY else None, given, compiled)


def update(row: models.Model, *names: str, alias: str = DEFAULT_DB_ALIAS) -> Iterator[Statement]:
    """The statement that writes the named columns of a row that is there."""
    meta, connection = type(row)._meta, connections[alias]

    def compiled() -> list[Statement]:
        query = UpdateQuery(type(row))
        query.add_q(models.Q(pk=row.pk))
        query.add_update_values({name: getattr(row, name) for name in names})
        return [query.get_compiler(alias).as_sql()]

    columns = [*(meta.get_field(name) for name in names), meta.pk]
    given = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in columns]  # type: ignore[union-attr]
    yield from _worded((type(row), "update", names, connection.vendor), given, compiled)


def _worded(key: tuple[Any, ...] | None, given: list[Any], compiled: Callable[[], list[Statement]]) -> list[Statement]:
    """Statements by the words they had last time, when only the values differ; compiled wherever that is not sure.

    The ORM words each anew, which takes longer than the database needs to run it. Words are kept under a key, and only
    when the ORM made one statement of exactly these values.
    """
    if key is None or any(hasattr(value, "as_sql") for value in given):
        return compiled()
    if key in _words:
        return [(_words[key], tuple(given))]
    found = compiled()
    if len(found) == 1 and list(found[0][1]) == given:
        _words[key] = found[0][0]
    return found
