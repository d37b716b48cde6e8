"""The fields of an AI system that a source may fill, as text and back (core.sync, imports, exports)."""

import datetime
import re
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from aims.catalogue import lifecycle
from aims.models import AISystem
from core import when
from core.catalogue.reading import Text
from core.imports.people import Members
from core.planner.transforms import folded
from core.sync import FieldText

LONG = 20_000
"""Most characters of a long text."""
BY_STEP = frozenset({"stage", "retired_on"})
SYNC_FIELDS = (
    "name", "purpose", "intended_use", "misuse", "outputs", "unit", "topic", "owner", "roles", "development",
    "supplier", "model_name", "datasets", "personal_data", "affected", "autonomy", "oversight", "jurisdictions",
    "environment", "ai_act_class", "go_live", "next_review", "notes", "stage", "retired_on",
)  # fmt: skip
EDITABLE = tuple(name for name in SYNC_FIELDS if name not in BY_STEP)
"""What a person changes by a form or PATCH; the rest changes by steps."""


def field_texts(management_system_id: uuid.UUID) -> dict[str, FieldText]:
    """How each field reads as text in a management system (owners are its members)."""
    members, classes = Members(management_system_id), _spellings(names_of("ai_act_class"))
    special = {
        "owner": FieldText(lambda value: str(value) if value else "", members.read, "owner_id"),
        "roles": FieldText(", ".join, partial(_codes, _spellings(names_of("roles")))),
        "ai_act_class": FieldText(str, lambda text: " ".join(_codes(classes, text))),
    }
    return {name: special.get(name) or _plain_text(name) for name in SYNC_FIELDS}


def names_of(name: str) -> Mapping[str, Any]:
    """Code to label of a field that holds codes, in the order of the catalogue; empty for other fields."""
    catalogued = {"roles": lifecycle().roles, "ai_act_class": lifecycle().ai_act_classes, "stage": lifecycle().stages}
    if name in catalogued:
        return {entry.code: entry.name for entry in catalogued[name]}  # type: ignore[attr-defined]
    return dict(getattr(AISystem._meta.get_field(name), "choices", None) or ())


def label_of(name: str) -> str:
    """What a field is called on pages, in exports and templates."""
    return str(column_of(name).verbose_name)


def column_of(name: str) -> Any:
    """The column of a field."""
    return AISystem._meta.get_field(name)


def _plain_text(name: str) -> FieldText:
    column = column_of(name)
    if isinstance(column, models.DateField):
        return FieldText(_day_text, _day)
    if column.choices:
        default = "" if name == "stage" else str(column.get_default())
        spellings = _spellings(names_of(name))
        return FieldText(
            lambda value: "" if value == default else str(value), partial(_choice, spellings, column.get_default())
        )
    longest = getattr(column, "max_length", None) or LONG
    return FieldText(str, partial(_line if name == "name" else _text, longest))


def _text(longest: int, text: str) -> str:
    if len(text) > longest:
        raise ValueError(_("At most %(most)d characters; there are %(count)d.") % {"most": longest, "count": len(text)})
    return text


def _line(longest: int, text: str) -> str:
    if not text.strip():
        raise ValueError(_("An AI system needs a name."))
    return _text(longest, text)


def _day_text(value: datetime.date | None) -> str:
    return value.isoformat() if value else ""


def _day(text: str) -> datetime.date | None:
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        day = when.parse_day(text)
    if day is None:
        raise ValueError(_("“%s” is not a date. Write it like 2027-03-31.") % text[:40])
    return day


def _spellings(names: Mapping[str, Any]) -> dict[str, str]:
    """Folded code, and label in every language we ship, to code."""
    found = {folded(code): code for code in names}
    for code, label in names.items():
        labels = [label.en, label.de] if isinstance(label, Text) else [str(label)]
        found |= {folded(text): code for text in labels if text}
    return found


def _choice(spellings: Mapping[str, str], default: str, text: str) -> str:
    if not text:
        return default
    code = spellings.get(folded(text))
    if code is None:
        raise ValueError(_("“%(text)s” is not one of: %(codes)s.") % {"text": text[:60], "codes": _listed(spellings)})
    return code


def _listed(spellings: Mapping[str, str]) -> str:
    return ", ".join(dict.fromkeys(spellings.values()))


def _codes(spellings: Mapping[str, str], text: str) -> list[str]:
    """Codes or labels in one text, in the order of the catalogue. Raises ValueError naming what is unknown."""
    parts = [part for part in re.split(r"[;\n]", text) if part.strip()]
    if any(folded(part) not in spellings for part in parts):
        parts = [part for part in re.split(r"[;,\s]+", text) if part]
    chosen = {_choice(spellings, "", part) for part in parts}
    return [code for code in dict.fromkeys(spellings.values()) if code in chosen]
