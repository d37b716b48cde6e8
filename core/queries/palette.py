"""What the palette offers: records by reference and words, places, what can be made, what one worked on lately."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Max
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core import places
from core.actor import Actor
from core.models import Entry, SearchRow
from core.queries import history, search
from core.scope import Scope

RECORDS, RECENT, OTHERS = 8, 6, 6
"""Most records, recent ones, and places or new ones that are offered at once."""
WINDOW = 2_000
"""Entries among which the reader's latest are looked for."""


@dataclass(frozen=True)
class Choice:
    """One thing to go to: ``kind`` says what it is, ``ref`` what it is called aloud."""

    label: str
    url: str
    kind: str = ""
    ref: str = ""


@dataclass(frozen=True)
class Group:
    """Choices under a heading; ``more`` leads to all of them."""

    label: str
    choices: Sequence[Choice]
    more: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the group as JSON holds it."""
        return {"label": self.label, "choices": [asdict(one) for one in self.choices], "more": self.more}


def groups(request: HttpRequest, scope: Scope, actor: Actor, text: str, *, records: bool = True) -> list[Group]:
    """Return what is offered for words, in the order of use: records, new things, places; without words the latest."""
    slug = request.management_system.slug  # type: ignore[attr-defined]
    moment = search.moment_of(scope)
    found = []
    if records and text:
        found.append(_records(scope, text, slug))
    if records and not text:
        found.append(Group(_("You worked on lately"), recent(scope, actor, slug)))
    new = [] if scope.past else [Choice(_("New: %(what)s") % {"what": one.label}, one.url) for one in _new(request)]
    where = [Choice(label, url + moment) for label, url in _places(request)]
    found += [Group(_("New"), _with(new, text)), Group(_("Places"), _with(where, text, OTHERS if text else len(where)))]
    return [group for group in found if group.choices]


def _records(scope: Scope, text: str, slug: str) -> Group:
    rows = list(search.matching(scope, text)[: RECORDS + 1])
    kept = rows[:RECORDS]
    more = f"{places.address('search', slug)}?{search.asked(scope, text)}" if len(rows) > RECORDS else ""
    return Group(_("Records"), _choices(scope, kept, slug), more)


def recent(scope: Scope, actor: Actor, slug: str) -> list[Choice]:
    """Return the records the reader changed last, newest first."""
    if not actor.person_id:
        return []
    own = history.entries(scope).filter(actor_id=str(actor.person_id), seq__gt=scope.seq - WINDOW)
    own = own.exclude(op=Entry.DELETE).order_by()
    latest = own.values("record_id").annotate(last=Max("seq")).order_by("-last").values_list("record_id", flat=True)
    ids = list(latest[: RECENT * 4])
    rows = {str(row.record_id): row for row in search.rows(scope).filter(record_id__in=ids)}
    return _choices(scope, [rows[pk] for pk in ids if pk in rows][:RECENT], slug)


def _choices(scope: Scope, rows: Sequence[SearchRow], slug: str) -> list[Choice]:
    moment = search.moment_of(scope)
    found = [(row, search.url_of(row, slug)) for row in rows]
    return [
        Choice(
            search.title_of(row).removeprefix(f"{row.ref} "), url + moment, history.type_label(row.record_type), row.ref
        )
        for row, url in found
        if url
    ]


def _new(request: HttpRequest) -> list[places.Item]:
    return places.creatable(request)


def _places(request: HttpRequest) -> list[tuple[str, str]]:
    """Return every place of the reader's navigation; those below another are named with it."""
    found = []
    for item in places.named(request):
        found.append((str(item.label), item.url))
        found += [
            (f"{item.label}: {child.label}", child.url) for child in item.children if child.url != item.url
        ]  # fmt: skip
    return found


def _with(choices: Sequence[Choice], text: str, most: int = OTHERS) -> list[Choice]:
    """Return the choices that hold every word."""
    words = text.casefold().split()
    return [one for one in choices if all(word in one.label.casefold() for word in words)][:most]
