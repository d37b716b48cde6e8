"""What this room adds elsewhere: places, addresses, what falls due, facts for controls, panels, steps of the path."""

import datetime
import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from aims.models import AISystem
from aims.registers import SystemFilters
from controls.facts import RISK as RISK_FACT
from controls.facts import Fact
from core import agenda, approvals, places, policy, registries
from core.actor import Actor
from core.agenda import Due, Dues
from core.belongings import Belonging
from core.change import Change
from core.models import Membership, Person
from core.places import Creatable, Place
from core.queries import fields
from core.queries.history import say
from core.registers.filters import add_condition
from core.scope import Scope
from risks import content, methodology, queries
from risks import plan as plans
from risks import standing as _standing  # noqa: F401 (its panes make themselves known)
from risks.models import Acceptance, Action, Methodology, Risk, RiskSystem, TreatmentPlan
from risks.registers import flags_of, rate_of, set_owner, state_words
from risks.services import imports as _imports  # noqa: F401 (what can be imported makes itself known)
from risks.workflow import accepters

ENDING_DAYS = 60
RELIES = ngettext_lazy("%(refs)s relies on it", "%(refs)s rely on it", "n")


def every_risk(scope: Scope) -> QuerySet[Risk]:
    """What the register lists, for the navigation: its number is the rows behind it."""
    return Risk.objects.of(scope)


places.register(
    Place(
        "risks", gettext_lazy("Risks"), "risks", "risks.read", count=every_risk, order=10,
        children=(
            Place("risks", gettext_lazy("Register"), "risks"),
            Place("risks", gettext_lazy("Heat map"), "risk_heat"),
            Place("risks", gettext_lazy("Actions"), "risk_actions"),
            Place("risks", gettext_lazy("Treatment plan"), "risk_plan"),
            Place("risks", gettext_lazy("Acceptances"), "risk_acceptances"),
            Place("risks", gettext_lazy("Catalogue"), "risk_catalogue"),
            Place("risks", gettext_lazy("Criteria"), "risk_criteria"),
        ),
    )
)  # fmt: skip
places.register_new(Creatable(gettext_lazy("Risk"), "risk_new", "risks.register", order=20))
registries.commented(Risk, Action, Acceptance, TreatmentPlan)
registries.address(Risk, "risk", gettext_lazy("Risk"))
registries.address(Action, "risk_action", gettext_lazy("Action"))
registries.address(Acceptance, "risk_acceptance", gettext_lazy("Acceptance"))
registries.address(Methodology, "risk_criteria_version", gettext_lazy("Risk criteria"), by="number")


@registries.settled.add("risks.action", "risks.closed")
def of_a_closed_risk(action: Action) -> str:
    """A closed risk has no open action; it is reopened first."""
    return _("The risk of this action is closed: reopen it first.") if action.risk.state == Risk.CLOSED else ""


registries.address(TreatmentPlan, "risk_plan", gettext_lazy("Treatment plan"), by="")


say(
    {
        "risks.register": gettext_lazy("Registered"),
        "risks.change": gettext_lazy("Changed"),
        "risks.import": gettext_lazy("Imported"),
        "risks.delete-draft": gettext_lazy("Draft deleted"),
        "risks.actions.add": gettext_lazy("Action planned"),
        "risks.actions.change": gettext_lazy("Action changed"),
        "risks.actions.finish": gettext_lazy("Action done"),
        "risks.actions.drop": gettext_lazy("Action dropped"),
        "risks.actions.check": gettext_lazy("Effect checked"),
        "risks.criteria.change": gettext_lazy("Criteria changed"),
        "risks.criteria.revise": gettext_lazy("Next version begun"),
        "risks.plan.begin": gettext_lazy("Treatment plan begun"),
        "risks.opportunities.consider": gettext_lazy("Opportunities considered"),
    }
)


# What falls due ---------------------------------------------------------------------------------------------------


@registries.agenda.add("*", "risks.reviews")
def reviews(scope: Scope) -> Dues:
    """Reviews of assessed risks: for their owners, on the day that was set."""
    rows = Risk.objects.of(scope).assessed().exclude(next_review=None).order_by("next_review")
    return Dues(
        rows, "next_review", "owner_id",
        lambda risk: Due(
            _("Review %(ref)s %(title)s") % {"ref": risk.ref, "title": risk.title}, "risk_confirm", {"ref": risk.ref},
            read_at="risk", people=(risk.owner_id,), on=risk.next_review, ref=risk.ref, minutes=3,
        ),
    )  # fmt: skip


@registries.agenda.add("*", "risks.actions")
def actions_due(scope: Scope) -> Dues:
    """Open actions: for who carries them out."""
    rows = Action.objects.of(scope).filter(state=Action.OPEN).exclude(risk__state__in=(Risk.CLOSED, Risk.DRAFT))
    return Dues(
        rows.select_related("risk").order_by("due"), "due", Coalesce("owner_id", "risk__owner_id"),
        lambda action: Due(
            action.what, "risk_action", {"ref": action.ref}, people=(action.owner_id or action.risk.owner_id,),
            on=action.due, ref=action.ref, minutes=5,
            why=_("For %(ref)s %(title)s") % {"ref": action.risk.ref, "title": action.risk.title},
        ),
    )  # fmt: skip


@registries.agenda.add("*", "risks.acceptances")
def acceptances_ending(scope: Scope) -> Dues:
    """Acceptances that have expired or end within 60 days: for the risk's owner."""
    today = scope.today
    rows = Acceptance.objects.of(scope).filter(
        state=Acceptance.ACCEPTED, valid_until__lte=today + datetime.timedelta(days=ENDING_DAYS)
    )

    def due(one: Acceptance) -> Due:
        words = _("Acceptance of %(ref)s expired") if one.valid_until < today else _("Acceptance of %(ref)s ends")
        return Due(
            words % {"ref": one.risk.ref}, "risk", {"ref": one.risk.ref}, people=(one.risk.owner_id,),
            on=one.valid_until, ref=one.risk.ref, minutes=5, why=one.risk.title,
        )  # fmt: skip

    return Dues(rows.select_related("risk").order_by("valid_until"), "valid_until", "risk__owner_id", due)


@registries.agenda.add("*", "risks.decisions")
def decisions(scope: Scope) -> Iterator[Due]:
    """Requests for acceptance: for everybody who could decide them; returned ones for who asked."""
    rows = Acceptance.objects.of(scope).filter(state=Acceptance.ASKED).order_by("asked_at")
    for one in rows.select_related("risk", "risk__methodology", "asked_by"):
        able = accepters(one.risk, one.level, scope.moment, content.authors_of_request(one))
        yield Due(
            _("Decide whether to accept %(ref)s %(title)s") % {"ref": one.risk.ref, "title": one.risk.title},
            "risk_acceptance", {"ref": one.ref}, people=tuple(person.pk for person in able), ref=one.ref, decision=True,
            since=one.asked_at.astimezone(scope.zone).date(), minutes=4,
            why=_("Asked by %(name)s") % {"name": one.asked_by.name},
        )  # fmt: skip


@registries.agenda.add("*", "risks.questions")
def questions(scope: Scope) -> Iterator[Due]:
    """Requests returned with a question, until acceptance is asked for again."""
    newest = Acceptance.objects.of(scope).filter(risk=OuterRef("risk"), asked_at__gt=OuterRef("asked_at"))
    rows = Acceptance.objects.of(scope).filter(~Exists(newest), state=Acceptance.RETURNED).select_related("risk")
    for one in rows.exclude(risk__state=Risk.CLOSED):
        yield Due(
            _("Answer the question about %(ref)s") % {"ref": one.risk.ref}, "risk_acceptance", {"ref": one.ref},
            people=(one.asked_by_id,), ref=one.ref, why=one.reason, minutes=10,
            since=one.decided_at.astimezone(scope.zone).date() if one.decided_at else None,
        )  # fmt: skip


@registries.agenda.add("*", "risks.criteria")
def criteria_waiting(scope: Scope) -> Iterator[Due]:
    """Submitted criteria: for the approvers; returned ones for who submitted."""
    for one in Methodology.objects.of(scope).filter(state__in=(Methodology.SUBMITTED, Methodology.RETURNED)):
        if one.state == Methodology.RETURNED:
            yield Due(_("Mend the returned risk criteria"), "risk_criteria", people=(one.submitted_by_id,),
                      why=one.return_comment, minutes=15)  # fmt: skip
            continue
        approvers = [
            row.person_id for row in Membership.objects.of(scope).valid_at(scope.moment) if "approver" in row.roles
        ]  # fmt: skip
        since = one.submitted_at.astimezone(scope.zone).date() if one.submitted_at else None
        yield Due(_("Decide on the risk criteria v%(n)d") % {"n": one.number}, "risk_criteria", people=tuple(approvers),
                  decision=True, since=since, minutes=10)  # fmt: skip


@registries.agenda.add("*", "risks.plan")
def plan_waiting(scope: Scope) -> Iterator[Due]:
    """A decision for who was asked, a returned plan for who submitted it, a plan nobody approved for the managers."""
    record = plans.plan_or_none(scope)
    if record is None:
        return
    since = record.submitted_at.astimezone(scope.zone).date() if record.submitted_at else None
    if record.state == TreatmentPlan.SUBMITTED:
        yield Due(
            _("Decide on the treatment plan"), "risk_plan_approve", people=(record.submitted_to_id,), since=since,
            read_at="risk_plan", decision=True, minutes=10,
            why=_("Submitted by %(name)s") % {"name": record.submitted_by.name if record.submitted_by else ""},
        )  # fmt: skip
    elif record.state == TreatmentPlan.RETURNED:
        yield Due(
            _("Mend the returned treatment plan"), "risk_plan", people=(record.submitted_by_id,), since=since,
            why=record.return_comment, minutes=15,
        )  # fmt: skip
    elif why := _plan_not_in_force(scope, record):
        yield Due(
            _("Submit the treatment plan for approval"), "risk_plan_submit", people=_members(scope, "manager"),
            read_at="risk_plan", minutes=10, why=why,
        )  # fmt: skip


def _plan_not_in_force(scope: Scope, record: TreatmentPlan) -> str:
    """Why the plan as it is now has nobody's approval, "" where it has or where nothing is planned."""
    versions = plans.versions_of(scope, record)
    if not versions:
        return _("Nobody has approved it yet") if plans.is_active_in(scope) else ""
    changes = plans.differences(approvals.frozen(versions[0]), plans.content_in(scope))
    told = _("It differs from v%(number)d in %(what)s")
    return told % {"number": versions[0].number, "what": plans.counted(changes)} if changes else ""


def _members(scope: Scope, role: str) -> tuple[Any, ...]:
    return tuple(row.person_id for row in Membership.objects.of(scope).valid_at(scope.moment) if role in row.roles)


# Facts for controls -----------------------------------------------------------------------------------------------


@registries.drivers.add("*", "risks.controls")
def controls_of_risks(scope: Scope) -> Iterator[Fact]:
    """Open risks that rely on a control or build it by an open action: it is necessary (6.1.3 b)."""
    pairs: dict[str, set[str]] = {}
    live = Risk.objects.of(scope).assessed()
    for code, ref in live.filter(controls__isnull=False).values_list("controls__code", "ref"):
        pairs.setdefault(code, set()).add(ref)
    actions = Action.objects.of(scope).filter(state=Action.OPEN, control__isnull=False).exclude(risk__state=Risk.CLOSED)
    for code, ref in actions.exclude(risk__state=Risk.DRAFT).values_list("control__code", "risk__ref"):
        pairs.setdefault(code, set()).add(ref)
    for code, refs in sorted(pairs.items()):
        yield Fact(
            code, RISK_FACT, RISK_FACT, tuple(sorted(refs, key=_number)),
            RELIES, contradicts=True,
        )  # fmt: skip


@registries.facts.add("statement.basis", "risks.basis")
def last_assessed(scope: Scope, _record: Any) -> Any:
    """When a risk was last assessed: the statement rests on it (CHK-SOA-07)."""
    return Risk.objects.of(scope).aggregate(last=Max("assessed_at"))["last"]


@registries.facts.add("risks.by_control", "risks.by_control")
def risks_by_control(scope: Scope, _record: Any) -> dict[str, list[str]]:
    """Control code → references of open risks that rely on it."""
    found: dict[str, list[str]] = {}
    rows = Risk.objects.of(scope).assessed().filter(controls__isnull=False).values_list("controls__code", "ref")
    for code, ref in rows:
        found.setdefault(code, []).append(ref)
    return {code: sorted(refs, key=_number) for code, refs in found.items()}


def _number(ref: str) -> int:
    number = ref.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


# What the inventory narrows by --------------------------------------------------------------------------------------

add_condition(
    SystemFilters, "flag", "assessed", gettext_lazy("Risks assessed"),
    lambda f: Q(pk__in=queries.systems_assessed(f.scope)),
)  # fmt: skip
add_condition(
    SystemFilters, "flag", "not_assessed", gettext_lazy("No current risk assessment"),
    lambda f: Q(pk__in=queries.without_current_assessment(f.scope).values("pk")),
)  # fmt: skip


# Panels -----------------------------------------------------------------------------------------------------------


@registries.panels.add("aims.aisystem", "risks.of_system")
def risks_of_system(record: Any, scope: Scope, actor: Any) -> tuple[str, dict[str, Any]]:
    """The risks of an AI system, worst first, on its page."""
    rows = Risk.objects.of(scope).with_flags(scope.today).select_related("owner").filter(systems=record.pk)
    return "risks/panel.html", {
        "rows": [
            {"risk": risk, "rate": rate_of(risk, "today"), "state": state_words(risk), "flags": flags_of(risk)}
            for risk in _worst_first(rows)
        ],
        "record": record,
        "may_register": not scope.past and policy.allows(actor, "risks.register"),
    }


@registries.panels.add("aims.assessmentgroup", "risks.of_group")
def risks_of_group(record: Any, scope: Scope, actor: Any) -> tuple[str, dict[str, Any]]:
    """The risks of an assessment group, worst first, each with how many of the group's systems it names."""
    inside = AISystem.objects.of(scope).in_scope().filter(group=record.pk)
    named = dict(
        RiskSystem.objects.using(scope.alias).filter(system__in=inside).values_list("risk").annotate(n=Count("system"))
    )
    rows = Risk.objects.of(scope).with_flags(scope.today).select_related("owner").filter(pk__in=named)
    return "risks/of_group.html", {
        "rows": [
            {"risk": risk, "rate": rate_of(risk, "today"), "state": state_words(risk), "named": named[risk.pk],
             "may_change": not scope.past and policy.allows(actor, "risks.change", risk)}
            for risk in _worst_first(rows)
        ],
        "total": inside.count(),
        "record": record,
        "may_register": not scope.past and policy.allows(actor, "risks.register"),
    }  # fmt: skip


def _worst_first(rows: Any) -> list[Risk]:
    ranks = methodology.ranks(methodology.default_content())
    return sorted(rows, key=lambda risk: (risk.state == Risk.CLOSED, -ranks.get(risk.today_level, 0), risk.ref))


@registries.belongings.add("*", "risks")
def belongings_of(scope: Scope, person_id: uuid.UUID) -> Iterator[Belonging]:
    """Risks and actions a person owns and that are not over; the treatment plan that waits for their decision."""
    risks = Risk.objects.of(scope).filter(owner=person_id).exclude(state=Risk.CLOSED)
    yield Belonging("risks", gettext_lazy("Risks"), list(risks.order_by("created_at")), _give_risk)
    open_ones = Action.objects.of(scope).filter(owner=person_id, state=Action.OPEN)
    yield Belonging("actions", gettext_lazy("Actions"), list(open_ones.order_by("created_at")), _give_action)
    asked = TreatmentPlan.objects.of(scope).filter(submitted_to=person_id, state=TreatmentPlan.SUBMITTED)
    yield Belonging("plan", gettext_lazy("Decision on the treatment plan"), list(asked), _ask_other)


def _give_risk(risk: Risk, to: Person, actor: Actor) -> None:
    set_owner(risk, {"owner": str(to.pk)})


def _give_action(action: Action, to: Person, actor: Actor) -> None:
    action.owner = to


def _ask_other(plan: TreatmentPlan, to: Person, actor: Actor) -> None:
    authors = plans.authors_of(plan) | {plan.submitted_by_id}
    plan.submitted_to = approvals.decider(plan, "risks.decide_plan", to.pk, authors)


@registries.merges.add("aims.aisystem", "risks.of_system")
def risks_move_along(unit: Change, gone: AISystem, kept: AISystem) -> None:
    """Risks of a system that was merged into another are risks of that one (6.1.2)."""
    unit.relink(list(Risk.objects.filter(systems=gone)), "systems", gone, kept)


# The path to certification ----------------------------------------------------------------------------------------


def criteria_approved(scope: Scope) -> tuple[int, int]:
    """Whether a version of the criteria is approved."""
    return int(Methodology.objects.of(scope).filter(state=Methodology.APPROVED).exists()), 1


def systems_assessed(scope: Scope) -> tuple[int, int]:
    """In-scope systems with an assessed risk, of all in scope."""
    systems = AISystem.objects.of(scope).in_scope()
    return systems.filter(pk__in=queries.systems_assessed(scope)).count(), systems.count()


agenda.path_step("criteria", 40, gettext_lazy("Risk criteria approved"), "risk_criteria", criteria_approved)
agenda.path_step(
    "risks", 50, gettext_lazy("Risks assessed"), "risks", systems_assessed,
    rows=("systems", "state=in_scope&flag=assessed", "state=in_scope"),
)  # fmt: skip
fields.call(
    {
        "above_criteria": gettext_lazy("Above criteria"),
        "accepted_until": gettext_lazy("Accepted until"),
        "approved_at": gettext_lazy("Approved"),
        "asked_at": gettext_lazy("Asked on"),
        "assessed_at": gettext_lazy("Assessed on"),
        "assessed_by": gettext_lazy("Assessed by"),
        "before_consequence": gettext_lazy("Consequence before controls"),
        "before_consequences": gettext_lazy("Consequences before controls"),
        "before_level": gettext_lazy("Level before controls"),
        "before_likelihood": gettext_lazy("Likelihood before controls"),
        "by": gettext_lazy("By"),
        "catalogue_code": gettext_lazy("Catalogue entry"),
        "closed_reason": gettext_lazy("Closed because"),
        "confidence": gettext_lazy("Confidence"),
        "confirmed_only": gettext_lazy("Confirmed without change"),
        "controls": gettext_lazy("Controls relied on"),
        "decided_at": gettext_lazy("Decided on"),
        "decided_by": gettext_lazy("Decided by"),
        "effectiveness_on": gettext_lazy("Effect checked on"),
        "ended_at": gettext_lazy("Ended"),
        "frozen": gettext_lazy("Frozen content"),
        "level": gettext_lazy("Level"),
        "methodology": gettext_lazy("Risk criteria"),
        "ratings": gettext_lazy("Ratings"),
        "rationale": gettext_lazy("Reason"),
        "risk": gettext_lazy("Risk"),
        "submitted_hash": gettext_lazy("Fingerprint of what was submitted"),
        "systems": gettext_lazy("AI systems"),
        "target_consequence": gettext_lazy("Consequence, target"),
        "target_consequences": gettext_lazy("Consequences, target"),
        "target_level": gettext_lazy("Target level"),
        "target_likelihood": gettext_lazy("Likelihood, target"),
        "today_consequence": gettext_lazy("Consequence today"),
        "today_consequences": gettext_lazy("Consequences today"),
        "today_likelihood": gettext_lazy("Likelihood today"),
        "organisation": gettext_lazy("Organisation"),
        "individuals": gettext_lazy("Individuals"),
        "groups": gettext_lazy("Groups"),
        "society": gettext_lazy("Society"),
        "environment": gettext_lazy("The environment"),
    }
)
