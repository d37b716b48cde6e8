"""Compliance checks of risk assessment and treatment (ISO/IEC 42001, 6.1.1 to 6.1.3, 8.2, 8.3)."""

import datetime
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from controls.models import Control
from core import when
from core.checks import BLOCKS, FIX, LIKELY, Finding, Rows, check
from core.models import Approval
from core.scope import Scope
from risks import methodology, queries
from risks.models import Acceptance, Action, Methodology, OpportunityReview, Risk, RiskControl
from risks.plan import plan_or_none, versions_of

UNCHECKED_DAYS = 90


@check(
    "CHK-RSK-01",
    tier=BLOCKS,
    clause="6.1.1",
    minutes=10,
    gates=("G1",),
    message=_("The risk criteria are not approved."),
)
def criteria_not_approved(scope: Scope) -> Iterator[Finding]:
    """Levels mean something once somebody entitled approved the criteria."""
    rows = list(Methodology.objects.of(scope).order_by("number"))
    if not any(one.state == Methodology.APPROVED for one in rows):
        yield Finding(rows[-1] if rows else None, "criteria-not-approved")


@check(
    "CHK-RSK-02", tier=LIKELY, clause="6.1.2, 8.2", minutes=20, gates=("G4",),
    message=_("%(ref)s %(name)s has no current risk assessment."),
)  # fmt: skip
def system_without_current_assessment(scope: Scope) -> Iterator[Rows]:
    """In scope and no risk assessed, or all assessed before the interval or before the last change of stage."""
    systems = queries.without_current_assessment(scope)
    yield Rows(systems, "no-current-assessment", lambda system: {"ref": system.ref, "name": system.name})


@check(
    "CHK-RSK-03", tier=LIKELY, clause="6.1.2", minutes=5,
    message=_("%(ref)s rates consequences for the organisation only, not for people or society."),
)  # fmt: skip
def people_and_society_not_rated(scope: Scope) -> Iterator[Rows]:
    """An assessment that has only the organisation's dimension."""
    rated = Q(before_consequences__has_any_keys=list(methodology.PEOPLE_AND_SOCIETY))
    yield Rows(_assessed(scope).filter(~rated, kind="threat"), "only-organisation", _ref)


@check("CHK-RSK-04", tier=FIX, clause="6.1.2", minutes=5, message=_("%(ref)s is higher today than before controls."))
def today_above_before(scope: Scope) -> Iterator[Rows]:
    """Controls do not raise a risk; where the rating says so, something is wrong."""
    higher = _levels(scope, lambda before, today: today > before)
    yield Rows(_assessed(scope).filter(higher, kind="threat"), "today-above-before", _ref)


@check(
    "CHK-RSK-05", tier=LIKELY, clause="6.1.3, 8.3", minutes=10,
    message=_("%(ref)s is lower today than before controls, but no control it relies on is in place."),
)  # fmt: skip
def lowered_without_control(scope: Scope) -> Iterator[Rows]:
    """A lower level today needs a control relied on that applies and is in place."""
    working = RiskControl.objects.using(scope.alias).filter(
        ~Q(control__applies=Control.NO), risk=OuterRef("pk"), control__status=Control.IN_PLACE
    )
    lower = _levels(scope, lambda before, today: today < before)
    yield Rows(_assessed(scope).filter(~Exists(working), lower, kind="threat"), "lowered-without-control", _ref)


WHY = {
    "expired": _("expired"), "missing": _("missing"), "not signed": _("not signed"),
    "for another level": _("for another level"),
}  # fmt: skip


@check(
    "CHK-RSK-06", tier=BLOCKS, clause="6.1.3", minutes=10, gates=("G4",), words={"why": WHY.__getitem__},
    message=_("%(ref)s is above the criteria and its acceptance is %(why)s."),
)  # fmt: skip
def accepted_above_criteria_without_authority(scope: Scope) -> Iterator[Rows]:
    """Above the criteria and accepted: by somebody entitled, signed, and not past its day."""
    given = Acceptance.objects.using(scope.alias).filter(risk=OuterRef("pk"), state=Acceptance.ACCEPTED)
    newest = given.order_by("-decided_at")
    signed = Approval.objects.using(scope.alias).filter(record_type="risks.acceptance", record_id=OuterRef("given"))
    rows = _assessed(scope).above_criteria().filter(state=Risk.ACCEPTED)
    rows = rows.annotate(given=Subquery(newest.values("pk")[:1]), given_for=Subquery(newest.values("level")[:1]))
    fault = Case(
        When(Q(accepted_until=None) | Q(accepted_until__lt=scope.today), then=Value("expired")),
        When(given=None, then=Value("missing")),
        When(~Exists(signed), then=Value("not signed")),
        When(~Q(given_for=F("today_level")), then=Value("for another level")),
        default=Value(""),
    )
    faulty = rows.annotate(why=fault).exclude(why="")
    yield Rows(faulty, "acceptance-not-authorised", lambda risk: {"ref": risk.ref, "why": risk.why})


@check(
    "CHK-RSK-07", tier=LIKELY, clause="6.1.3", minutes=15, message=_("The treatment plan was never approved."),
)  # fmt: skip
def plan_not_approved(scope: Scope) -> Iterator[Finding]:
    """Something is being done about assessed risks, and nobody designated approved the plan."""
    active = Action.objects.of(scope).filter(state=Action.OPEN)
    if not active.exclude(risk__state__in=(Risk.DRAFT, Risk.CLOSED)).exists():
        return
    plan = plan_or_none(scope)
    if plan is None or not versions_of(scope, plan):
        yield Finding(plan, "plan-not-approved")


@check(
    "CHK-RSK-08",
    tier=FIX,
    clause="8.3",
    minutes=5,
    message=_("%(ref)s of %(risk)s was due on %(due)s and is still open."),
    words={"due": lambda day: when.day_text(datetime.date.fromisoformat(day))},
)
def action_overdue(scope: Scope) -> Iterator[Rows]:
    """Due before today and open."""
    rows = Action.objects.of(scope).filter(state=Action.OPEN, due__lt=scope.today).exclude(risk__state=Risk.CLOSED)
    yield Rows(
        rows.select_related("risk").order_by("due"), "action-overdue",
        lambda action: {"ref": action.ref, "risk": action.risk.ref, "due": action.due.isoformat()},
    )  # fmt: skip


@check(
    "CHK-RSK-09",
    tier=FIX,
    clause="8.3",
    minutes=5,
    message=_("%(ref)s of %(risk)s is done; nobody checked that it worked."),
)
def effectiveness_not_checked(scope: Scope) -> Iterator[Rows]:
    """Done for more than 90 days without a result of the effectiveness check."""
    before = scope.today - datetime.timedelta(days=UNCHECKED_DAYS)
    rows = Action.objects.of(scope).filter(state=Action.DONE, effectiveness="", done_on__lt=before)
    yield Rows(
        rows.select_related("risk").order_by("done_on"), "effectiveness-not-checked",
        lambda action: {"ref": action.ref, "risk": action.risk.ref},
    )  # fmt: skip


@check(
    "CHK-RSK-10", tier=BLOCKS, clause="6.1.3, 8.3", minutes=15, gates=("G4",),
    message=_("%(ref)s is above the criteria; nothing is being done and nobody accepted it."),
)  # fmt: skip
def above_criteria_and_nothing_done(scope: Scope) -> Iterator[Rows]:
    """Above the criteria without an open action and without an acceptance that still holds."""
    open_actions = Action.objects.using(scope.alias).filter(risk=OuterRef("pk"), state=Action.OPEN)
    rows = _assessed(scope).above_criteria().filter(~Exists(open_actions))
    undone = rows.exclude(state=Risk.ACCEPTED, accepted_until__gte=scope.today)
    yield Rows(undone, "above-criteria-and-nothing-done", _ref)


@check(
    "CHK-OPP-01",
    tier=FIX,
    clause="6.1.1",
    minutes=5,
    message=_("No opportunity is registered, nor is it recorded that there is none."),
)
def no_opportunities_considered(scope: Scope) -> Iterator[Finding]:
    """Neither an opportunity in the register nor a recorded conclusion."""
    if Risk.objects.of(scope).filter(kind="opportunity").exclude(state=Risk.CLOSED).exists():
        return
    if not OpportunityReview.objects.of(scope).exists():
        yield Finding(None, "no-opportunities")


def _assessed(scope: Scope) -> Any:
    return Risk.objects.of(scope).assessed().order_by("created_at")


def _ref(risk: Any) -> dict[str, Any]:
    return {"ref": risk.ref}


def _levels(scope: Scope, holds: Callable[[int, int], bool]) -> Q:
    """Risks whose ranks before controls and today stand to each other so, each by the criteria it was rated with."""
    alike: dict[tuple[tuple[str, int], ...], list[Any]] = {}
    for pk, content in Methodology.objects.of(scope).values_list("pk", "content"):
        alike.setdefault(tuple(sorted(methodology.ranks(content).items())), []).append(pk)
    found = Q(pk__in=())
    for ranks, criteria in alike.items():
        for (before, rank_before), (today, rank_today) in itertools.product(ranks, repeat=2):
            if holds(rank_before, rank_today):
                found |= Q(methodology__in=criteria, before_level=before, today_level=today)
    return found
