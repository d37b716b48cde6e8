"""What Where we stand and My work draw: findings, what waits, the path, what changed."""

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, TypeVar, overload

from django.core.cache import cache
from django.db.models import Count, Max
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from core import agenda, checks, registries
from core.actor import Actor
from core.agenda import Due, Dues, PathStep
from core.models import ManagementSystem, Membership, Person
from core.queries import history, search
from core.records import type_of
from core.scope import Scope

CLAUSES: dict[str, Any] = {
    "4": _("Context"), "5": _("Leadership"), "6": _("Planning"), "7": _("Support"), "8": _("Operation"),
    "9": _("Evaluation"), "10": _("Improvement"), "A": _("Annex A"),
}  # fmt: skip
OTHER = "-"
SOON = dt.timedelta(days=agenda.SOON_DAYS)
NEWEST = 8
LAST = 90
"""Where a pane stands that does not say ``order`` in its context."""
REMEMBERED_S = 300
"""How long counts hold that depend on the time of day, such as whose membership has ended."""
T = TypeVar("T")
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


def remembered(scope: Scope, name: str, find: Callable[[], T]) -> T:
    """Count once for everybody until the next entry in the ledger, at most for minutes; the past is counted anew."""
    if scope.past:
        return find()
    exactly = f"{scope.management_system_id}:{scope.seq}:{scope.today}:{name}"
    key = f"standing:{hashlib.sha256(exactly.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        found = find()
        cache.set(key, found, REMEMBERED_S)
    return found


class Findings(Sequence[Found]):
    """What checks find now, by tier, then check: counted by the database, put into words only where it is drawn."""

    def __init__(self, scope: Scope, slug: str, clause: str = "", tier: str = "", check: str = "") -> None:
        self.scope, self.slug = scope, slug
        self.found = [
            one.found(scope)
            for one in checks.registered()
            if clause in {"", clause_of(one.clause)} and tier in {"", one.tier} and check in {"", one.id}
        ]

    @cached_property
    def counts(self) -> list[int]:
        """Return how much each check finds."""
        names = ".".join(one.check.id for one in self.found)
        return remembered(self.scope, f"findings:{names}", lambda: [len(one) for one in self.found])

    def __len__(self) -> int:
        return sum(self.counts)

    @overload
    def __getitem__(self, at: int) -> Found: ...

    @overload
    def __getitem__(self, at: slice) -> list[Found]: ...

    def __getitem__(self, at: int | slice) -> Found | list[Found]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        begin, end, _step = at.indices(len(self))
        before, drawn = 0, []
        for found, count in zip(self.found, self.counts, strict=True):
            first, last = max(begin - before, 0), min(end - before, count)
            before += count
            drawn += self._drawn(found, first, last) if first < last else []
        return drawn

    def _drawn(self, found: checks.Found, first: int, last: int) -> list[Found]:
        return [
            Found(one, checks.sentence(one), address_of(one.record, self.slug), clause_of(found.check.clause))
            for one in found.part(first, last)
        ]

    def most_urgent(self, most: int = 3) -> list[Found]:
        """Return the first finding of each of the weightiest checks: what to do next, and then."""
        firsts: list[Found] = []
        for found, count in zip(self.found, self.counts, strict=True):
            if count and len(firsts) < most:
                firsts += self._drawn(found, 0, 1)
        return firsts

    def by_clause(self) -> list["ClauseRow"]:
        """Return the findings counted by chapter and tier, every chapter once."""
        counted: Counter[tuple[str, str]] = Counter()
        for found, count in zip(self.found, self.counts, strict=True):
            counted[clause_of(found.check.clause), found.check.tier] += count
        rows = []
        for key, label in {**CLAUSES, OTHER: _("Other")}.items():
            counts = [(tier, counted[key, tier]) for tier in checks.TIERS]
            if key != OTHER or any(number for _tier, number in counts):
                rows.append(ClauseRow(key, label if key in {"A", OTHER} else f"{key} {label}", counts))
        return rows


@dataclass(frozen=True)
class ClauseRow:
    """A chapter of the standard with its findings by tier."""

    key: str
    label: Any
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Figure:
    """A number that leads to its rows."""

    label: Any
    number: int
    url: str = ""


@dataclass(frozen=True)
class OnPath:
    """A step of the path, counted; ``done`` and ``total`` lead to what they count."""

    step: PathStep
    done: Figure
    total: Figure
    finished: bool
    url: str

    @property
    def css(self) -> str:
        """Return done, now (begun) or "" (not begun)."""
        if self.finished:
            return "done"
        return "now" if self.done.number else ""

    @property
    def recorded(self) -> bool:
        """Return whether anything of this step can be recorded here."""
        return self.step.count is not None

    @property
    def single(self) -> bool:
        """Return whether the step is one thing, done or not, with no rows behind it."""
        return self.step.rows is None and self.total.number <= 1


def path(scope: Scope, slug: str) -> list[OnPath]:
    """Return the nine steps of the path, counted as far as their rooms are there."""
    found = []
    for step in agenda.path_steps():
        done, total, *more = remembered(scope, f"path:{step.key}", partial(step.count, scope)) if step.count else (0, 0)
        finished = more[0] if more else 0 < total <= done
        url = at(scope, slug, step.url_name, step.query)
        place, of_done, of_all = step.rows or (step.url_name, step.query, step.query)
        figures = (
            Figure(step.label, done, at(scope, slug, place, of_done)),
            Figure(step.label, total, at(scope, slug, place, of_all)),
        )
        found.append(OnPath(step, figures[0], figures[1], bool(finished), url))
    return found


def at(scope: Scope, slug: str, url_name: str, query: str = "") -> str:
    """Return the address of a place with a query, staying in the past where the past is read; "" without a place."""
    try:
        url = reverse(url_name, kwargs={"slug": slug}) if url_name else ""
    except NoReverseMatch:
        return ""
    moment = search.moment_of(scope).removeprefix("?")
    asked = "&".join(part for part in (query, moment) if part)
    return f"{url}?{asked}" if url and asked else url


def slug_of(scope: Scope) -> str:
    """Return the first part of every address of the scope's management system."""
    return ManagementSystem.objects.values_list("slug", flat=True).get(pk=scope.management_system_id)


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
    many: Sequence[Dues] = ()
    names: dict[uuid.UUID, Person] = field(default_factory=dict)
    reader: uuid.UUID | None = None
    counted: Sequence[tuple[Any, int, int]] = ()

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
        return replace(self, items=agenda.in_order(agenda.person_of(self.items, self.many, person_id)), many=())

    @property
    def people(self) -> list[Person]:
        """Return everybody for whom something waits, by name."""
        return sorted(self.names.values(), key=lambda person: person.name)

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """Return what waits for a signature."""
        return self.of([one for one in self.items if one.decision])

    @property
    def mentions(self) -> list[dict[str, Any]]:
        """Return the comments that call upon somebody."""
        return self.of([one for one in self.items if one.mentions])

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
        rest = [one for one in self.items if not one.decision and not one.mentions]
        return self.of([one for one in rest if one.on is None or one.on > within])

    @property
    def by_person(self) -> list[PersonDue]:
        """Return how much is late and due soon for each person."""
        rows = {pk: PersonDue(person) for pk, person in self.names.items()}
        for one in self.items:
            if one.decision or one.on is None or one.on > self.today + SOON:
                continue
            for pk in {pk for pk in one.people if pk} & set(rows):
                rows[pk].overdue += one.on < self.today
                rows[pk].soon += one.on >= self.today
        for pk, late, soon in self.counted:
            if pk in rows:
                rows[pk].overdue += late
                rows[pk].soon += soon
        busy = [row for row in rows.values() if row.overdue or row.soon]
        return sorted(busy, key=lambda row: (-row.overdue, -row.soon, row.person.name))


def waiting(scope: Scope, slug: str, reader: uuid.UUID | None) -> Waiting:
    """Return everything that waits, led to as it suits the reader."""
    single, many = agenda.gathered(scope)
    until = scope.today + SOON
    counted = remembered(scope, "due", lambda: [row for one in many for row in one.by_person(scope.today, until)])
    ids = {pk for one in single for pk in one.people if pk} | {pk for pk, _late, _soon in counted}
    rows = Membership.objects.of(scope).filter(person_id__in=ids).select_related("person") if ids else ()
    names = {row.person_id: row.person for row in rows}
    return Waiting(scope.today, slug, agenda.in_order(single), many, names, reader, counted)


def panes(scope: Scope, actor: Actor) -> list[tuple[str, dict[str, Any]]]:
    """Return the panes rooms add to Where we stand: (template, context)."""
    found = []
    for _name, draw in registries.panels.get("where-we-stand"):
        pane = draw(None, scope, actor)
        if pane is not None:
            found.append(pane)
    return sorted(found, key=lambda pane: pane[1].get("order", LAST))


@dataclass(frozen=True)
class LatestStep:
    """A step in words, with how many records it changed; of several records the step is named, of one the record."""

    change: Any
    change_id: str
    records: int


def newest(scope: Scope, slug: str) -> list[LatestStep]:
    """Return the newest steps in words; a bulk edit or an import is one."""
    own = history.entries(scope)

    def find() -> dict[int, int]:
        recent = own.filter(seq__gt=scope.seq - WINDOW).values("change_id").annotate(last=Max("seq")).order_by("-last")
        last = {row["change_id"]: row["last"] for row in recent[:NEWEST]}
        counted = own.filter(change_id__in=last).values("change_id").annotate(n=Count("record_id", distinct=True))
        return {last[change_id]: number for change_id, number in counted.values_list("change_id", "n")}

    records = remembered(scope, "newest", find)
    found = list(own.filter(seq__in=records).order_by("-seq"))
    words = history.told(found, scope, slug)
    return [LatestStep(said, one.change_id, records[one.seq]) for one, said in zip(found, words, strict=True)]


def members(scope: Scope) -> int:
    """Return how many members there are."""
    return Membership.objects.of(scope).valid_at(scope.moment).count()


def member_named(scope: Scope, person_id: uuid.UUID) -> Person | None:
    """Return the person behind a membership of the scope, or None."""
    row = Membership.objects.of(scope).filter(person_id=person_id).select_related("person").first()
    return row.person if row is not None else None
