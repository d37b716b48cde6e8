"""What waits for people, and the path to certification: rooms register, My work and Where we stand draw.

@registries.agenda.add("*", "risks.reviews")
def reviews(scope):
    for risk in due_risks(scope):
        yield Due(_("Review %(ref)s") % {"ref": risk.ref}, "risk", {"ref": risk.ref}, people=(risk.owner_id,),
                  on=risk.review_on, ref=risk.ref, minutes=3)

path_step("risks", 50, _("Risks assessed"), "risks", assessed)      # assessed(scope) → (done, total)
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy

from core import registries
from core.scope import Scope

SOON_DAYS = 30


@dataclass(frozen=True)
class Due:
    """One thing that waits. ``people`` are ids of those who are to do it; ``decision`` waits for a signature.

    ``url_name`` takes ``slug`` and ``parts``; ``query`` is added. ``since`` is when waiting began, ``on`` the last day.
    Where that place is a form for those who are to do it, ``read_at`` names the page others are led to. ``place`` is
    where on the page it is; ``mentions`` says that a comment calls upon somebody.
    """

    what: Any
    url_name: str
    parts: Mapping[str, Any] = field(default_factory=dict)
    people: tuple[uuid.UUID | None, ...] = ()
    on: dt.date | None = None
    since: dt.date | None = None
    ref: str = ""
    why: Any = ""
    decision: bool = False
    minutes: int | None = None
    query: str = ""
    read_at: str = ""
    place: str = ""
    mentions: bool = False

    def url(self, slug: str, reader: uuid.UUID | None = None) -> str:
        """Return the address of the place where it is done, or is read about by others; "" when there is none."""
        name = self.url_name if reader in self.people or not self.read_at else self.read_at
        try:
            found = reverse(name, kwargs={"slug": slug, **self.parts})
        except NoReverseMatch:
            return ""
        return found + (f"?{self.query}" if self.query else "") + (f"#{self.place}" if self.place else "")


@dataclass(frozen=True)
class Dues:
    """Many of one kind, each the row of a query: counted by the database, read only for those who look.

    ``on`` is the path of the last day, "" where there is none; ``who`` the path (or an expression) of the id of the
    person who is to do it; ``due`` puts one row into words. A registered function returns it instead of yielding each.
    """

    rows: QuerySet
    on: str
    who: Any
    due: Callable[[Any], Due]

    def __iter__(self) -> Iterator[Due]:
        return (self.due(row) for row in self.rows)

    def of(self, person_id: Any) -> Iterator[Due]:
        """What waits for one person."""
        return (self.due(row) for row in self._named().filter(_who=person_id))

    def by_person(self, today: dt.date, until: dt.date) -> list[tuple[Any, int, int]]:
        """(person, how many late, how many due until a day) of everybody for whom something waits at all."""
        rows = self._named().order_by().exclude(_who=None).values("_who")
        if not self.on:
            return [(pk, 0, 0) for pk in rows.distinct().values_list("_who", flat=True)]
        late, soon = Q(**{f"{self.on}__lt": today}), Q(**{f"{self.on}__range": (today, until)})
        counted = rows.annotate(_late=Count("pk", filter=late), _soon=Count("pk", filter=soon))
        return list(counted.values_list("_who", "_late", "_soon"))

    def _named(self) -> QuerySet:
        return self.rows.annotate(_who=F(self.who) if isinstance(self.who, str) else self.who)


Counted = tuple[int, int] | tuple[int, int, bool]
"""n of m; the third says whether the step is done where that takes more than m of m (an approval)."""


@dataclass(frozen=True)
class PathStep:
    """A step on the path to certification: n of m, with the place where it is done.

    ``rows`` says where n and m are listed: (URL name, query of the n, query of the m). Without ``count`` nothing of
    this step is recorded here yet.
    """

    key: str
    order: int
    label: Any
    url_name: str = ""
    count: Callable[[Scope], Counted] | None = None
    query: str = ""
    rows: tuple[str, str, str] | None = None


PATH: tuple[PathStep, ...] = (
    PathStep("scope", 10, gettext_lazy("Scope")),
    PathStep("policy", 20, gettext_lazy("Policy")),
    PathStep("systems", 30, gettext_lazy("AI systems screened")),
    PathStep("criteria", 40, gettext_lazy("Risk criteria approved")),
    PathStep("risks", 50, gettext_lazy("Risks assessed")),
    PathStep("impacts", 60, gettext_lazy("Impacts assessed")),
    PathStep("soa", 70, gettext_lazy("SoA approved")),
    PathStep("audit", 80, gettext_lazy("Internal audit")),
    PathStep("review", 90, gettext_lazy("Management review")),
)
"""The nine steps; a room that registers a step at one of these places stands there instead."""
_steps: dict[str, PathStep] = {}


def path_step(  # noqa: PLR0913 (six facts of one step, each named at the call)
    key: str, order: int, label: Any, url_name: str, count: Callable[[Scope], Counted], query: str = "",
    rows: tuple[str, str, str] | None = None,
) -> None:  # fmt: skip
    """Register a step of the path at its place in PATH (its ``order``)."""
    _steps[key] = PathStep(key, order, label, url_name, count, query, rows)


def path_steps() -> list[PathStep]:
    """Return the nine steps in order, those of rooms that are not there without a count."""
    taken = {step.order for step in _steps.values()}
    return sorted([*_steps.values(), *(step for step in PATH if step.order not in taken)], key=lambda step: step.order)


def gathered(scope: Scope) -> tuple[list[Due], list[Dues]]:
    """Return what waits: single things, and the many that are counted before they are read."""
    single: list[Due] = []
    many: list[Dues] = []
    for _name, function in registries.agenda.get("*"):
        found = function(scope)
        if isinstance(found, Dues):
            many.append(found)
        else:
            single.extend(found)
    return single, many


def waiting(scope: Scope, person_id: uuid.UUID | None = None) -> list[Due]:
    """Return everything that waits (or what waits for one person), what is due first on top."""
    single, many = gathered(scope)
    return in_order(
        person_of(single, many, person_id) if person_id else [*single, *(due for one in many for due in one)]
    )


def person_of(single: Iterable[Due], many: Iterable[Dues], person_id: uuid.UUID) -> list[Due]:
    """Return what of it waits for one person."""
    return [*(due for due in single if person_id in due.people), *(due for one in many for due in one.of(person_id))]


def in_order(found: Iterable[Due]) -> list[Due]:
    """Return it with what is due first on top."""
    return sorted(found, key=lambda due: (due.on is None, due.on or dt.date.max, not due.decision, due.ref))


_homes: dict[str, str] = {}


def home(role: str, url_name: str) -> None:
    """Say where people who hold only this role land."""
    _homes[role] = url_name


def home_of(roles: frozenset[str]) -> str:
    """Return the URL name where somebody with these roles lands: who manages or administers sees where we stand."""
    if roles & {"manager", "administrator"} or not roles:
        return "where_we_stand"
    for role in ("approver", "external_auditor", "internal_auditor", "contributor"):
        if role in roles and role in _homes:
            return _homes[role]
    return "my_work" if roles & {"contributor", "approver"} else "where_we_stand"
