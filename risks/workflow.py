"""The states of risks, acceptances, criteria and the plan, and their steps; pages, API and docs read these tables."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import approvals, clock, policy
from core.actor import Actor
from core.models import Membership
from core.records import type_of
from core.workflow import Obstacle, Step, Workflow, register
from risks import content, effects, methodology, plan
from risks.models import Acceptance, Action, Methodology, Risk, TreatmentPlan

LIVE = (Risk.ASSESSED, Risk.IN_TREATMENT, Risk.ACCEPTED)
NAMED = 8


# Needs of risks ---------------------------------------------------------------------------------------------------


def by_a_person(record: Any, actor: Actor) -> Obstacle | None:
    """Assessments and requests name the person who made them."""
    return None if actor.person_id else Obstacle("no-person", _("Only a person can do this."))


def an_action_is_planned(risk: Risk, actor: Actor) -> Obstacle | None:
    """Treatment means that something is done."""
    if risk.actions.filter(state=Action.OPEN).exists():
        return None
    return Obstacle("no-action", _("Plan an action first."))


def no_action_is_open(risk: Risk, actor: Actor) -> Obstacle | None:
    """A closed risk leaves nothing to do behind."""
    count = risk.actions.filter(state=Action.OPEN).count()
    if not count:
        return None
    says = ngettext(
        "%(n)d action is still open: finish or drop it.", "%(n)d actions are still open: finish or drop them.", count
    )
    return Obstacle("open-actions", says % {"n": count})


def not_asked_already(risk: Risk, actor: Actor) -> Obstacle | None:
    """One request at a time."""
    if risk.acceptances.filter(state=Acceptance.ASKED).exists():
        return Obstacle("asked-already", _("Acceptance was asked for already and waits for the decision."))
    return None


def is_a_threat(risk: Risk, actor: Actor) -> Obstacle | None:
    """Opportunities are pursued or not; there is no harm to accept."""
    return None if risk.is_threat else Obstacle("opportunity", _("An opportunity is not accepted as a risk is."))


def criteria_are_the_same(risk: Risk, actor: Actor) -> Obstacle | None:
    """Under other criteria the levels must be looked up anew."""
    now = Methodology.objects.filter(management_system_id=risk.management_system_id).in_force()
    if now is None or risk.methodology_id == now.pk:
        return None
    return Obstacle("other-criteria", _("The risk criteria changed since: assess the risk again."))


RISK = register(
    Workflow(
        model=Risk,
        states=Risk.STATES,
        steps=(
            Step(
                "assess", (Risk.DRAFT, *LIVE), Risk.ASSESSED, "risks.assess", _("Mark as assessed"),
                inputs=effects.Assessing, needs=(by_a_person,), effect=effects.assess,
            ),
            Step(
                "still_right", LIVE, None, "risks.assess", _("Still right"),
                inputs=effects.Confirming, needs=(by_a_person, criteria_are_the_same), effect=effects.still_right,
            ),
            Step(
                "treat", (Risk.ASSESSED,), Risk.IN_TREATMENT, "risks.change", _("Start treatment"),
                needs=(an_action_is_planned,),
            ),
            Step(
                "ask_for_acceptance", LIVE, None, "risks.ask", _("Ask for acceptance"),
                needs=(by_a_person, is_a_threat, not_asked_already, criteria_are_the_same),
                effect=effects.ask_for_acceptance,
            ),
            Step(
                "reopen", (Risk.IN_TREATMENT, Risk.ACCEPTED, Risk.CLOSED), Risk.ASSESSED, "risks.change", _("Reopen"),
                effect=effects.reopen, reason_required=True,
            ),
            Step(
                "close", (Risk.DRAFT, *LIVE), Risk.CLOSED, "risks.change", _("Close"),
                needs=(no_action_is_open,), effect=effects.close, reason_required=True,
            ),
        ),
    )
)  # fmt: skip


# Needs of acceptances ---------------------------------------------------------------------------------------------


def accepters(risk: Risk, level: str, moment: Any, without: set[uuid.UUID] | frozenset = frozenset()) -> list[Any]:
    """The members whose authority reaches a level, without those who wrote or assessed the risk."""
    criteria = content.criteria_of(risk)
    if criteria is None or not level:
        return []
    members = Membership.objects.filter(management_system_id=risk.management_system_id).valid_at(moment)
    return sorted(
        (
            member.person
            for member in members.select_related("person")
            if member.person_id not in without
            and methodology.may_accept(
                criteria.content, level, member.roles, is_owner=member.person_id == risk.owner_id
            )
        ),
        key=lambda person: person.name,
    )


def level_within_authority(acceptance: Acceptance, actor: Actor) -> Obstacle | None:
    """The authority table of the criteria says who may accept which level."""
    risk = acceptance.risk
    criteria = content.criteria_of(risk)
    is_owner = actor.person_id is not None and actor.person_id == risk.owner_id
    if criteria and methodology.may_accept(criteria.content, acceptance.level, actor.roles, is_owner=is_owner):
        return None
    level = methodology.level_name(criteria.content, acceptance.level) if criteria else acceptance.level
    others = accepters(risk, acceptance.level, clock.now(), content.authors_of_request(acceptance))
    return Obstacle(
        "beyond-authority",
        _("Your authority does not reach %(level)s.") % {"level": level},
        who=tuple(others),
    )


def is_as_frozen(acceptance: Acceptance, actor: Actor) -> Obstacle | None:
    """What is decided is what was frozen; a changed risk must be asked for again."""
    if content.is_as_frozen(acceptance):
        return None
    return Obstacle(
        "changed", _("The risk changed since acceptance was asked for: withdraw the request and ask again.")
    )


def criteria_were_approved(acceptance: Acceptance, actor: Actor) -> Obstacle | None:
    """What can be accepted, and by whom, is settled before anything is (6.1.2 a): by criteria somebody approved."""
    criteria = content.criteria_of(acceptance.risk)
    if criteria is None or criteria.state in (Methodology.APPROVED, Methodology.SUPERSEDED):
        return None
    return Obstacle(
        "criteria-not-approved",
        _("The risk criteria behind this level were never approved: have them approved first."),
        reverse("risk_criteria", kwargs={"slug": criteria.management_system.slug}),
        who=tuple(policy.who("risks.decide_criteria", criteria)),
    )


def level_is_the_criterias(acceptance: Acceptance, actor: Actor) -> Obstacle | None:
    """A working copy edited after the assessment gives the same ratings another level: nobody accepts the old one."""
    risk, criteria = acceptance.risk, content.criteria_of(acceptance.risk)
    ratings = (risk.today_likelihood, risk.today_consequences)
    if criteria is None or (found := methodology.rated(criteria.content, *ratings).level) == risk.today_level:
        return None
    return Obstacle(
        "level-changed",
        _("Under criteria v%(number)d this is %(now)s, not %(then)s: assess the risk anew, then ask again.")
        % {
            "number": criteria.number,
            "now": methodology.level_name(criteria.content, found),
            "then": methodology.level_name(criteria.content, risk.today_level),
        },
    )


def risk_is_live(acceptance: Acceptance, actor: Actor) -> Obstacle | None:
    """Neither a draft nor closed."""
    if acceptance.risk.state in LIVE:
        return None
    return Obstacle("not-live", _("The risk is not assessed any more."))


ACCEPTANCE = register(
    Workflow(
        model=Acceptance,
        states=Acceptance.STATES,
        steps=(
            Step(
                "accept", (Acceptance.ASKED,), Acceptance.ACCEPTED, "risks.accept", _("Accept"),
                inputs=effects.Decision,
                needs=(
                    criteria_were_approved, level_is_the_criterias, level_within_authority, is_as_frozen, risk_is_live,
                ),
                effect=effects.accept, signs=True, meaning="accepted",
            ),
            Step(
                "return", (Acceptance.ASKED,), Acceptance.RETURNED, "risks.accept", _("Return with question"),
                needs=(by_a_person, level_within_authority), effect=effects.answer, reason_required=True,
            ),
            Step(
                "withdraw", (Acceptance.ASKED,), Acceptance.WITHDRAWN, "risks.withdraw", _("Withdraw"),
                effect=effects.withdraw,
            ),
        ),
        content=content.signed_content,
        authors=content.authors_of_request,
    )
)  # fmt: skip


# Criteria ---------------------------------------------------------------------------------------------------------


def criteria_content(criteria: Methodology) -> dict[str, Any]:
    """What an approval of criteria signs."""
    return {"number": criteria.number, "content": criteria.content}


def criteria_authors(criteria: Methodology) -> set[uuid.UUID]:
    """Everyone who wrote this version, and who submitted it."""
    key = (type_of(Methodology), criteria.pk)
    wrote = approvals.authors_since(criteria.management_system_id, [key], without=content.DECIDING)
    return wrote | ({criteria.submitted_by_id} if criteria.submitted_by_id else set())


def something_differs(criteria: Methodology, actor: Actor) -> Obstacle | None:
    """A version that says what the one in force says would make everybody assess again for nothing."""
    rows = Methodology.objects.filter(management_system_id=criteria.management_system_id, state=Methodology.APPROVED)
    last = rows.exclude(pk=criteria.pk).order_by("-number").first()
    if last is None or last.content != criteria.content:
        return None
    return Obstacle("no-difference", _("Nothing differs from v%(number)d.") % {"number": last.number})


CRITERIA = register(
    Workflow(
        model=Methodology,
        states=Methodology.STATES,
        steps=(
            Step(
                "submit", (Methodology.WORKING, Methodology.RETURNED), Methodology.SUBMITTED, "risks.change_criteria",
                _("Submit for approval"), needs=(by_a_person, something_differs), effect=effects.submit_criteria,
            ),
            Step(
                "withdraw", (Methodology.SUBMITTED,), Methodology.WORKING, "risks.change_criteria", _("Withdraw"),
            ),
            Step(
                "return", (Methodology.SUBMITTED,), Methodology.RETURNED, "risks.decide_criteria",
                _("Return with comment"), needs=(by_a_person,), effect=effects.return_criteria, reason_required=True,
            ),
            Step(
                "approve", (Methodology.SUBMITTED,), Methodology.APPROVED, "risks.decide_criteria", _("Approve"),
                effect=effects.approve_criteria, signs=True, meaning="approved",
            ),
        ),
        content=criteria_content,
        authors=criteria_authors,
    )
)  # fmt: skip


# Treatment plan ---------------------------------------------------------------------------------------------------


def something_is_planned(record: TreatmentPlan, actor: Actor) -> Obstacle | None:
    """An empty plan decides nothing."""
    if plan.content_of(record)["risks"]:
        return None
    return Obstacle("nothing-planned", _("No assessed risk has an option or an action yet."))


def every_action_is_complete(record: TreatmentPlan, actor: Actor) -> Obstacle | None:
    """Who does it and by when (8.3)."""
    actions = [one for risk in plan.content_of(record)["risks"] for one in risk["actions"]]
    refs = [one["ref"] for one in actions if not one["owner"] or not one["due"]]
    if not refs:
        return None
    says = ngettext(
        "%(refs)s has no owner or no due date.", "%(n)d actions have no owner or no due date: %(refs)s.", len(refs)
    )
    return Obstacle("incomplete", says % {"n": len(refs), "refs": ", ".join(refs[:NAMED])})


def plan_differs(record: TreatmentPlan, actor: Actor) -> Obstacle | None:
    """A version that says what the last one says would decide nothing."""
    latest = approvals.latest(record, plan.MEANING)
    if latest is None or approvals.drifted(latest, plan.content_of(record)):
        return None
    return Obstacle("no-difference", _("Nothing differs from v%(number)d.") % {"number": latest.number})


def plan_is_as_submitted(record: TreatmentPlan, actor: Actor) -> Obstacle | None:
    """What is approved is what was submitted; a plan that changed since must be submitted again."""
    if approvals.content_hash(plan.content_of(record)) == record.submitted_hash:
        return None
    who = (record.submitted_by,) if record.submitted_by else ()
    return Obstacle("changed", _("The plan changed since it was submitted: withdraw it and submit it again."), who=who)


PLAN = register(
    Workflow(
        model=TreatmentPlan,
        states=TreatmentPlan.STATES,
        steps=(
            Step(
                "submit", (TreatmentPlan.WORKING, TreatmentPlan.RETURNED, TreatmentPlan.APPROVED),
                TreatmentPlan.SUBMITTED, "risks.submit_plan", _("Submit for approval"), inputs=effects.PlanSubmission,
                needs=(by_a_person, something_is_planned, every_action_is_complete, plan_differs),
                effect=effects.submit_plan,
            ),
            Step(
                "withdraw", (TreatmentPlan.SUBMITTED,), TreatmentPlan.WORKING, "risks.withdraw_plan", _("Withdraw"),
            ),
            Step(
                "return", (TreatmentPlan.SUBMITTED,), TreatmentPlan.RETURNED, "risks.decide_plan",
                _("Return with comment"), needs=(by_a_person,), effect=effects.return_plan, reason_required=True,
            ),
            Step(
                "approve", (TreatmentPlan.SUBMITTED,), TreatmentPlan.APPROVED, "risks.decide_plan", _("Approve"),
                needs=(plan_is_as_submitted,), effect=effects.approve_plan, signs=True, meaning=plan.MEANING,
            ),
        ),
        content=plan.content_of,
        authors=plan.authors_of,
    )
)  # fmt: skip
