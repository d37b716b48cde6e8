"""Where people can go: rooms register places; the left navigation and the New menu show what is allowed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from core import policy

SECTIONS: dict[str, Any] = {
    "top": "",
    "ai": _("AI"),
    "risks": _("Risks and controls"),
    "system": _("Management system"),
    "foot": "",
}
"""Sections of the left navigation, in order; ``foot`` stands at the bottom."""


@dataclass(frozen=True)
class Place:
    """A place in the left navigation; ``count`` takes the scope and answers the rows to count, ``order`` sorts."""

    section: str
    label: Any
    url_name: str
    permission: str = ""
    count: Callable[[Any], QuerySet] | None = None
    children: Sequence["Place"] = ()
    order: int = 50


@dataclass(frozen=True)
class Creatable:
    """An entry of the New menu."""

    label: Any
    url_name: str
    permission: str
    order: int = 50


@dataclass
class Item:
    """A place as one person sees it now. ``current`` is "page", "true" (a place above the page) or ""."""

    label: Any
    url: str
    current: str = ""
    count: int | None = None
    children: list["Item"] = field(default_factory=list)


@dataclass
class Section:
    """A heading of the left navigation with the items below it."""

    label: Any
    foot: bool
    items: list[Item]


Counter = Callable[[Any, Any], int]

_places: list[Place] = []
_creatable: list[Creatable] = []
_counters: dict[str, Counter] = {}


def register_count(url_name: str, counter: Counter) -> None:
    """Say how many wait behind a button of the bar ("notices"): ``counter(scope, person)``."""
    _counters[url_name] = counter


def waiting(url_name: str, scope: Any, person: Any) -> int:
    """Return how many wait behind a button of the bar, 0 when nobody counts."""
    counter = _counters.get(url_name)
    return counter(scope, person) if counter and scope is not None and person else 0


def register(*places: Place) -> None:
    """Add places to the left navigation; call it in ``AppConfig.ready``. Raises ValueError for an unknown section."""
    for place in places:
        if place.section not in SECTIONS:
            raise ValueError(f"No section {place.section!r}; there are {', '.join(SECTIONS)}.")
        if place.url_name not in {known.url_name for known in _places}:
            _places.append(place)


def register_new(*entries: Creatable) -> None:
    """Add entries to the New menu; call it in ``AppConfig.ready``."""
    known = {entry.url_name for entry in _creatable}
    _creatable.extend(entry for entry in entries if entry.url_name not in known)


def registered() -> list[Place]:
    """Return every registered place, in the order of the navigation."""
    return sorted(_places, key=lambda place: (list(SECTIONS).index(place.section), place.order))


def address(url_name: str, slug: str) -> str:
    """Return the address of a place, inside a management system or outside any; "" when there is none."""
    for kwargs in ({"slug": slug}, {}):
        try:
            return reverse(url_name, kwargs=kwargs)
        except NoReverseMatch:
            continue
    return ""


def address_with(url_name: str, slug: str, **parts: Any) -> str:
    """Return the address of a page that takes more than the management system; "" when there is none."""
    try:
        return reverse(url_name, kwargs={"slug": slug, **parts})
    except NoReverseMatch:
        return ""


def counting(scope: Any, actor: Any) -> dict[str, QuerySet]:
    """Return the rows behind the number of each place this person may see, by its page."""
    seen = [place for top in registered() if _allowed(actor, top.permission) for place in (top, *top.children)]
    return {place.url_name: place.count(scope) for place in seen if place.count}


def navigation(request: HttpRequest, numbers: Mapping[str, int]) -> list[Section]:
    """Return the sections this person may see, with their numbers and the place of the present page marked.

    A page that serves several rooms says in ``request.place`` below which address it belongs.
    """
    actor, slug = request.actor, request.management_system.slug  # type: ignore[attr-defined]
    sections: list[Section] = []
    for key, label in SECTIONS.items():
        places = [place for place in registered() if place.section == key and _allowed(actor, place.permission)]
        items = [item for place in places if (item := _item(place, request, slug, numbers, actor))]
        if items:
            sections.append(Section(label, key == "foot", items))
    _mark_nearest(sections, getattr(request, "place", request.path))
    return sections


def named(request: HttpRequest) -> list[Item]:
    """Return every place this person may go to, without counts, in the order of the navigation."""
    actor, slug = request.actor, request.management_system.slug  # type: ignore[attr-defined]
    allowed = (place for place in registered() if _allowed(actor, place.permission))
    return [item for place in allowed if (item := _item(place, request, slug, {}, actor))]


def creatable(request: HttpRequest) -> list[Item]:
    """Return the New menu for this person."""
    actor, slug = request.actor, request.management_system.slug  # type: ignore[attr-defined]
    entries = sorted(
        (entry for entry in _creatable if _allowed(actor, entry.permission)), key=lambda entry: entry.order
    )
    return [Item(entry.label, url) for entry in entries if (url := address(entry.url_name, slug))]


def _allowed(actor: Any, permission: str) -> bool:
    return not permission or policy.allows(actor, permission)


def _item(place: Place, request: HttpRequest, slug: str, numbers: Mapping[str, int], actor: Any) -> Item | None:
    """Return the place with its children, or nothing when its page does not exist (so there are no dead labels)."""
    url = address(place.url_name, slug)
    if not url:
        return None
    children = (
        _item(child, request, slug, numbers, actor) for child in place.children if _allowed(actor, child.permission)
    )
    return Item(
        label=place.label,
        url=url,
        current="page" if request.path == url else "",
        count=numbers.get(place.url_name) if place.count else None,
        children=[child for child in children if child],
    )


def _mark_nearest(sections: Iterable[Section], path: str) -> None:
    """Mark the item whose address is the longest beginning of the present one, and the place above it."""
    pairs = [(item, child) for section in sections for item in section.items for child in [item, *item.children]]
    inside = [
        (len(child.url), item, child) for item, child in pairs if path.startswith(child.url) and _is_deep(child.url)
    ]
    if not inside:
        return
    _length, item, nearest = max(inside, key=lambda found: (found[0], found[2] is not found[1]))
    nearest.current = nearest.current or "true"
    item.current = item.current or "true"
    if nearest is not item and nearest.url == item.url:
        item.current = "true"


def _is_deep(url: str) -> bool:
    """Return whether an address names more than the management system, which begins every path."""
    return url.strip("/").count("/") >= 1
