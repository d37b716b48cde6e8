"""The registers of the room as data: risks, actions, acceptances."""

import datetime
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, Count, F, IntegerField, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.catalogue import lifecycle
from aims.models import AISystem
from core import when
from core.pages.fields import DayField
from core.pages.forms import PageForm
from core.registers import BulkStep, Column, Level, Register, State, Ticks, View, number_of
from core.registers.columns import LEVELS
from core.registers.filters import Choice, Conditions, Day, People, Refs, RegisterFilters
from risks import queries
from risks.models import Acceptance, Action, Risk, RiskSystem, assumptions_changed

RANKS = {"critical": 4, "high": 3, "medium": 2, "low": 1}
RATING_NAMES = {"before": _("Before controls"), "today": _("Today"), "target": _("Target")}
LIVE = Q(state__in=(Risk.ASSESSED, Risk.IN_TREATMENT, Risk.ACCEPTED))
ABOVE = LIVE & Q(kind="threat", above_criteria=True)
HOT = (Q(is_expired=True), ABOVE & ~Q(state=Risk.ACCEPTED), Q(is_review_due=True))
MILD = (ABOVE & Q(state=Risk.ACCEPTED), Q(is_asked=True), Q(is_changed=True), Q(kind="opportunity"))
UNCHECKED = Q(state=Action.DONE, effectiveness="")


# Words of a risk --------------------------------------------------------------------------------------------------


def rate_of(risk: Risk, which: str) -> str:
    """ "4 × 3", "? × 3", or nothing."""
    likelihood, consequence = getattr(risk, f"{which}_likelihood"), getattr(risk, f"{which}_consequence")
    if likelihood is None or consequence is None:
        return ""
    return f"{likelihood or '?'} × {consequence}"


def state_words(risk: Risk) -> str:
    """The state as people say it: an acceptance says until when."""
    if risk.state == Risk.ACCEPTED and risk.accepted_until:
        return gettext("Accepted until %(day)s") % {"day": when.day_text(risk.accepted_until)}
    return str(Risk.STATES[risk.state])


def flags_of(risk: Any) -> list[tuple[str, bool]]:
    """What is special about a risk that ``with_flags`` read; the second says that somebody must act."""
    found = [
        (risk.is_expired, gettext("Acceptance expired"), True),
        (risk.stands_above, gettext("Above criteria"), risk.state != Risk.ACCEPTED),
        (risk.is_review_due, gettext("Review due"), True),
        (risk.is_asked, gettext("Acceptance asked"), False),
        (risk.is_changed, gettext("Assumptions changed"), False),
        (not risk.is_threat, gettext("Opportunity"), False),
    ]
    return [(word, hot) for holds, word, hot in found if holds]


def places_on_the_map() -> list[tuple[str, str]]:
    """Every cell of the three maps: ("today-4x3", "Today 4 × 3"); likelihood 0 cannot be estimated."""
    return [
        (f"{which}-{likelihood}x{consequence}", f"{name} {likelihood or '?'} × {consequence}")
        for which, name in RATING_NAMES.items()
        for likelihood in range(6)
        for consequence in range(1, 6)
    ]


def _named(rows: Any) -> list[tuple[str, str]]:
    return [(one.code, str(one.name)) for one in rows]


class Place(Choice):
    """Cells of the heat maps: ``?place=today-4x3``."""

    def condition(self, value: Any) -> Q:
        """Return "lies in one of these cells"."""
        found = Q(pk__in=())
        for place in value:
            which, _dash, cell = place.partition("-")
            likelihood, consequence = cell.split("x")
            found |= Q(**{f"{which}_likelihood": int(likelihood), f"{which}_consequence": int(consequence)})
        return LIVE & Q(kind="threat") & found


class RiskFilters(RegisterFilters):
    """Typed filters of the risk register."""

    level = Choice("today_level", label=_("Level today"), choices=[*LEVELS.items(), ("", _("Not rated"))])
    system = Refs("systems__ref", label=_("AI system"))
    owner = People("owner", label=_("Owner"))
    flag = Conditions(
        label=_("Flag"),
        conditions={
            "above": (_("Above criteria"), ABOVE),
            "due": (_("Review due"), lambda f: LIVE & Q(next_review__lte=f.scope.today)),
            "expired": (
                _("Acceptance expired"),
                lambda f: Q(state=Risk.ACCEPTED, accepted_until__lt=f.scope.today),
            ),
            "in_force": (
                _("Acceptance in force"),
                lambda f: Q(state=Risk.ACCEPTED, accepted_until__gte=f.scope.today),
            ),
            "ending": (
                _("Acceptance ends in 60 days"),
                lambda f: Q(
                    state=Risk.ACCEPTED,
                    accepted_until__range=(f.scope.today, f.scope.today + datetime.timedelta(days=60)),
                ),
            ),
            "changed": (_("Assumptions changed"), lambda f: LIVE & assumptions_changed()),
            "asked": (_("Acceptance asked"), Q(acceptances__state=Acceptance.ASKED)),
            "unknown": (_("Likelihood cannot be estimated"), LIVE & Q(kind="threat", today_likelihood=0)),
            "untreated": (
                _("Above criteria, nothing being done"),
                lambda f: (
                    ABOVE
                    & ~Q(pk__in=Action.objects.of(f.scope).filter(state=Action.OPEN).values("risk"))
                    & ~Q(state=Risk.ACCEPTED, accepted_until__gte=f.scope.today)
                ),
            ),
        },
    )
    state = Choice("state", label=_("State"), choices=list(Risk.STATES.items()))
    kind = Choice("kind", label=_("Kind"), choices=Risk.KINDS)
    option = Choice("option", label=_("Option"), choices=Risk.OPTIONS)
    objective = Choice("objective", label=_("Objective at stake"), choices=lambda: _named(lifecycle().objectives))
    stage = Choice("stage", label=_("Life-cycle stage"), choices=AISystem.STAGES)
    control = Refs("controls__code", label=_("Control relied on"))
    place = Place(label=_("Place on the map"), choices=places_on_the_map)
    review_to = Day("next_review", "lte", label=_("Review by"))


class OwnerForm(PageForm):
    """Who shall own the picked risks."""

    owner = forms.ChoiceField(label=_("Owner"))

    def __init__(self, *args: Any, people: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choose a person")), *((str(one.pk), one.name) for one in people)]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]


class ReviewForm(PageForm):
    """When the picked risks shall be looked at next."""

    next_review = DayField(label=_("Next review"), help_text=_("For example 31 March 2027"))


def set_owner(risk: Risk, data: dict[str, Any]) -> None:
    """Give one risk its owner; what was accepted stays as it is."""
    if risk.state in (Risk.ACCEPTED, Risk.CLOSED):
        raise ValidationError(gettext("Accepted and closed risks keep their owner; reopen it first."))
    risk.owner_id = uuid.UUID(data["owner"])


def set_review(risk: Risk, data: dict[str, Any]) -> None:
    """Bring one next review forward; moving it back is a confirmation of its own ("Still right")."""
    if risk.state in (Risk.DRAFT, Risk.CLOSED):
        raise ValidationError(gettext("Only assessed risks have a next review."))
    if risk.next_review and data["next_review"] > risk.next_review:
        raise ValidationError(gettext("A review is put off by confirming the assessment: Still right."))
    risk.next_review = data["next_review"]


class RiskRegister(Register):
    """All risks and opportunities."""

    place = "risks"
    key, model, title, noun = "risks", Risk, _("Risks"), _("risks")
    permission = "risks.read"
    columns = (
        Column("ref", _("Reference"), kind="ref", head=_("Ref")),
        Column("title", _("Risk"), kind="title"),
        Column(
            "systems",
            _("AI systems"),
            lambda risk: [_("All systems")] if risk.whole_system else [one.name for one in risk.systems.all()],
            kind="tags",
            sort="first_system",
        ),
        Column("owner", _("Owner"), kind="person"),
        Column(
            "before",
            _("Before controls"),
            lambda risk: Level(risk.before_level, rate_of(risk, "before"), ghost=True),
            kind="level",
            sort=("before_rank", "before_likelihood"),
            wide="p3",
            head=_("Before"),
        ),
        Column(
            "today",
            _("Today"),
            lambda risk: Level(risk.today_level, rate_of(risk, "today")),
            kind="level",
            sort=("today_rank", "today_consequence"),
        ),
        Column(
            "target",
            _("Target"),
            lambda risk: Level(risk.target_level, rate_of(risk, "target"), ghost=True) if risk.target_level else None,
            kind="level",
            sort=("target_rank", "target_date"),
            wide="p2",
        ),
        Column("state", _("State"), lambda risk: State(risk.state, state_words(risk)), kind="state", sort="state_rank"),
        Column(
            "actions",
            _("Actions"),
            lambda risk: Ticks(risk.actions_done, risk.actions_all) if risk.actions_all else None,
            kind="ticks",
            sort=("actions_open", "actions_all"),
            wide="p3",
        ),
        Column("review", _("Next review"), "next_review", kind="date", wide="p2", head=_("Review")),
        Column("flags", _("Flags"), flags_of, kind="flags", sort=(number_of(*HOT), number_of(*HOT, *MILD))),
        Column("kind", _("Kind"), lambda risk: risk.get_kind_display(), sort="kind", shown=False),
        Column("option", _("Option"), lambda risk: risk.get_option_display(), sort="option", shown=False),
        Column("stage", _("Life-cycle stage"), lambda risk: risk.get_stage_display(), sort="stage", shown=False),
        Column("target_date", _("Target by"), kind="date", shown=False),
        Column("confidence", _("Confidence"), lambda r: r.get_confidence_display(), sort="confidence", shown=False),
        Column("assessed", _("Last assessed"), "assessed_at", kind="moment", shown=False),
        Column("accepted_until", _("Accepted until"), kind="date", shown=False),
        Column("catalogue", _("Catalogue entry"), "catalogue_code", shown=False),
        Column("updated", _("Last changed"), "updated_at", kind="moment", shown=False),
    )
    filters = RiskFilters
    search = ("ref", "title", "cause", "event", "consequence", "systems__name", "owner__name")
    sort = "-today"
    select, prefetch = ("owner",), ("systems",)
    views = (
        View("all", _("All risks")),
        View("above", _("Above criteria"), {"flag": "above"}),
        View("mine", _("Mine"), {"owner": "me"}),
        View("due", _("Review due"), {"flag": "due"}),
        View("opportunities", _("Opportunities"), {"kind": "opportunity"}),
        View("drafts", _("Drafts"), {"state": "draft"}),
    )
    bulk = (
        BulkStep("owner", _("Set owner"), "risks.change", "risks.change", set_owner, OwnerForm,
                 options=lambda scope, actor: {"people": queries.people_of(scope)}),
        BulkStep("review", _("Set next review"), "risks.change", "risks.change", set_review, ReviewForm),
    )  # fmt: skip
    blank_title = _("No risks yet")
    blank_text = _(
        "A risk says what could happen because of an AI system, how bad it would be, and what you do about it. "
        "Start from the catalogue of 45 risks, with cause, event and consequence written out, or from a blank form."
    )
    blank_url, blank_button, blank_permission, blank_minutes = (
        "risk_catalogue", _("Open the catalogue"), "risks.register", 6,
    )  # fmt: skip

    def rows(self, scope: Any, actor: Any) -> Any:
        """All risks with flags, ranks, action counts and the first system's name."""
        first = (
            RiskSystem.objects.using(scope.alias)
            .filter(risk=OuterRef("pk"))
            .values("risk")
            .annotate(first=Min("system__name"))
        )
        actions = Action.objects.of(scope).filter(risk=OuterRef("pk")).exclude(state=Action.DROPPED)
        return (
            super()
            .rows(scope, actor)
            .with_flags(scope.today)
            .annotate(
                first_system=Subquery(first.values("first")),
                before_rank=_rank("before_level"),
                today_rank=_rank("today_level"),
                target_rank=_rank("target_level"),
                state_rank=_position("state", list(Risk.STATES)),
                actions_all=_count(actions),
                actions_done=_count(actions.filter(state=Action.DONE)),
                actions_open=F("actions_all") - F("actions_done"),
            )
        )

    def url_of(self, record: Any, slug: str) -> str:
        """The risk's page."""
        return reverse("risk", kwargs={"slug": slug, "ref": record.ref})


def _rank(path: str) -> Case:
    cases = [When(**{path: code}, then=Value(rank)) for code, rank in RANKS.items()]
    return Case(*cases, default=Value(None), output_field=IntegerField())


def _position(path: str, codes: list[str]) -> Case:
    cases = [When(**{path: code}, then=Value(at)) for at, code in enumerate(codes)]
    return Case(*cases, default=Value(99), output_field=IntegerField())


def _count(rows: Any) -> Any:
    counted = rows.order_by().values("risk").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), Value(0))


# Actions ----------------------------------------------------------------------------------------------------------


class ActionFilters(RegisterFilters):
    """Typed filters of the actions."""

    state = Choice("state", label=_("State"), choices=list(Action.STATES.items()))
    owner = People("owner", label=_("Owner"))
    flag = Conditions(
        label=_("Flag"),
        conditions={
            "overdue": (
                _("Overdue"),
                lambda f: Q(state=Action.OPEN, due__lt=f.scope.today) & ~Q(risk__state=Risk.CLOSED),
            ),
            "soon": (
                _("Due in 30 days"),
                lambda f: Q(state=Action.OPEN, due__range=(f.scope.today, f.scope.today + datetime.timedelta(days=30))),
            ),
            "unchecked": (_("Done, not checked"), UNCHECKED),
            "ineffective": (_("Did not work"), Q(effectiveness="ineffective")),
        },
    )
    risk = Refs("risk__ref", label=_("Risk"))
    system = Refs("risk__systems__ref", label=_("AI system"))
    control = Refs("control__code", label=_("Control"))
    due_to = Day("due", "lte", label=_("Due by"))


def action_flags(action: Any) -> list[tuple[str, bool]]:
    """Overdue, or done and not checked."""
    found = [
        (action.is_overdue, gettext("Overdue"), True),
        (action.state == Action.DONE and not action.effectiveness, gettext("Not checked"), False),
    ]
    return [(word, hot) for holds, word, hot in found if holds]


class ActionRegister(Register):
    """What is done about risks (8.3)."""

    place = "risk_actions"
    key, model, title, noun = "risk-actions", Action, _("Actions"), _("actions")
    permission = "risks.read"
    columns = (
        Column("ref", _("Reference"), kind="ref", head=_("Ref")),
        Column("what", _("Action"), kind="title"),
        Column("risk", _("Risk"), lambda action: f"{action.risk.ref} {action.risk.title}", sort="risk__title"),
        Column("level", _("Level today"), "risk.today_level", kind="level", wide="p2"),
        Column("owner", _("Owner"), kind="person"),
        Column("due", _("Due"), kind="date"),
        Column("state", _("State"), kind="state"),
        Column("flags", _("Flags"), action_flags, kind="flags", sort=("is_overdue", number_of(UNCHECKED))),
        Column("control", _("Control"), lambda one: one.control.code if one.control else "", sort="control__code",
               wide="p3"),
        Column("effect", _("Expected effect"), "expected_effect", shown=False),
        Column("done_on", _("Done on"), kind="date", shown=False),
        Column("effectiveness", _("Did it work"), lambda a: a.get_effectiveness_display(), sort="effectiveness",
               wide="p3"),
    )  # fmt: skip
    filters = ActionFilters
    search = ("ref", "what", "risk__ref", "risk__title", "owner__name")
    sort = "due"
    select = ("risk", "owner", "control")
    views = (
        View("open", _("Open"), {"state": "open"}),
        View("overdue", _("Overdue"), {"flag": "overdue"}),
        View("mine", _("Mine"), {"owner": "me", "state": "open"}),
        View("unchecked", _("Done, not checked"), {"flag": "unchecked"}),
        View("all", _("All actions")),
    )
    blank_title = _("No actions yet")
    blank_text = _("An action belongs to a risk: what is done, which control it builds, who does it and until when.")

    def rows(self, scope: Any, actor: Any) -> Any:
        """All actions, saying which are overdue."""
        overdue = Q(state=Action.OPEN, due__lt=scope.today) & ~Q(risk__state=Risk.CLOSED)
        late = Case(When(overdue, then=Value(1)), default=Value(0), output_field=IntegerField())
        return super().rows(scope, actor).annotate(is_overdue=late)

    def url_of(self, record: Any, slug: str) -> str:
        """The action's page."""
        return reverse("risk_action", kwargs={"slug": slug, "ref": record.ref})


# Acceptances ------------------------------------------------------------------------------------------------------


class AcceptanceFilters(RegisterFilters):
    """Typed filters of the acceptances."""

    state = Choice("state", label=_("State"), choices=list(Acceptance.STATES.items()))
    level = Choice("level", label=_("Level accepted"), choices=list(LEVELS.items()))
    decided_by = People("decided_by", label=_("Decided by"))
    flag = Conditions(
        label=_("Flag"),
        conditions={
            "expired": (
                _("Expired"),
                lambda f: Q(state=Acceptance.ACCEPTED, valid_until__lt=f.scope.today),
            ),
            "ending": (
                _("Ends in 60 days"),
                lambda f: Q(
                    state=Acceptance.ACCEPTED,
                    valid_until__range=(f.scope.today, f.scope.today + datetime.timedelta(days=60)),
                ),
            ),
        },
    )
    risk = Refs("risk__ref", label=_("Risk"))


def acceptance_flags(acceptance: Any) -> list[tuple[str, bool]]:
    """Expired, or ending soon."""
    if acceptance.ends == "expired":
        return [(gettext("Expired"), True)]
    return [(gettext("Ends soon"), False)] if acceptance.ends == "ending" else []


class AcceptanceRegister(Register):
    """Requests for acceptance and their answers (6.1.3)."""

    place = "risk_acceptances"
    key, model, title, noun = "risk-acceptances", Acceptance, _("Acceptances"), _("acceptances")
    permission = "risks.read"
    columns = (
        Column("ref", _("Reference"), kind="ref", head=_("Ref")),
        Column("risk", _("Risk"), lambda one: f"{one.risk.ref} {one.risk.title}", kind="title", sort="risk__title"),
        Column("level", _("Level"), kind="level"),
        Column("state", _("State"), kind="state"),
        Column("valid_until", _("Valid until"), kind="date"),
        Column("flags", _("Flags"), acceptance_flags, kind="flags", sort="ends_rank"),
        Column("asked_by", _("Asked by"), kind="person", wide="p2"),
        Column("asked_at", _("Asked on"), kind="moment", wide="p3"),
        Column("decided_by", _("Decided by"), kind="person"),
        Column("decided_at", _("Decided on"), kind="moment", wide="p3"),
        Column("conditions", _("Conditions"), shown=False),
        Column("reason", _("Reason or question"), "reason", shown=False),
    )
    filters = AcceptanceFilters
    search = ("ref", "risk__ref", "risk__title", "conditions", "reason")
    sort = "valid_until"
    select = ("risk", "asked_by", "decided_by")
    views = (
        View("all", _("All")),
        View("waiting", _("Waiting for a decision"), {"state": "asked"}),
        View("force", _("In force"), {"state": "accepted"}),
        View("expired", _("Expired"), {"flag": "expired"}),
        View("ending", _("Ends in 60 days"), {"flag": "ending"}),
    )
    blank_title = _("No acceptances yet")
    blank_text = _(
        "When a risk stays after treatment, its owner asks somebody with the authority to accept it until a day."
    )

    def rows(self, scope: Any, actor: Any) -> Any:
        """All acceptances, saying which have expired or end soon."""
        given = Q(state=Acceptance.ACCEPTED)
        soon = scope.today + datetime.timedelta(days=60)
        ends = Case(
            When(given & Q(valid_until__lt=scope.today), then=Value("expired")),
            When(given & Q(valid_until__lte=soon), then=Value("ending")),
            default=Value(""),
        )
        return super().rows(scope, actor).annotate(ends=ends, ends_rank=_position("ends", ["", "ending", "expired"]))

    def url_of(self, record: Any, slug: str) -> str:
        """The acceptance's page."""
        return reverse("risk_acceptance", kwargs={"slug": slug, "ref": record.ref})
