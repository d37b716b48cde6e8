"""Conditions the framework has none for."""

import json
from typing import Any

from django.db.models import ForeignKey, Lookup, UUIDField

Told = tuple[str, tuple[Any, ...]]


@ForeignKey.register_lookup
@UUIDField.register_lookup
class AnyOf(Lookup):
    """``pk__any_of=ids``: as ``__in`` for many ids, which go to the database as one value instead of one each."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Told:
        """The condition for SQLite."""
        lhs, params = self.process_lhs(compiler, connection)
        column = getattr(self.lhs.output_field, "target_field", self.lhs.output_field)
        ids = [column.get_db_prep_value(one, connection) for one in self.rhs]
        return f"{lhs} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(ids))  # noqa: S608 (the column is the ORM's)

    def as_postgresql(self, compiler: Any, connection: Any) -> Told:
        """The condition for Postgres."""
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(%s)", (*params, list(self.rhs))
