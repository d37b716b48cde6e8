"""What Where we stand and My work draw: findings, what waits, the path, what changed."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, Max
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from core import agenda, checks, registries
from core.actor import Actor
from core.agenda import Due, PathStep
from core.models import Membership, Person
from core.queries import history
from core.records import type_of
from core.scope import Scope

CLAUSES: dict[str, Any] = {
    "4": _("Context"), "5": _("Leadership"), "6": _("Planning"), "7": _("Support"), "8": _("Operation"),
    "9": _("Evaluation"), "10": _("Improvement"), "A": _("Annex A"),
}  # fmt: skip
OTHER = "-"
SOON = dt.timedelta(days=agenda.SOON_DAYS)
NEWEST = 8
WINDOW = 5_000
"""Entries among which the newest steps are looked for."""


@dataclass(frozen=True)
class Found:
    """A finding as it is drawn: the sentence, where it is mended."""

    finding: checks.Finding
    text: str
    url: str
    clause: str

    @property
    def check(self) -> Any:
        """Return the check that found it."""
        return self.finding.check


def clause_of(text: str) -> str:
    """Return the chapter of a clause: "6.1.3 f)" → "6", "A.6.2.4" → "A"."""
    head = text.strip().split(".")[0].split(" ")[0]
    return head if head in CLAUSES else OTHER


def address_of(record: Any, slug: str) -> str:
    """Return the page of a record; "" when it has none."""
    address = registries.address_of(type_of(record)) if record is not None else None
    return address.url(slug, getattr(record, address.by) if address.by else None) if address else ""


def findings(scope: Scope, slug: str) -> list[Found]:
    """Return what every check finds now, by tier, then check."""
    return [
        Found(one, checks.sentence(one), address_of(one.record, slug), clause_of(one.check.clause if one.check else ""))
        for one in checks.run(scope)
    ]


def most_urgent(found: Sequence[Found], most: int = 3) -> list[Found]:
    """Return the first finding of each of the weightiest checks: what to do next, and then."""
    firsts: dict[str, Found] = {}
    for one in found:
        firsts.setdefault(one.check.id, one)
    return list(firsts.values())[:most]


@dataclass(frozen=True)
class ClauseRow:
    """A chapter of the standard with its findings by tier."""

    key: str
    label: Any
    counts: Sequence[tuple[str, int]]


def by_clause(found: Sequence[Found]) -> list[ClauseRow]:
    """Return the findings counted by chapter and tier, every chapter once."""
    rows = []
    for key, label in {**CLAUSES, OTHER: _("Other")}.items():
        own = [one for one in found if one.clause == key]
        counts = [(tier, sum(one.check.tier == tier for one in own)) for tier in checks.TIERS]
        if own or key != OTHER:
            rows.append(ClauseRow(key, label if key in {"A", OTHER} else f"{key} {label}", counts))
    return rows


@dataclass(frozen=True)
class OnPath:
    """A step of the path, counted."""

    step: PathStep
    done: int
    total: int
    url: str

    @property
    def css(self) -> str:
        """Return done, now (begun) or "" (not begun)."""
        if self.total and self.done >= self.total:
            return "done"
        return "now" if self.done else ""


def path(scope: Scope, slug: str) -> list[OnPath]:
    """Return the registered steps of the path, counted."""
    found = []
    for step in agenda.path_steps():
        done, total = step.count(scope)
        try:
            url = reverse(step.url_name, kwargs={"slug": slug})
        except NoReverseMatch:
            url = ""
        found.append(OnPath(step, done, total, f"{url}?{step.query}" if url and step.query else url))
    return found


@dataclass
class PersonDue:
    """What waits for one person."""

    person: Person
    overdue: int = 0
    soon: int = 0


@dataclass
class Waiting:
    """What waits, sorted by how soon."""

    today: dt.date
    slug: str
    items: Sequence[Due] = ()
    names: dict[uuid.UUID, Person] = field(default_factory=dict)
    reader: uuid.UUID | None = None

    def of(self, chosen: Sequence[Due]) -> list[dict[str, Any]]:
        """Return items as they are drawn."""
        return [
            {
                "due": one, "url": one.url(self.slug, self.reader), "late": one.on is not None and one.on < self.today,
                "people": [self.names[pk] for pk in one.people if pk in self.names],
                "days": (self.today - one.since).days if one.since else None,
            }
            for one in chosen
        ]  # fmt: skip

    def for_person(self, person_id: uuid.UUID) -> "Waiting":
        """Return what waits for one person."""
        return replace(self, items=[one for one in self.items if person_id in one.people])

    @property
    def people(self) -> list[Person]:
        """Return everybody for whom something waits, by name."""
        return sorted(self.names.values(), key=lambda person: person.name)

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """Return what waits for a signature."""
        return self.of([one for one in self.items if one.decision])

    @property
    def overdue(self) -> list[dict[str, Any]]:
        """Return what is late."""
        return self.of([one for one in self.items if not one.decision and one.on and one.on < self.today])

    @property
    def soon(self) -> list[dict[str, Any]]:
        """Return what is due within thirty days."""
        within = self.today + SOON
        return self.of([one for one in self.items if not one.decision and one.on and self.today <= one.on <= within])

    @property
    def later(self) -> list[dict[str, Any]]:
        """Return what is due later or without a date."""
        within = self.today + SOON
        return self.of([one for one in self.items if not one.decision and (one.on is None or one.on > within)])

    @property
    def by_person(self) -> list[PersonDue]:
        """Return how much is late and due soon for each person."""
        rows: dict[uuid.UUID, PersonDue] = {}
        for one in self.items:
            if one.on is None or one.on > self.today + SOON:
                continue
            for pk in one.people:
                if pk in self.names:
                    row = rows.setdefault(pk, PersonDue(self.names[pk]))
                    row.overdue += one.on < self.today
                    row.soon += one.on >= self.today
        return sorted(rows.values(), key=lambda row: (-row.overdue, -row.soon, row.person.name))


def waiting(scope: Scope, slug: str, reader: uuid.UUID | None) -> Waiting:
    """Return everything that waits, led to as it suits the reader."""
    items = agenda.waiting(scope)
    ids = {pk for one in items for pk in one.people if pk}
    members = Membership.objects.of(scope).filter(person_id__in=ids).select_related("person") if ids else ()
    return Waiting(scope.today, slug, items, {row.person_id: row.person for row in members}, reader)


def panes(scope: Scope, actor: Actor) -> list[tuple[str, dict[str, Any]]]:
    """Return the panes rooms add to Where we stand: (template, context)."""
    found = []
    for _name, draw in registries.panels.get("where-we-stand"):
        pane = draw(None, scope, actor)
        if pane is not None:
            found.append(pane)
    return found


@dataclass(frozen=True)
class LatestStep:
    """A step in words, with how many records it changed; of several records the step is named, of one the record."""

    change: Any
    change_id: str
    records: int


def newest(scope: Scope, slug: str) -> list[LatestStep]:
    """Return the newest steps in words; a bulk edit or an import is one."""
    own = history.entries(scope)
    recent = own.filter(seq__gt=scope.seq - WINDOW).values("change_id").annotate(last=Max("seq")).order_by("-last")
    last = {row["change_id"]: row["last"] for row in recent[:NEWEST]}
    counted = own.filter(change_id__in=last).values("change_id").annotate(n=Count("record_id", distinct=True))
    records = dict(counted.values_list("change_id", "n"))
    found = list(own.filter(seq__in=last.values()).order_by("-seq"))
    words = history.told(found, scope, slug)
    return [LatestStep(said, one.change_id, records[one.change_id]) for one, said in zip(found, words, strict=True)]


def members(scope: Scope) -> int:
    """Return how many members there are."""
    return Membership.objects.of(scope).valid_at(scope.moment).count()


def member_named(scope: Scope, person_id: uuid.UUID) -> Person | None:
    """Return the person behind a membership of the scope, or None."""
    row = Membership.objects.of(scope).filter(person_id=person_id).select_related("person").first()
    return row.person if row is not None else None
