"""manage.py checks --in <slug> [--format json]"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core import checks, scope
from core.management.commands import management_system

WORDS = {
    "blocks": "Blocks certification", "likely": "Likely nonconformity", "fix": "Worth fixing", "tidy": "Tidy",
}  # fmt: skip


class Command(BaseCommand):
    """Runs the compliance checks."""

    help = "Run the compliance checks of a management system and print what they find."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where, and how to print."""
        parser.add_argument("--in", dest="slug", required=True, metavar="SLUG")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        """Findings by tier; exit status 0 means that all checks ran."""
        tenant = management_system(options["slug"])
        with scope.snapshot(tenant.pk) as read:
            found = list(checks.run(read))
        rows = [
            {"check": f.check.id, "tier": f.check.tier, "clause": f.check.clause, "ref": f.ref, "code": f.code,
             "message": checks.sentence(f), "params": f.params}
            for f in found if f.check is not None
        ]  # fmt: skip
        if options["format"] == "json":
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2, sort_keys=True, default=str))
            return
        for tier, word in WORDS.items():
            of_tier = [row for row in rows if row["tier"] == tier]
            self.stdout.write(f"{word}: {len(of_tier)}")
            for row in of_tier:
                self.stdout.write(f"  {row['check']} ({row['clause']}) {row['ref']} {row['message']}".rstrip())
        self.stdout.write(f"{len(checks.registered())} checks ran, {len(rows)} findings")
