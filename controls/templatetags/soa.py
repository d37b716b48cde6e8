"""Small words of the grid: links to records of other rooms, references, the ticket of a row's draft."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from controls.facts import named
from controls.queries import catalogue_entry
from controls.words import title_of
from core import drafts, registries

register = template.Library()
REFERENCE = re.compile(r"\b([A-Z]+-\d+)\b")


@register.simple_tag(takes_context=True)
def record_link(context: Context, record_type: str, ref: str, title: str = "") -> str:
    """Return a link to a record by its reference, or the bare reference where it has no page."""
    label = f"{ref} {title}".strip()
    place = registries.address_of(record_type)
    try:
        slug = context["shell"].management_system.slug
        address = reverse(place.url_name, kwargs={"slug": slug, place.by: ref}) if place else ""
    except NoReverseMatch:
        address = ""
    return format_html('<a href="{}">{}</a>', address, label) if address else format_html("<span>{}</span>", label)


@register.simple_tag(takes_context=True)
def row_ticket(context: Context, code: str) -> str:
    """Return the proof that lets the grid park what is typed in a row, as a draft of the row's form."""
    address = reverse("control_edit", kwargs={"slug": context["shell"].management_system.slug, "code": code})
    return drafts.ticket(drafts.Place.of(context["actor"], "control_edit", address))


@register.filter
def refs(found: Sequence[str]) -> str:
    """Return "SYS-2, SYS-5 and 17 more"."""
    return named(found)


@register.filter
def whole(text: str) -> SafeString:
    """Return text in which references such as SYS-2 do not break at their hyphen."""
    return SafeString(REFERENCE.sub(r'<span class="nowrap">\1</span>', escape(text)))


@register.filter
def rows_in(areas: Iterable[Any]) -> int:
    """Count the rows of areas."""
    return sum(len(area.rows) for area in areas)


@register.filter
def entry(code: str) -> Any:
    """Return what the catalogue says of a control, None for own ones."""
    return catalogue_entry(code)


@register.filter
def shown_title(control: Any) -> str:
    """Return the title of a control in the reader's language; ``control`` is a record or its frozen statement."""
    stored = control if isinstance(control, dict) else {"code": control.code, "title": control.title}
    return title_of(stored["code"], stored["title"])


@register.filter
def mark(status: str) -> str:
    """Return the glyph code of a stored status."""
    return "partly_in_place" if status == "partly" else status
