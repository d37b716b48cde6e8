"""Columns of a register: where a value comes from, how it sorts, what an export writes."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, Model, OrderBy, Q, Value, When
from django.db.models.functions import Length, Lower
from django.utils.translation import gettext_lazy as _

from core import when

KINDS = ("text", "ref", "title", "date", "moment", "number", "level", "state", "person", "tags", "flags", "ticks")
LEVELS = {"low": _("Low"), "medium": _("Medium"), "high": _("High"), "critical": _("Critical")}
Plain = str | int | float | dt.date | dt.datetime | None


@dataclass(frozen=True)
class Level:
    """A risk level in a cell; ``rate`` such as "4 × 3" stands beside it, ``ghost`` is Before and Target."""

    code: str | None
    rate: str = ""
    ghost: bool = False


@dataclass(frozen=True)
class State:
    """A state in a cell: the code chooses the glyph, the label is the word."""

    code: str
    label: Any


@dataclass(frozen=True)
class Ticks:
    """n of m in a cell."""

    done: int
    total: int


@dataclass(frozen=True)
class Column:
    """One column. Only ``key`` and ``label`` are always needed.

    ``value`` is an attribute path ("owner", "person.email") or a function of the record; it defaults to the key.
    ``sort`` is an ORM path or expression, or several; it follows from an attribute path; ``()`` means not sortable.
    ``kind`` decides the look (KINDS). ``wide`` "p2" shows from 1340 px, "p3" from 1660 px; neither shows on cards.
    ``export`` is a function of the record for files; it defaults to the value as words, dates and numbers.
    """

    key: str
    label: Any
    value: str | Callable[[Any], Any] = ""
    kind: str = "text"
    sort: Any = None
    shown: bool = True
    wide: str = ""
    head: Any = ""
    export: Callable[[Any], Plain] | None = None

    def of(self, record: Any) -> Any:
        """Return the value of a record as the page draws it."""
        if callable(self.value):
            return self.value(record)
        found = record
        for name in (self.value or self.key).split("."):
            found = getattr(found, name, None)
            if found is None:
                return None
        if self.kind == "state" and not isinstance(found, State):
            display = getattr(record, f"get_{self.value or self.key}_display", None)
            return State(str(found), display() if display else found)
        return found

    @property
    def path(self) -> str:
        """Return the ORM path of the value, "" when a function gives it."""
        return "" if callable(self.value) else (self.value or self.key).replace(".", "__")

    def plain(self, record: Any) -> Plain:
        """Return the value of a record as a file holds it."""
        return self.export(record) if self.export else plain(self.of(record))

    def ordering(self, model: type[Model], *, descending: bool) -> list[OrderBy]:
        """Return what to order by; nothing known comes last either way."""
        always = [F(field.name) for field in model._meta.concrete_fields if not field.null]
        return [
            # A column that is never empty is ordered as its index is.
            (one.desc() if descending else one.asc()) if one in always else ordered(one, descending=descending)
            for one in self.sorts(model)
        ]

    def sorts(self, model: type[Model]) -> Sequence[Any]:
        """Return the expressions this column sorts by, in ascending order."""
        if self.sort is not None:
            given = self.sort if isinstance(self.sort, tuple | list) else (self.sort,)
            return [F(one) if isinstance(one, str) else one for one in given]
        path = self.path
        if not path:
            return ()
        if self.kind == "person":
            return (Lower(f"{path}__name"),)
        if self.kind == "ref":
            return (Length(path), F(path))
        if self.kind in {"state", "level"}:
            return (_by_position(model, path, self.kind),)
        return (Lower(path),) if self.kind in {"text", "title"} else (F(path),)


def ordered(expression: Any, *, descending: bool) -> OrderBy:
    """Return an expression's order with nulls last."""
    return expression.desc(nulls_last=True) if descending else expression.asc(nulls_last=True)


def number_of(*conditions: Q) -> Any:
    """Return how many of the conditions hold for a row: what a column of flags sorts by."""
    first, *others = (
        Case(When(one, then=Value(1)), default=Value(0), output_field=IntegerField()) for one in conditions
    )
    return sum(others, first)


def _by_position(model: type[Model], path: str, kind: str) -> Any:
    """Return a rank by the order of the field's choices (or of the levels), which means more than the alphabet."""
    codes = list(LEVELS) if kind == "level" else _codes(model, path)
    if not codes:
        return Lower(path)
    cases = [When(**{path: code}, then=Value(at)) for at, code in enumerate(codes, start=1)]
    return Case(*cases, default=Value(None if kind == "level" else 0), output_field=IntegerField())


def _codes(model: type[Model], path: str) -> list[Any]:
    field: Any = None
    for name in path.split("__"):
        field = model._meta.get_field(name)
        model = field.related_model or model
    return [code for code, _label in field.flatchoices] if field is not None else []


def plain(value: Any) -> Plain:
    """Return a value as a file holds it: words, numbers and dates."""
    if value is None or isinstance(value, dt.date | dt.datetime | int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, Level):
        return str(LEVELS.get(value.code or "", _("Not rated")))
    if isinstance(value, State):
        return str(value.label)
    if isinstance(value, Ticks):
        return str(_("%(done)d of %(total)d") % {"done": value.done, "total": value.total})
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(one[0] if isinstance(one, tuple) else one) for one in value)
    if hasattr(value, "email") and hasattr(value, "name"):
        return when.name_of(value)
    return str(value)
