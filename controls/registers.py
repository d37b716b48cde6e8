"""The register of controls: a list to search, filter, export and bring in again; decisions are made in the grid."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import (
    Case,
    CharField,
    DateField,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Length, Lower, Trim
from django.db.models.lookups import Contains, LessThan
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from controls import observed, queries, words
from controls.catalogue import catalogue
from controls.models import Control, ControlSystem
from controls.services import OWN_AREA, fit, reopen
from core.actor import Actor
from core.models import Person
from core.pages.fields import DayField
from core.pages.forms import PageForm
from core.registers import BulkStep, Column, Register, State, View, number_of
from core.registers.filters import Choice, Conditions, Day, People, Refs, RegisterFilters, YesNo
from core.scope import Scope

APPLIES = Q(applies=Control.YES)
SHORT = ~Q(applies=Control.UNDECIDED) & Q(LessThan(Length(Trim("reason")), queries.SHORTEST_REASON))
NO_OWNER = APPLIES & Q(owner=None)
NO_REVIEW = APPLIES & Q(next_review=None)
DUE = APPLIES & Q(next_review__lte=F("as_of_day"))


def names(code: str) -> Q:
    """Return "has this driver or ground": codes stand in the column in quotation marks."""
    return Q(Contains(Cast("drivers", TextField()), f'"{code}"'))


class Grounds(Choice):
    """Drivers of controls, and grounds of exclusion: ``?because=law``."""

    def condition(self, value: Any) -> Q:
        """Return "has one of these"."""
        found = Q(pk__in=())
        for code in value:
            found |= names(code)
        return found


def _areas() -> list[tuple[str, str]]:
    areas = [(area.code, f"{area.code} {area.title}") for area in catalogue().areas]
    return [*areas, (OWN_AREA, gettext("Own controls"))]


class ControlFilters(RegisterFilters):
    """What the register narrows by."""

    applies = Choice("applies", label=_("Applies"), choices=Control.APPLIES)
    status = Choice("status", label=_("Status"), choices=Control.STATUS)
    owner = People("owner", label=_("Owner"))
    area = Choice("area", label=_("Area"), choices=_areas)
    because = Grounds("drivers", label=_("Because of"), choices=[*Control.DRIVERS, *Control.EXCLUSION_GROUNDS])
    flag = Conditions(
        label=_("Flag"),
        conditions={
            "no_reason": (_("No sufficient reason"), SHORT),
            "no_owner": (_("No owner"), NO_OWNER),
            "no_review": (_("No review date"), NO_REVIEW),
            "due": (_("Review due"), lambda f: APPLIES & Q(next_review__lte=f.scope.today)),
            "contradicted": (
                _("Contradicted"),  # read from facts of every room, so only when asked for
                lambda f: Q(pk__in=[control.pk for control, _found in queries.contradicted(f.scope)]),
            ),
        },
    )
    where = Choice("where", label=_("Where"), choices=Control.WHERE)
    system = Refs("systems__ref", label=_("AI system named"))
    own = YesNo("own", label=_("Own control"))
    review_to = Day("next_review", "lte", label=_("Review by"))


# Bulk steps -------------------------------------------------------------------------------------------------------


class OwnerForm(PageForm):
    """Who shall own the picked controls."""

    owner = forms.ChoiceField(label=_("Owner"))

    def __init__(self, *args: Any, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choose a person")), *((str(one.pk), one.name) for one in people)]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]


class ReviewForm(PageForm):
    """When the picked controls shall be looked at next."""

    next_review = DayField(label=_("Next review"), help_text=_("For example 31 March 2027"))


def _open(control: Control) -> None:
    """Raise ValidationError while an approver looks at the statement."""
    if why := queries.stands_still(control.management_system_id):
        raise ValidationError(why)


def set_owner(control: Control, data: dict[str, Any]) -> None:
    """Give one control its owner."""
    _open(control)
    control.owner_id = uuid.UUID(data["owner"])


def set_review(control: Control, data: dict[str, Any]) -> None:
    """Set one next review."""
    _open(control)
    fit(control, {"next_review": data["next_review"]})


# Columns ----------------------------------------------------------------------------------------------------------


def flags_of(control: Any) -> list[tuple[str, bool]]:
    """What somebody should see to; the second says that it stands in the way of an approval or is late."""
    applies, decided = control.applies == Control.YES, control.applies != Control.UNDECIDED
    found = [
        (decided and len(control.reason.strip()) < queries.SHORTEST_REASON, gettext("No sufficient reason"), True),
        (applies and control.next_review and control.next_review <= control.as_of_day, gettext("Review due"), True),
        (applies and control.owner_id is None, gettext("No owner"), False),
        (applies and control.next_review is None, gettext("No review date"), False),
    ]
    return [(word, hot) for holds, word, hot in found if holds]


def status_of(control: Control) -> State | None:
    """How far it is; an excluded control has no status."""
    if control.applies == Control.NO:
        return None
    code = "partly_in_place" if control.status == Control.PARTLY else control.status
    return State(code, control.get_status_display())


def where_of(control: Control) -> str:
    """Where it applies; an excluded control applies nowhere."""
    return "" if control.applies == Control.NO else str(control.get_where_display())


def systems_of(control: Control) -> list[str]:
    """The systems it is limited to or excluded for."""
    return [] if control.where == Control.ALL else [one.name for one in control.systems.all()]


def labels_of(control: Control, vocabulary: Sequence[tuple[str, Any]]) -> list[str]:
    """The grounds of one vocabulary."""
    return [str(label) for code, label in vocabulary if code in control.drivers]


def column(name: str, kind: str = "text", **more: Any) -> Column:
    """A column called as its field is, so that an export can be imported again."""
    return Column(name, capfirst(Control._meta.get_field(name).verbose_name), kind=kind, **more)  # type: ignore[union-attr,arg-type]


def _grounds(key: str, label: Any, vocabulary: Sequence[tuple[str, Any]], **more: Any) -> Column:
    cases = [When(names(code), then=Value(at)) for at, (code, _label) in enumerate(vocabulary)]
    return Column(
        key, label, lambda control: labels_of(control, vocabulary), kind="tags",
        sort=Case(*cases, default=Value(None), output_field=IntegerField()),
        export=lambda control: "; ".join(labels_of(control, vocabulary)), **more,
    )  # fmt: skip


def _position(name: str, choices: Sequence[tuple[str, Any]], **blank: str) -> Case:
    """A rank by the order of a vocabulary; nothing where the row shows nothing."""
    shown = ~Q(**blank) if blank else Q()
    cases = [When(shown & Q(**{name: code}), then=Value(at)) for at, (code, _label) in enumerate(choices)]
    return Case(*cases, default=Value(None), output_field=IntegerField())


EXCLUDED = {"applies": Control.NO}
HOT = (SHORT, DUE)
COLUMNS = (
    Column("ref", _("Reference"), kind="ref", sort=("own", "position"), head=_("Ref")),
    column("title", "title", value=lambda control: words.title_of(control.code, control.title, control.own),
           sort=Lower("shown_title"), head=_("Control")),
    column("applies", value=lambda control: control.get_applies_display(), sort=_position("applies", Control.APPLIES)),
    column("where", value=where_of, sort=_position("where", Control.WHERE, **EXCLUDED), wide="p3"),
    column("systems", "tags", value=systems_of, sort="first_system", wide="p3"),
    _grounds("drivers", capfirst(Control._meta.get_field("drivers").verbose_name), Control.DRIVERS, wide="p2"),
    column("reason", shown=False),
    column("status", "state", value=status_of, sort=_position("status", Control.STATUS, **EXCLUDED)),
    Column("observed", _("Observed"), lambda control: control.shown_observed, kind="state", sort="observed_rank",
           wide="p2"),
    column("owner", "person"),
    column("next_review", "date", head=_("Review"), wide="p2"),
    Column("flags", _("Flags"), flags_of, kind="flags", sort=(number_of(*HOT), number_of(*HOT, NO_OWNER, NO_REVIEW))),
    _grounds("grounds", _("Grounds of exclusion"), Control.EXCLUSION_GROUNDS, shown=False),
    column("implementation", shown=False),
    column("proof", shown=False),
    column("last_review", "date", shown=False),
    Column("area", _("Area"), lambda control: words.area_title(control.area) or gettext("Own controls"),
           sort=("own", "area"), shown=False),
    Column("updated", _("Last changed"), "updated_at", kind="moment", shown=False),
)  # fmt: skip


class ControlRegister(Register):
    """Every control with its decision (6.1.3)."""

    place = "soa_list"
    key, model, title, noun = "controls", Control, _("Controls"), _("controls")
    permission = "controls.read"
    columns = COLUMNS
    filters = ControlFilters
    search = ("code", "title", "shown_title", "reason", "implementation", "proof", "owner__name")
    sort = "ref"
    select, prefetch = ("owner",), ("systems",)
    ties = ("own", "position", "pk")
    views = (
        View("all", _("All")),
        View("undecided", _("Not decided"), {"applies": Control.UNDECIDED}),
        View("excluded", _("Excluded"), {"applies": Control.NO}),
        View("mine", _("Mine"), {"owner": "me"}),
        View("due", _("Review due"), {"flag": "due"}),
        View("contradicted", _("Contradicted"), {"flag": "contradicted"}, counted=False),
    )
    bulk = (
        BulkStep("owner", _("Set owner"), "controls.decide", "controls.decide", set_owner, OwnerForm,
                 options=lambda scope, actor: {"people": queries.members(scope)}, after=reopen),
        BulkStep("review", _("Set next review"), "controls.decide", "controls.decide", set_review, ReviewForm,
                 after=reopen),
    )  # fmt: skip
    blank_title = _("No controls here")
    blank_text = _("This management system has no controls.")

    def rows(self, scope: Scope, actor: Actor) -> QuerySet[Any]:
        """All controls with the title in the reader's language and what columns sort by."""
        titles = [When(own=False, code=one.code, then=Value(str(one.title))) for one in catalogue().controls]
        first = ControlSystem.objects.using(scope.alias).filter(control=OuterRef("pk")).exclude(control__where="all")
        limited = first.order_by().values("control").annotate(first=Min("system__name")).values("first")
        return (
            super()
            .rows(scope, actor)
            .annotate(
                as_of_day=Value(scope.today, output_field=DateField()),
                shown_title=Case(*titles, default=F("title"), output_field=CharField()),
                first_system=Subquery(limited),
                observed_rank=self._observed_rank(scope),
            )
        )

    def _observed_rank(self, scope: Scope) -> Case:
        """What is contradicted first, then what is in line, then what nothing speaks to."""
        known = scope.once("controls.observed", observed.observed)
        heavy = [code for code, one in known.items() if one.worst in observed.HEAVY]
        claimed = Q(applies=Control.YES, status=Control.IN_PLACE)
        return Case(
            When(applies=Control.NO, then=Value(3)), When(claimed & Q(code__in=heavy), then=Value(0)),
            When(code__in=[code for code, one in known.items() if one.worst], then=Value(1)),
            When(code__in=list(known), then=Value(2)), default=Value(4), output_field=IntegerField(),
        )  # fmt: skip

    def prepare(self, found: list[Any], scope: Scope, slug: str) -> None:
        """Say of each what live evidence shows; an excluded control claims nothing."""
        known = scope.once("controls.observed", observed.observed) if found else {}
        for control in found:
            state = observed.standing(control, known.get(control.code))
            applies = control.applies != Control.NO
            control.shown_observed = State(state, observed.LABELS[state]) if applies else None

    def url_of(self, record: Any, slug: str) -> str:
        """The control's page."""
        return reverse("control", kwargs={"slug": slug, "code": record.code})
