"""Makers of AI systems and files for tests."""

import csv
import io
import itertools
from typing import Any

from aims.models import AISystem
from aims.services import register_system
from core.actor import Actor
from core.models import Entry

_numbers = itertools.count(1)


def make_system(actor: Actor, name: str = "", **fields: Any) -> AISystem:
    """A registered system."""
    return register_system(actor=actor, name=name or f"System {next(_numbers)}", **fields)


def entries(actor: Actor) -> int:
    """How many entries the history of the actor's management system has."""
    return Entry.objects.filter(chain__management_system_id=actor.management_system_id).count()


def csv_file(header: list[str], *rows: list[str], name: str = "list.csv", encoding: str = "utf-8") -> io.BytesIO:
    """A small CSV as an upload."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    file = io.BytesIO(text.getvalue().encode(encoding))
    file.name = name
    return file
