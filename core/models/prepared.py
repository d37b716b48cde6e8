"""Queries that every request asks: written as SQL once, then asked with other values."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db.models import Expression, Field, QuerySet

M = TypeVar("M")
Fill = Callable[[Any, Any], Any]
LASTING = frozenset({"default", settings.SNAPSHOT_ALIAS})
"""Databases that stay; those of past moments come and go."""


@dataclass(frozen=True)
class Blank:
    """A place among the values of a query; ``fill`` turns what is given into what the database takes."""

    name: str
    fill: Fill


class Given(Expression):
    """A value that is known only when the query is asked: ``filter(pk=Given("person", UUIDField()))``."""

    def __init__(self, name: str, output_field: Field):
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """A placeholder, and a blank in the place of its value."""
        field = self.output_field
        return "%s", (Blank(self.name, field.get_db_prep_value),)


class Prepared(Generic[M]):
    """Rows of a query whose values are ``Given``; no prefetch.

    To work out the SQL of a small query takes the framework three times as long as the database needs to answer it, and
    each request asks the same few: whose token, which memberships, where the ledger stands.
    """

    def __init__(self, build: Callable[[str], QuerySet]):
        self._build = build
        self._kept = threading.local()  # a connection belongs to its thread, and so does what was compiled for it

    def asked(self, alias: str = "default", **values: Any) -> list[M]:
        """The rows for these values, from one database."""
        kept: dict[str, _Compiled] = self._kept.__dict__
        found = kept.get(alias)
        if found is None:
            found = _Compiled(self._build(alias).using(alias), alias)
            if alias in LASTING:
                kept[alias] = found
        return found.asked(values)

    def first(self, alias: str = "default", **values: Any) -> M | None:
        """The first row, or None."""
        rows = self.asked(alias, **values)
        return rows[0] if rows else None


class _Compiled:
    def __init__(self, rows: QuerySet, alias: str):
        self.rows = rows
        compiler: Any = rows.query.get_compiler(using=alias)
        self.sql, self.blanks = compiler.as_sql()
        self.compiler = compiler
        compiler.as_sql = self._filled
        query: Any = rows.query
        query.get_compiler = lambda *_args, **_named: compiler
        self.values: dict[str, Any] = {}

    def _filled(self, *_args: Any, **_named: Any) -> tuple[str, tuple[Any, ...]]:
        connection = self.compiler.connection
        return self.sql, tuple(
            blank.fill(self.values[blank.name], connection) if isinstance(blank, Blank) else blank
            for blank in self.blanks
        )

    def asked(self, values: dict[str, Any]) -> list[Any]:
        self.values = values
        found = list(self.rows)
        self.rows._result_cache = None  # the query set is asked anew, with other values
        return found
