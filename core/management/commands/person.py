"""manage.py person disable EMAIL | enable EMAIL: keeps somebody out everywhere, or lets them in again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.actor import operator
from core.queries.people import person_by_email
from core.services.people import set_active


class Command(BaseCommand):
    """What operators do with people (TRUST T05)."""

    help = "Keep somebody out at once, sessions and tokens included, or let them in again. What they wrote stays."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what, and who."""
        parser.add_argument("verb", choices=["disable", "enable"])
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 only when it was done, or was so before."""
        person = person_by_email(options["email"])
        if person is None:
            raise CommandError(f"nobody here has the address {options['email']}")
        active = options["verb"] == "enable"
        if person.is_active != active:
            set_active(actor=operator(), person=person, active=active)
        self.stdout.write(f"{person.email} {'can sign in' if active else 'is kept out'}")
