"""Conditions the framework has none for."""

import json
from typing import Any

from django.db.models import ForeignKey, Lookup, UUIDField

from core.models.prepared import Blank, Fill, Given

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
        return f"{lhs} IN (SELECT value FROM json_each(%s))", (*params, self._told(self._as_json, connection))  # noqa: S608 (the column is the ORM's)

    def as_postgresql(self, compiler: Any, connection: Any) -> Told:
        """The condition for Postgres."""
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(%s)", (*params, self._told(lambda ids, _connection: list(ids), connection))

    def _as_json(self, ids: Any, connection: Any) -> str:
        column = getattr(self.lhs.output_field, "target_field", self.lhs.output_field)
        return json.dumps([column.get_db_prep_value(one, connection) for one in ids])

    def _told(self, fill: Fill, connection: Any) -> Any:
        return Blank(self.rhs.name, fill) if isinstance(self.rhs, Given) else fill(self.rhs, connection)
