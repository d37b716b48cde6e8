"""The global search over what records say about themselves."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import get_language

from core import records, registries
from core.models import Comment, SearchRow
from core.queries.comments import commented, of_what_is_gone
from core.queries.history import at_moment, type_label
from core.records import type_of
from core.scope import Scope

MOST_WORDS = 8
AROUND = 70
COMMENT = type_of(Comment)


@dataclass(frozen=True)
class Hit:
    """A record found: where it is, what it is, the words around the match."""

    ref: str
    title: str
    kind: str
    url: str
    excerpt: str


def matching(scope: Scope, text: str, kind: str = "") -> QuerySet[SearchRow]:
    """Return rows that hold every word, references and titles first."""
    words = text.split()[:MOST_WORDS]
    found = rows(scope)
    if kind:
        found = found.filter(record_type=kind)
    if not words:
        return found.none()
    named = Q()
    for word in words:
        called = Q(ref__iexact=word) | Q(title__icontains=word) | _said(word)
        found = found.filter(called | Q(text__icontains=word))
        named &= called
    rank = Case(
        When(record_type=COMMENT, then=Value(2)), When(ref__iexact=text, then=Value(0)), When(named, then=Value(1)),
        default=Value(2), output_field=IntegerField(),
    )  # fmt: skip
    return found.annotate(rank=rank).order_by("rank", "-at", "pk")


def _said(word: str) -> Q:
    """What the reader's language calls so, where titles are stored in English."""
    asked = Q(pk__in=())
    if not (get_language() or "en").startswith("en"):
        for record_type, functions in registries.said_titles.items.items():
            for _name, stored in functions:
                asked |= Q(record_type=record_type, title__in=list(stored(word)))
    return asked


def exact(scope: Scope, text: str, slug: str) -> str:
    """Return the address of the record with this reference; "" when there is none."""
    row = rows(scope).exclude(record_type=COMMENT).filter(ref__iexact=text.strip()).first()
    return url_of(row, slug) if row is not None else ""


def rows(scope: Scope) -> QuerySet[SearchRow]:
    """Rows of the present, or those that the records of the past moment had; no comments on records that are gone."""
    found = SearchRow.objects.using(scope.alias).filter(management_system_id=scope.management_system_id)
    if not commented(scope):
        return found
    return found.exclude(record_type=COMMENT, record_id__in=of_what_is_gone(scope).values("pk"))


def url_of(row: SearchRow, slug: str) -> str:
    """Return the address of the record behind a row; "" when it has none."""
    address = registries.address_of(row.record_type)
    if address is None:
        return ""
    value: Any = {"ref": row.ref, "pk": row.record_id, "id": row.record_id}.get(address.by)
    if value is None:
        model = records.record_models()[row.record_type]
        rows = model._default_manager.using(row._state.db).filter(pk=row.record_id)
        value = rows.values_list(address.by, flat=True).first()
    return address.url(slug, value)


def hit(scope: Scope, row: SearchRow, text: str, slug: str) -> Hit:
    """Return a row as it is shown; what is found in the past leads to the past."""
    url = url_of(row, slug)
    url += moment_of(scope) if url else ""
    around = _around(row.text, text)
    return Hit(row.ref, title_of(row), type_label(row.record_type), url, "" if around == row.title else around)


def title_of(row: SearchRow) -> str:
    """Return what a record is called in the reader's language, where the product knows its title in several."""
    told = row.title
    for _name, translated in registries.titles.get(row.record_type):
        told = translated(told)
    return told


def moment_of(scope: Scope) -> str:
    """Return what an address carries so that its reader stays in the past; "" in the present."""
    return at_moment(scope.moment) if scope.past else ""


def asked(scope: Scope, text: str) -> str:
    """Return the query of the search page for words, at the scope's moment."""
    moment = {"as_of": scope.moment.isoformat()} if scope.past else {}
    return urlencode({"q": text, **moment})


def _around(text: str, words: str) -> str:
    flat = " ".join(text.split())
    places = [at for word in words.split() if (at := flat.casefold().find(word.casefold())) >= 0]
    begin = max(min(places, default=0) - AROUND, 0)
    part = flat[begin : begin + 2 * AROUND + 40]
    return ("…" if begin else "") + part + ("…" if begin + len(part) < len(flat) else "")


def kinds(scope: Scope, text: str, every: Iterable[SearchRow] | None = None) -> list[tuple[str, str, int]]:
    """Return the record types among the matches, each with its name and how many there are, for narrowing.

    Who has ``every`` match at hand spares reading all texts again.
    """
    if every is not None:
        counts: Iterable[tuple[str, int]] = Counter(row.record_type for row in every).items()
    else:
        counts = matching(scope, text).order_by().values_list("record_type").annotate(n=Count("pk"))
    return sorted(((kind, type_label(kind), n) for kind, n in counts), key=lambda one: one[1])
