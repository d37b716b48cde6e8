"""A decision's values as a person reads them; used for rows, differences and history alike."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.catalogue import catalogue
from controls.content import FIELDS, Difference, Row
from controls.models import Control
from core import when

GROUNDS = {**dict(Control.DRIVERS), **dict(Control.EXCLUSION_GROUNDS)}
CHOICES: dict[str, dict[str, Any]] = {
    "applies": dict(Control.APPLIES),
    "where": dict(Control.WHERE),
    "status": dict(Control.STATUS),
}
SHORT = {"not_needed": gettext_lazy("Not needed"), "not_required": gettext_lazy("Not required")}
"""Grounds of an exclusion where there is little room."""
People = Mapping[str, str]


def label_of(name: str) -> str:
    """The name of a field in words."""
    text = str(Control._meta.get_field(name).verbose_name)
    return text[:1].upper() + text[1:]


def title_of(code: str, stored: str, own: bool = False) -> str:
    """A control's title in the reader's language; own controls keep theirs."""
    if own:
        return stored
    try:
        return str(catalogue().control(code).title)
    except KeyError:
        return stored


def area_title(area: str) -> str:
    """An area's title in the reader's language; "" for one Annex A does not have."""
    return next((str(found.title) for found in catalogue().areas if found.code == area), "")


def drivers_in_words(drivers: Any) -> str:
    """Return "Risk, Law" in the order of the vocabulary."""
    return ", ".join(str(label) for code, label in GROUNDS.items() if code in drivers)


def drivers_in_short(drivers: Any) -> str:
    """Return the same for a narrow column: "Not needed, Not required"."""
    return ", ".join(str(SHORT.get(code, label)) for code, label in GROUNDS.items() if code in drivers)


def where_in_words(where: str, refs: Any) -> str:
    """Return "All in-scope systems", "Only SYS-2" or "All except SYS-6, SYS-7"."""
    named = ", ".join(refs)
    if where == Control.ONLY:
        return _("Only %(systems)s") % {"systems": named}
    if where == Control.EXCEPT:
        return _("All except %(systems)s") % {"systems": named}
    return str(CHOICES["where"][Control.ALL])


def where_in_short(where: str, refs: Any) -> str:
    """Return the same for a narrow column: "All in scope"."""
    return _("All in scope") if where == Control.ALL else where_in_words(where, refs)


def value_in_words(name: str, value: Any, people: People, systems: Mapping[str, str] | None = None) -> str:
    """One field's canonical value as text: labels for choices, names for people, references for systems."""
    if value in (None, "", []):
        return ""
    if name in CHOICES:
        return str(CHOICES[name].get(value, value))
    if name == "drivers":
        return drivers_in_words(value)
    if name == "systems":
        return ", ".join((systems or {}).get(one, one) for one in value)
    if name == "owner":
        return people.get(str(value), _("someone who left"))
    if name in {"last_review", "next_review"}:
        return when.day_text(dt.date.fromisoformat(value))
    return str(value)


def changed_rows(found: Difference, people: People) -> list[tuple[str, str, str]]:
    """Rows of (field, before, after) for the fields that differ; an added control shows what it says."""
    before, after = found.before or {}, found.after or {}
    names = [name for name in found.fields if name != "where" or "systems" not in found.fields]
    rows = []
    for name in names:
        if name == "systems":
            rows.append((label_of("where"), _where(before), _where(after)))
        else:
            old, new = before.get(name), after.get(name)
            rows.append((label_of(name), value_in_words(name, old, people), value_in_words(name, new, people)))
    return [row for row in rows if row[1] or row[2]]


def state_rows(before: Row, after: Row, people: People, systems: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Rows of (field, before, after) between two states of a control in the ledger."""
    rows = []
    for name in FIELDS:
        old, new = before.get(name), after.get(name)
        if old != new:
            texts = (value_in_words(name, value, people, systems) for value in (old, new))
            rows.append((label_of(name), *texts))
    return rows  # type: ignore[return-value]


def _where(row: Row) -> str:
    return where_in_words(row["where"], row["systems"]) if row and row.get("applies") != Control.NO else ""
