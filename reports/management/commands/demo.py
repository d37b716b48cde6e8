"""manage.py demo [--reset]"""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import ledger
from reports.demo import load


class Command(BaseCommand):
    """Loads the demo organisation."""

    help = "Load the demo organisation if it is absent; --reset takes it away first. Passwords: manage.py sign_ins."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to begin again."""
        parser.add_argument("--reset", action="store_true", help="delete the demo and load it afresh")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 means that the demo is there, whole."""
        try:
            tenant = load.found()
            if tenant is not None and load.is_whole(tenant) and not options["reset"]:
                self.stdout.write(f"/{tenant.slug}/ is there already; --reset loads it afresh.")
                return
            if tenant is not None:
                gone = load.remove(tenant, "The demo was reset." if options["reset"] else "It was loaded in part only.")
                self.stdout.write(f"/{gone.slug}/ was taken away: {gone.rows} rows, {gone.entries} entries")
            began = time.monotonic()
            tenant = load.load()
        except (load.Taken, load.Broken) as refusal:
            raise CommandError(str(refusal)) from refusal
        entries = ledger.chain_of(tenant.pk).seq
        self.stdout.write(f"/{tenant.slug}/ is loaded: {entries} entries in {time.monotonic() - began:.1f} s")
