"""Where the story is played: who is who, which record is which, and words and days as the services want them."""

import datetime
import re
import uuid
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models

from controls.models import Control
from core import clock
from core.actor import PERSON, Actor, operator
from core.models import ManagementSystem, Membership, Person
from reports.demo import DOOR, calendar

M = TypeVar("M", bound=models.Model)
DAYS = frozenset(
    "date due next_review last_review go_live target_date valid_until next_audit_on done_on valid_from valid_to".split()
)
"""What the story gives in days from the day of loading, negative in the past."""
RATINGS = ("before", "today", "target")
DIMENSIONS = {"o": "organisation", "i": "individuals", "g": "groups", "s": "society", "e": "environment"}
NAMED = re.compile(r"\{([a-z0-9-]+)\}")


class Stage:
    """The management system while its past is written."""

    def __init__(self, tenant: ManagementSystem, people: Mapping[str, Person], today: datetime.date) -> None:
        self.tenant, self.people, self.today = tenant, people, today
        self.records: dict[str, tuple[type[models.Model], uuid.UUID]] = {}
        self.refs: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        """Keys of intake links; gone when the story ends, so that nobody can use them."""

    def actor(self, key: str) -> Actor:
        """Somebody at work, with the roles they hold at this moment; "operator" is the command line."""
        if key == "operator":
            return operator(self.tenant.pk, door=DOOR)
        person = self.people[key]
        member = Membership.objects.filter(management_system=self.tenant, person=person).valid_at(clock.now()).get()
        return Actor(PERSON, self.tenant.pk, person.pk, frozenset(member.roles), DOOR, recently_authenticated=True)

    def keep(self, key: str, record: models.Model) -> None:
        """Remember which record the story calls by this name."""
        if key in self.records:
            raise ValueError(f"the story calls two records {key}")
        self.records[key] = type(record), record.pk
        self.refs[key] = str(getattr(record, "ref", "")) or str(record)

    def record(self, model: type[M], key: str) -> M:
        """The record of this name as it is now."""
        kind, pk = self.records[key]
        if kind is not model:
            raise LookupError(f"{key} is a {kind.__name__}, not a {model.__name__}")
        return model._default_manager.get(pk=pk)

    def about(self, key: str) -> models.Model:
        """The record of this name, whatever its kind, or the control of this code."""
        if key not in self.records:
            return self.controls([key])[0]
        kind, pk = self.records[key]
        return kind._default_manager.get(pk=pk)

    def day(self, offset: int) -> datetime.date:
        """A day counted from the day of loading."""
        return calendar.day(self.today, offset)

    def told(self, text: str) -> str:
        """A text with the references of the records it names ("{drift}" becomes "RSK-7")."""
        return NAMED.sub(lambda found: self.refs[found[1]], " ".join(text.split()))

    def controls(self, codes: list[str]) -> list[Control]:
        """The controls of these codes."""
        found = list(Control.objects.filter(management_system=self.tenant, code__in=codes))
        if len(found) != len(codes):
            raise LookupError(f"unknown control among {codes}")
        return found

    def fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the story gives, as the services take it."""
        found: dict[str, Any] = {}
        for name, value in given.items():
            found |= rating(name, value) if name in RATINGS else {name: self._value(name, value)}
        return found

    def _value(self, name: str, value: Any) -> Any:
        if name in DAYS and value is not None:
            return self.day(value)
        if name == "owner":
            return self.people[value].pk if value else None
        if name == "systems":
            return [self.records[key][1] for key in value]
        if name == "controls":
            return self.controls(value)
        if name == "control":
            return self.controls([value])[0]
        return self.told(value) if isinstance(value, str) else value


def rating(when: str, text: str) -> dict[str, Any]:
    """A rating as likelihood and consequences: "4 i5 o3" is likely, severe for individuals; "?" cannot be estimated."""
    likelihood, *consequences = text.split()
    return {
        f"{when}_likelihood": 0 if likelihood == "?" else int(likelihood),
        f"{when}_consequences": {DIMENSIONS[part[0]]: int(part[1:]) for part in consequences},
    }
