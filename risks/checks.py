"""Compliance checks of risk assessment and treatment (ISO/IEC 42001, 6.1.1 to 6.1.3, 8.2, 8.3)."""

import datetime
from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from aims.models import AISystem
from controls.models import Control
from core.checks import BLOCKS, FIX, LIKELY, Finding, check
from core.models import Approval
from core.scope import Scope
from risks import methodology
from risks.models import Acceptance, Action, Methodology, OpportunityReview, Risk, RiskControl, RiskSystem
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
def system_without_current_assessment(scope: Scope) -> Iterator[Finding]:
    """In scope and no risk assessed, or all assessed before the interval or before the last change of stage."""
    criteria = Methodology.objects.of(scope).in_force()
    months = max((one["review_months"] for one in criteria.content["levels"]), default=12) if criteria else 12
    since = methodology.add_months(scope.today, -months)
    current = RiskSystem.objects.using(scope.alias).filter(
        Q(system__stage_since__isnull=True) | Q(risk__assessed_at__date__gte=F("system__stage_since")),
        system=OuterRef("pk"),
        risk__assessed_at__gte=datetime.datetime.combine(since, datetime.time(), scope.zone),
        risk__state__in=(Risk.ASSESSED, Risk.IN_TREATMENT, Risk.ACCEPTED),
    )
    for system in AISystem.objects.of(scope).in_scope().filter(~Exists(current)).order_by("created_at"):
        yield Finding(system, "no-current-assessment", {"ref": system.ref, "name": system.name})


@check(
    "CHK-RSK-03", tier=LIKELY, clause="6.1.2", minutes=5,
    message=_("%(ref)s rates consequences for the organisation only, not for people or society."),
)  # fmt: skip
def people_and_society_not_rated(scope: Scope) -> Iterator[Finding]:
    """An assessment that has only the organisation's dimension."""
    for risk in _assessed(scope).filter(kind="threat"):
        if not set(risk.before_consequences) & set(methodology.PEOPLE_AND_SOCIETY):
            yield Finding(risk, "only-organisation", {"ref": risk.ref})


@check("CHK-RSK-04", tier=FIX, clause="6.1.2", minutes=5, message=_("%(ref)s is higher today than before controls."))
def today_above_before(scope: Scope) -> Iterator[Finding]:
    """Controls do not raise a risk; where the rating says so, something is wrong."""
    for risk in _assessed(scope).filter(kind="threat"):
        ranks = methodology.ranks(risk.methodology.content)
        if ranks[risk.today_level] > ranks[risk.before_level]:
            yield Finding(risk, "today-above-before", {"ref": risk.ref})


@check(
    "CHK-RSK-05", tier=LIKELY, clause="6.1.3, 8.3", minutes=10,
    message=_("%(ref)s is lower today than before controls, but no control it relies on is in place."),
)  # fmt: skip
def lowered_without_control(scope: Scope) -> Iterator[Finding]:
    """A lower level today needs a control relied on that applies and is in place."""
    working = RiskControl.objects.using(scope.alias).filter(
        ~Q(control__applies=Control.NO), risk=OuterRef("pk"), control__status=Control.IN_PLACE
    )
    for risk in _assessed(scope).filter(~Exists(working), kind="threat"):
        ranks = methodology.ranks(risk.methodology.content)
        if ranks[risk.today_level] < ranks[risk.before_level]:
            yield Finding(risk, "lowered-without-control", {"ref": risk.ref})


@check(
    "CHK-RSK-06", tier=BLOCKS, clause="6.1.3", minutes=10, gates=("G4",),
    message=_("%(ref)s is above the criteria and its acceptance is %(why)s."),
)  # fmt: skip
def accepted_above_criteria_without_authority(scope: Scope) -> Iterator[Finding]:
    """Above the criteria and accepted: by somebody entitled, signed, and not past its day."""
    for risk in _assessed(scope).above_criteria().filter(state=Risk.ACCEPTED):
        why = _acceptance_fault(scope, risk)
        if why:
            yield Finding(risk, "acceptance-not-authorised", {"ref": risk.ref, "why": why})


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
)
def action_overdue(scope: Scope) -> Iterator[Finding]:
    """Due before today and open."""
    rows = Action.objects.of(scope).filter(state=Action.OPEN, due__lt=scope.today).exclude(risk__state=Risk.CLOSED)
    for action in rows.select_related("risk").order_by("due"):
        params = {"ref": action.ref, "risk": action.risk.ref, "due": action.due.isoformat() if action.due else ""}
        yield Finding(action, "action-overdue", params)


@check(
    "CHK-RSK-09",
    tier=FIX,
    clause="8.3",
    minutes=5,
    message=_("%(ref)s of %(risk)s is done; nobody checked that it worked."),
)
def effectiveness_not_checked(scope: Scope) -> Iterator[Finding]:
    """Done for more than 90 days without a result of the effectiveness check."""
    before = scope.today - datetime.timedelta(days=UNCHECKED_DAYS)
    rows = Action.objects.of(scope).filter(state=Action.DONE, effectiveness="", done_on__lt=before)
    for action in rows.select_related("risk").order_by("done_on"):
        yield Finding(action, "effectiveness-not-checked", {"ref": action.ref, "risk": action.risk.ref})


@check(
    "CHK-RSK-10", tier=BLOCKS, clause="6.1.3, 8.3", minutes=15, gates=("G4",),
    message=_("%(ref)s is above the criteria; nothing is being done and nobody accepted it."),
)  # fmt: skip
def above_criteria_and_nothing_done(scope: Scope) -> Iterator[Finding]:
    """Above the criteria without an open action and without an acceptance that still holds."""
    open_actions = Action.objects.using(scope.alias).filter(risk=OuterRef("pk"), state=Action.OPEN)
    rows = _assessed(scope).above_criteria().filter(~Exists(open_actions))
    for risk in rows.exclude(state=Risk.ACCEPTED, accepted_until__gte=scope.today):
        yield Finding(risk, "above-criteria-and-nothing-done", {"ref": risk.ref})


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


def _assessed(scope: Scope):
    return Risk.objects.of(scope).assessed().select_related("methodology").order_by("created_at")


def _acceptance_fault(scope: Scope, risk: Risk) -> str:
    """What is wrong with the acceptance of an accepted risk, "" when nothing is."""
    if risk.accepted_until is None or risk.accepted_until < scope.today:
        return "expired"
    given = (
        Acceptance.objects.of(scope).filter(risk_id=risk.pk, state=Acceptance.ACCEPTED).order_by("-decided_at").first()
    )
    if given is None:
        return "missing"
    signed = Approval.objects.of(scope).filter(record_type="risks.acceptance", record_id=given.pk).exists()
    same = given.level == risk.today_level
    return "" if signed and same else "not signed" if not signed else "for another level"
