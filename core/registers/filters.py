"""Typed filters of registers, for page and API alike: the page draws them as chips, the API refuses unknown ones."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import scope as scopes
from core import when
from core.models import Membership
from core.pages.fields import Boxes, DayField

EMPTY: tuple[Any, ...] = (None, "", [], ())
ME, NOBODY = "me", "none"
ALL_PEOPLE = 30
"""Most people that are all offered; beyond, those that the rows name."""
Condition = Q | Callable[["RegisterFilters"], Q]


class RegisterFilters(django_filters.FilterSet):
    """Base of a register's filters. ``scope`` and ``actor`` are given by the register; the API gives its request."""

    def __init__(
        self,
        data: Any = None,
        queryset: Any = None,
        *,
        request: Any = None,
        scope: Any = None,
        actor: Any = None,
        only_asked: bool = False,
    ) -> None:
        """``only_asked`` leaves out the filters ``data`` says nothing to: each is copied, with its form."""
        self.actor = actor or getattr(request, "auth", None)
        self._given_scope = scope
        self.shared: dict[str, Any] = {}
        """What filter sets of one page look up once: people, those whom rows name."""
        if only_asked:
            asked = {name: one for name, one in type(self).base_filters.items() if _asked(name, data or ())}
            self.__dict__["base_filters"] = asked
        super().__init__(data, queryset, request=request)

    def look_up(self, key: str, find: Callable[[], Any]) -> Any:
        """Return what was looked up before under this key, else look it up."""
        if key not in self.shared:
            self.shared[key] = find()
        return self.shared[key]

    @cached_property
    def scope(self) -> scopes.Scope:
        """Return where and as of when is being read."""
        return self._given_scope or scopes.current(self.actor.management_system_id)  # type: ignore[union-attr]

    @property
    def people(self) -> list[tuple[str, str]]:
        """Return (id, name) of everybody who is or was a member, by name; one query for all person filters."""
        return self.look_up("people", self._people) if self.actor is not None else []

    def _people(self) -> list[tuple[str, str]]:
        rows = Membership.objects.of(self.scope).values_list("person_id", "person__name")
        return sorted(((str(pk), name) for pk, name in rows), key=lambda row: row[1].casefold())


def _asked(name: str, data: Iterable[str]) -> bool:
    """Say whether parameters name a filter or a part of it (``due_from``)."""
    return any(one == name or one.startswith(f"{name}_") for one in data)


def multiplies(model: type[Model], path: str) -> bool:
    """Return whether a path leads over a relation to many, so that a join would repeat rows."""
    for name in path.split("__"):
        field = next((one for one in model._meta.get_fields() if one.name == name), None)
        if field is None:
            return False
        if field.many_to_many or field.one_to_many:
            return True
        model = field.related_model or model
    return False


def narrowed(rows: QuerySet, condition: Q, *paths: str) -> QuerySet:
    """Return the rows for which a condition holds, each once."""
    if any(multiplies(rows.model, path) for path in paths):
        return rows.filter(pk__in=inside(rows, condition).values("pk"))
    return rows.filter(condition)


def inside(rows: QuerySet, condition: Q) -> QuerySet:
    """Return all records of the rows' kind for which a condition holds, to choose from the rows by."""
    return rows.model._default_manager.using(rows.db).filter(condition)


class _Narrowing:
    """How our filters filter: ``condition(value)`` as Q, rows never repeated."""

    field_name: str
    parent: RegisterFilters
    exclude: bool = False

    def condition(self, value: Any) -> Q:
        """Return the condition of a cleaned value."""
        raise NotImplementedError

    def filter(self, rows: QuerySet, value: Any) -> QuerySet:
        """Return the rows for which the value holds."""
        return rows if value in EMPTY else narrowed(rows, self.condition(value), self.field_name or "pk")


class Choice(_Narrowing, django_filters.MultipleChoiceFilter):
    """One or more codes of a field: ``Choice("state", label=_("State"), choices=Risk.STATES)`` (or a function)."""

    def __init__(self, field_name: str = "", *, label: Any, choices: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", Boxes(tall=True))
        super().__init__(field_name=field_name, label=label, choices=choices, **kwargs)

    def condition(self, value: Any) -> Q:
        """Return "is one of these"."""
        return Q(**{f"{self.field_name}__in": value})


class People(Choice):
    """A person the record names: ids of members, ``me``, ``none``."""

    def __init__(self, field_name: str = "", *, label: Any, **kwargs: Any) -> None:
        super().__init__(field_name, label=label, choices=(), **kwargs)

    @property
    def field(self) -> Any:
        """Return the field with the people of the management system."""
        own = [(ME, _("Me")), (NOBODY, _("No one"))]
        people = self.parent.people if getattr(self, "parent", None) else []
        self.extra["choices"] = [*own, *people]
        field = super().field
        if len(people) > ALL_PEOPLE and self._offered is None:
            chosen = set(self.parent.data.getlist(self._name)) if hasattr(self.parent.data, "getlist") else set()
            named = self.parent.look_up(f"named:{self._name}", lambda: {str(pk) for pk in self.occurring()})
            self._offered = named | chosen
            field.widget.choices = [*own, *(pair for pair in people if pair[0] in self._offered)]
        return field

    _offered: set[str] | None = None

    @property
    def _name(self) -> str:
        return next((name for name, one in self.parent.filters.items() if one is self), "")

    def occurring(self) -> Iterable[Any]:
        """Return the ids of people that rows name, for organisations too large to offer everybody."""
        rows = self.parent.queryset.order_by().exclude(**{f"{self.field_name}__isnull": True})
        return rows.values_list(self.field_name, flat=True).distinct()

    def condition(self, value: Any) -> Q:
        """Return "is one of these people"."""
        ids = {one for one in value if one not in {ME, NOBODY}}
        if ME in value and self.parent.actor is not None and self.parent.actor.person_id:
            ids.add(str(self.parent.actor.person_id))
        found = Q(**{f"{self.field_name}__in": ids})
        return found | Q(**{f"{self.field_name}__isnull": True}) if NOBODY in value else found


class Conditions(Choice):
    """Named conditions: ``Conditions(label=_("Flag"), conditions={"above": (_("Above criteria"), Q(…) or function)})``.

    A function takes the filter set, whose ``scope.today`` is the date and ``actor`` the reader. Several chosen: any.
    """

    def __init__(self, *, label: Any, conditions: Mapping[str, tuple[Any, Condition]], **kwargs: Any) -> None:
        self.conditions = conditions
        super().__init__("pk", label=label, choices=[(key, word) for key, (word, _q) in conditions.items()], **kwargs)

    def condition(self, value: Any) -> Q:
        """Return "one of these holds"."""
        found = Q(pk__in=())
        for key in value:
            _word, given = self.conditions[key]
            found |= given(self.parent) if callable(given) else given
        return found


def add_condition(filters: type[RegisterFilters], name: str, key: str, word: Any, condition: Condition) -> None:
    """Let an upper room narrow a lower room's register by what it knows: one more condition of a ``Conditions``."""
    one = filters.base_filters[name]
    one.conditions = {**one.conditions, key: (word, condition)}
    one.extra["choices"] = [(code, label) for code, (label, _q) in one.conditions.items()]


class YesNo(_Narrowing, django_filters.ChoiceFilter):
    """``?above=yes``: of a boolean field, or of a condition (Q or function of the filter set) given as ``means``."""

    def __init__(self, field_name: str = "", *, label: Any, means: Condition | None = None, **kwargs: Any) -> None:
        self.means = means
        words = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
        super().__init__(field_name=field_name or "pk", label=label, choices=words, empty_label=None, **kwargs)
        self.extra.setdefault("widget", forms.RadioSelect)

    def condition(self, value: Any) -> Q:
        """Return the condition, or its opposite for "no"."""
        if self.means is None:
            return Q(**{self.field_name: value == "yes"})
        found = self.means(self.parent) if callable(self.means) else self.means
        return found if value == "yes" else ~found


class Day(_Narrowing, django_filters.Filter):
    """A date bound: ``due_from = Day("due_on", "gte", label=_("Due from"))``; moments compare by local day."""

    field_class = DayField

    def condition(self, value: Any) -> Q:
        """Return "on or after", "on or before"."""
        return Q(**{f"{self.field_name}__{self.lookup_expr}": value})


class Moment(Day):
    """As Day, over a moment: the whole day in the management system's zone counts."""

    def condition(self, value: Any) -> Q:
        """Return "from the beginning of the day", "to its end"."""
        zone = self.parent.scope.zone
        bound = when.day_start(value, zone) if self.lookup_expr == "gte" else when.day_end(value, zone)
        return Q(**{f"{self.field_name}__{self.lookup_expr}": bound})


class Number(_Narrowing, django_filters.NumberFilter):
    """A whole number: ``at_least = Number("score", "gte", label=…)``."""

    field_class = forms.IntegerField

    def condition(self, value: Any) -> Q:
        """Return the comparison."""
        return Q(**{f"{self.field_name}__{self.lookup_expr}": value})


class Text(_Narrowing, django_filters.CharFilter):
    """Part of a text: ``Text("vendor", label=_("Vendor"))``."""

    def __init__(self, field_name: str = "", lookup_expr: str = "icontains", **kwargs: Any) -> None:
        super().__init__(field_name, lookup_expr, **kwargs)

    def condition(self, value: Any) -> Q:
        """Return "contains"."""
        return Q(**{f"{self.field_name}__{self.lookup_expr}": value})


class Refs(_Narrowing, django_filters.CharFilter):
    """Records by reference, one or several with commas: ``system = Refs("systems__ref", label=_("AI system"))``."""

    def condition(self, value: Any) -> Q:
        """Return "is one of these references"."""
        wanted = [one.strip().upper() for one in value.split(",") if one.strip()]
        return Q(**{f"{self.field_name}__in": wanted})


def words_of(bound: forms.BoundField, value: Any) -> str:
    """Return a chosen value as people say it, for its chip."""
    labels = {str(code): str(word) for code, word in getattr(bound.field, "choices", ())}
    chosen = value if isinstance(value, list | tuple) else [value]
    said = [labels.get(str(one)) or (when.day_text(one) if hasattr(one, "isoformat") else str(one)) for one in chosen]
    return ", ".join(said[:3]) + (f" +{len(said) - 3}" if len(said) > 3 else "")
