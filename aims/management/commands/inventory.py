"""``manage.py inventory sync FILE --in <slug> --source NAME``: bring an inventory in from the command line."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.services.imports import SYSTEMS
from core.actor import Actor, operator
from core.imports import Setup, wizard
from core.imports.running import overtaken
from core.management.commands import management_system, messages
from core.planner import KINDS, MappingError
from core.sync import Applied
from core.tables import TableError, read_table

WORDS = {
    "create": "new",
    "change": "changed",
    "unchanged": "unchanged",
    "kept": "kept as people edited them",
    "duplicate": "duplicates of another row",
    "matched": "waiting for a decision: another source's system",
    "refused": "refused",
}


class Command(BaseCommand):
    """Exit status 0 only when every row was used and everything was written."""

    help = "Bring in or compare an inventory of AI systems."

    def add_arguments(self, parser: CommandParser) -> None:
        """``inventory sync FILE …``."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        sync = verbs.add_parser("sync", help="Make the inventory say what a file says; people's edits stay.")
        sync.add_argument("file", type=Path, help="CSV, Excel (.xlsx), JSON or NDJSON.")
        sync.add_argument("--in", dest="slug", required=True, help="Address of the management system.")
        sync.add_argument("--source", required=True, help="Name of the source, such as cmdb.")
        sync.add_argument("--mapping", default="", help="How columns become fields; found by the columns if not given.")
        sync.add_argument("--dry-run", action="store_true", help="Say what would happen; write nothing.")
        sync.add_argument("--complete", action="store_true", help="The file is all there is: mark what it lacks.")
        sync.add_argument("--confirm-missing", action="store_true", help="Mark even if more than 20 %% are missing.")
        sync.add_argument("--as-json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, print, write."""
        try:
            self._sync(options)
        except (TableError, MappingError) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(messages(error)) from error

    def _sync(self, options: dict[str, Any]) -> None:
        actor = operator(management_system(options["slug"]).pk)
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        setup = self._setup(actor, path, options)
        table = wizard.read_path(path, setup)
        found = wizard.plan_import(actor, SYSTEMS, table, setup)
        applied = None if options["dry_run"] else found.execute()
        (self._as_json if options["as_json"] else self._as_text)(found.plan, applied)
        for row in overtaken(found.plan, applied) if applied else ():
            self.stderr.write(f"Row {row.row}: {row.reason}")
        if found.plan.refusals:
            raise CommandError(f"{len(found.plan.refusals)} rows could not be used.")
        if found.plan.obstacle == "too-many-missing" and options["complete"]:
            raise CommandError("More than 20 % are missing; nothing was marked. Say --confirm-missing to mark them.")

    def _setup(self, actor: Actor, path: Path, options: dict[str, Any]) -> Setup:
        """How the file is read: by the mapping that was named, else by the one its columns fit."""
        setup = wizard.named_setup(actor, SYSTEMS, read_table(path, path.name), options["mapping"])
        if setup is None:
            raise CommandError(
                "The columns fit no mapping; give --mapping, or map them once on the import page and keep the mapping."
            )
        given = {name: options[name] for name in ("source", "complete", "confirm_missing")}
        return replace(setup, **given)

    def _as_json(self, plan: Any, applied: Applied | None) -> None:
        refused = [{"row": o.row, "column": o.column, "code": o.code, "reason": o.reason} for o in plan.refusals]
        written = None
        if applied is not None:
            written = {"change_id": applied.change_id, "created": applied.created, "changed": applied.changed}
        self.stdout.write(json.dumps({**plan.summary(), "written": written, "refused_rows": refused}, indent=2))

    def _as_text(self, plan: Any, applied: Applied | None) -> None:
        self.stdout.write(f"{len(plan.outcomes):>7} rows")
        for kind in KINDS:
            if plan.counts[kind]:
                self.stdout.write(f"{plan.counts[kind]:>7} {WORDS[kind]}")
        if plan.missing and plan.policy.complete:
            self.stdout.write(f"{len(plan.missing):>7} missing in this file")
        for outcome in plan.refusals:
            where = f", column {outcome.column}" if outcome.column else ""
            self.stderr.write(f"Row {outcome.row}{where}: {outcome.reason}")
        if applied is None:
            self.stdout.write("Nothing was written (dry run).")
        elif not applied.ids and not applied.claimed and not applied.missing:
            self.stdout.write("Nothing was written: the inventory says this already.")
        else:
            self.stdout.write(f"Written as step {applied.change_id}.")
