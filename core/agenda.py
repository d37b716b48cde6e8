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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse

from core import registries
from core.scope import Scope

SOON_DAYS = 30


@dataclass(frozen=True)
class Due:
    """One thing that waits. ``people`` are ids of those who are to do it; ``decision`` waits for a signature.

    ``url_name`` takes ``slug`` and ``parts``; ``query`` is added. ``since`` is when waiting began, ``on`` the last day.
    Where that place is a form for those who are to do it, ``read_at`` names the page others are led to.
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

    def url(self, slug: str, reader: uuid.UUID | None = None) -> str:
        """Return the address of the place where it is done, or is read about by others; "" when there is none."""
        name = self.url_name if reader in self.people or not self.read_at else self.read_at
        try:
            found = reverse(name, kwargs={"slug": slug, **self.parts})
        except NoReverseMatch:
            return ""
        return f"{found}?{self.query}" if self.query else found


@dataclass(frozen=True)
class PathStep:
    """A step on the path to certification: n of m, with the place where it is done."""

    key: str
    order: int
    label: Any
    url_name: str
    count: Callable[[Scope], tuple[int, int]]
    query: str = ""


_steps: dict[str, PathStep] = {}


def path_step(
    key: str, order: int, label: Any, url_name: str, count: Callable[[Scope], tuple[int, int]], query: str = ""
) -> None:
    """Register a step of the path.

    Scope 10, Policy 20, AI systems screened 30, Risk criteria approved 40, Risks assessed 50, Impacts assessed 60,
    SoA approved 70, Internal audit 80, Management review 90.
    """
    _steps[key] = PathStep(key, order, label, url_name, count, query)


def path_steps() -> list[PathStep]:
    """Return the registered steps in order."""
    return sorted(_steps.values(), key=lambda step: step.order)


def waiting(scope: Scope, person_id: uuid.UUID | None = None) -> list[Due]:
    """Return everything that waits (or what waits for one person), what is due first on top."""
    every = registries.gather(registries.agenda, "*", scope)
    found = [due for due in every if person_id is None or person_id in due.people]
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
