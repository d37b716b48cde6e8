"""manage.py management-system create --slug SLUG --name NAME --administrator EMAIL"""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from core.actor import operator
from core.management.commands import messages
from core.queries.people import person_by_email
from core.services.people import create_person
from core.services.tenancy import create_management_system


class Command(BaseCommand):
    """What operators do with management systems."""

    help = "Start a management system. Prints the administrator's password when the person is new."

    def add_arguments(self, parser: CommandParser) -> None:
        """Subcommand create."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="start a management system")
        create.add_argument("--slug", required=True)
        create.add_argument("--name", required=True)
        create.add_argument("--administrator", required=True, metavar="EMAIL")
        create.add_argument("--person-name", default="", help="name of the administrator when the person is new")
        create.add_argument("--scope", default="", help="the scope in one sentence (clause 4.3)")
        create.add_argument("--time-zone", default="UTC")
        create.add_argument("--language", default="en", choices=["en", "de"])

    def handle(self, *args: Any, **options: Any) -> None:
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
