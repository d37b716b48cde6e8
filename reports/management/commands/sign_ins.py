"""manage.py sign_ins [--renew]"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reports.demo import load, sign_ins


class Command(BaseCommand):
    """Prints how to sign in to the demo."""

    help = "Print how to sign in to the demo organisation; --renew gives its people new passwords."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to make new ones."""
        parser.add_argument("--renew", action="store_true", help="new passwords for everybody of the demo")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 means that there are sign-ins."""
        try:
            tenant = load.found()
        except load.Taken as refusal:
            raise CommandError(str(refusal)) from refusal
        if tenant is None:
            raise CommandError("the demo is not loaded; manage.py demo loads it")
        text = sign_ins.renew(tenant) if options["renew"] else sign_ins.read()
        if not text:
            raise CommandError(f"{sign_ins.path()} is not there; --renew gives everybody a new password")
        self.stdout.write(text.rstrip())
