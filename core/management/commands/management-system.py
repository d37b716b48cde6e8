"""manage.py management-system create --slug SLUG --name NAME --administrator EMAIL | purge --slug SLUG --really"""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from core import purge
from core.actor import operator
from core.management.commands import management_system, messages
from core.queries.people import person_by_email
from core.services.people import create_person
from core.services.tenancy import create_management_system


class Command(BaseCommand):
    """What operators do with management systems."""

    help = "Start a management system. Prints the administrator's password when the person is new."

    def add_arguments(self, parser: CommandParser) -> None:
        """Subcommands create and purge."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="start a management system")
        create.add_argument("--slug", required=True)
        create.add_argument("--name", required=True)
        create.add_argument("--administrator", required=True, metavar="EMAIL")
        create.add_argument("--person-name", default="", help="name of the administrator when the person is new")
        create.add_argument("--scope", default="", help="the scope in one sentence (clause 4.3)")
        create.add_argument("--time-zone", default="UTC")
        create.add_argument("--language", default="en", choices=["en", "de"])
        away = verbs.add_parser("purge", help="take a management system away: records, history, files; for good")
        away.add_argument("--slug", required=True)
        away.add_argument("--really", action="store_true", help="needed for one that is not the demo")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the subcommand says; exit status 0 only when it was done."""
        getattr(self, f"_{options['verb']}")(options)

    def _purge(self, options: dict[str, Any]) -> None:
        """Delete everything and say how the history ended, for whoever keeps a checkpoint of it."""
        tenant = management_system(options["slug"])
        try:
            gone = purge.purge(
                actor=operator(), management_system=tenant, reason="Purged by an operator.", really=options["really"]
            )
        except purge.NotADemo as refusal:
            raise CommandError(f"{refusal} --really deletes its records, history and files for good.") from refusal
        last = f"entry {gone.entries} was the last, head {gone.head}"
        self.stdout.write(f"/{gone.slug}/ is gone: {gone.rows} rows; {last}")

    def _create(self, options: dict[str, Any]) -> None:
        """Create the person if need be, then the management system, in one transaction."""
        password = ""
        try:
            with transaction.atomic():
                person = person_by_email(options["administrator"])
                if person is None:
                    password = secrets.token_urlsafe(15)
                    name = options["person_name"] or options["administrator"].split("@")[0]
                    person = create_person(
                        actor=operator(), email=options["administrator"], name=name, password=password
                    )
                tenant = create_management_system(
                    actor=operator(), slug=options["slug"], name=options["name"], administrator=person,
                    scope_statement=options["scope"], time_zone=options["time_zone"], language=options["language"],
                )  # fmt: skip
        except ValidationError as error:
            raise CommandError(messages(error)) from error
        self.stdout.write(f"/{tenant.slug}/ is there; administrator and manager: {person.email}")
        if password:
            self.stdout.write(f"password (change it at first sign-in): {password}")
