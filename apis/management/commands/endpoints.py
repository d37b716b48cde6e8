"""``manage.py endpoints --in <slug>``: the inventory of APIs as JSON or as a table."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apis import queries
from apis.queries_of_inventory import endpoint_facts
from core.management.commands import management_system
from core.scope import current


class Command(BaseCommand):
    """Says what is known; where nothing was brought in it says so instead of an empty table."""

    help = "List the endpoints of a management system."

    def add_arguments(self, parser: CommandParser) -> None:
        """``endpoints --in SLUG``."""
        parser.add_argument("--in", dest="slug", required=True, help="Address of the management system.")
        parser.add_argument("--format", choices=["table", "json"], default="table", help="How to print it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """One endpoint a line, by host, path and method."""
        scope = current(management_system(options["slug"]).pk)
        rows = endpoint_facts(scope)
        if options["format"] == "json":
            self.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False))
        elif rows:
            self._table(rows)
        elif queries.every_service(scope).exists():
            self.stdout.write("No endpoint was found in what was brought in.")
        else:
            self.stdout.write("Nothing was brought in yet, so nothing is known.")

    def _table(self, rows: list[dict[str, Any]]) -> None:
        names = ("ref", "host", "method", "path", "state", "ai_kind", "calls", "last_seen", "owner")
        lines = [names, *(tuple(str(row[name] if row[name] is not None else "") for name in names) for row in rows)]
        widths = [max(len(line[at]) for line in lines) for at in range(len(names))]
        for line in lines:
            padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
            self.stdout.write("  ".join(padded).rstrip())
