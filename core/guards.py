"""Append-only triggers on both engines. They stop accidents; the guarantee is the chain and the outside checkpoint."""

from typing import Any

from django.core import checks
from django.db import connections
from django.db.utils import Error as DatabaseError

TABLES = ("core_entry", "core_checkpoint")
MESSAGE = "the ledger is append-only"

SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table}
WHEN NOT EXISTS (SELECT 1 FROM core_ledgerpass WHERE chain_id = OLD.chain_id)
BEGIN SELECT RAISE(ABORT, '{message}'); END
"""
POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION core_ledger_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN RAISE EXCEPTION '{message}'; END IF;
  IF NOT EXISTS (SELECT 1 FROM core_ledgerpass WHERE chain_id = OLD.chain_id) THEN RAISE EXCEPTION '{message}'; END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$
"""
POSTGRES = (
    "DROP TRIGGER IF EXISTS {table}_guard ON {table}",
    "CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION core_ledger_guard()",
    "DROP TRIGGER IF EXISTS {table}_guard_all ON {table}",
    "CREATE TRIGGER {table}_guard_all BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION core_ledger_guard()",
)


def install(using: str = "default", **_: Any) -> None:
    """Create what is missing; runs after every migration because SQLite's table rebuilds drop triggers silently."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if not set(TABLES) <= set(connection.introspection.table_names(cursor)):
            return
        if connection.vendor == "sqlite":
            for table in TABLES:
                for verb in ("update", "delete"):
                    cursor.execute(SQLITE.format(table=table, verb=verb, message=MESSAGE))
        elif connection.vendor == "postgresql":
            cursor.execute(POSTGRES_FUNCTION.format(message=MESSAGE))
            for table in TABLES:
                for statement in POSTGRES:
                    cursor.execute(statement.format(table=table))


def missing(using: str = "default") -> list[str]:
    """Names of guards that do not exist."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            wanted = {f"{table}_no_{verb}" for table in TABLES for verb in ("update", "delete")}
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            wanted = {f"{table}_guard{suffix}" for table in TABLES for suffix in ("", "_all")}
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        return sorted(wanted - {row[0] for row in cursor.fetchall()})


def check_guards(databases: Any = None, **_: Any) -> list[checks.CheckMessage]:
    """System check: refuses to call a database sound whose ledger can be edited by accident."""
    if not databases or "default" not in databases:
        return []
    try:
        connection = connections["default"]
        with connection.cursor() as cursor:
            if "core_entry" not in connection.introspection.table_names(cursor):
                return []
        absent = missing()
    except DatabaseError as error:
        return [checks.Error(f"The database cannot be read: {error}", id="core.E002")]
    if not absent:
        return []
    return [
        checks.Error(
            f"The ledger's guards are missing: {', '.join(absent)}.", hint="Run manage.py migrate.", id="core.E001"
        )
    ]
