"""What the steps of risks, acceptances, criteria and the treatment plan do, inside the unit of work that takes them."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from core import approvals, canonical
from core.actor import Actor
from core.change import Change
from core.errors import Refusal
from core.scope import current
from core.workflow import Taking
from risks import content, methodology, plan, rating
from risks.models import Acceptance, Action, Assessment, Methodology, Risk


@dataclass(frozen=True)
class Assessing:
    """What marking as assessed may add: the day, who took part, what set it off."""

    assessed_on: datetime.date | None = None
    assessed_with: str = ""
    trigger: str = ""


@dataclass(frozen=True)
class Confirming:
    """One sentence and, if wanted, an earlier next review than the level asks for."""

    sentence: str
    next_review: datetime.date | None = None


@dataclass(frozen=True)
class Decision:
    """The answer to a request for acceptance."""

    valid_until: datetime.date | None = None
    reason: str = ""
    conditions: str = ""


@dataclass(frozen=True)
class PlanSubmission:
    """Who is asked to decide on the treatment plan."""

    to: uuid.UUID


def person_of(actor: Actor) -> uuid.UUID:
    """The person behind an actor. Raises Refusal for tokens of nobody, which the steps' needs refuse before."""
    if actor.person_id is None:
        raise Refusal("a person is needed")
    return actor.person_id


def today_of(management_system_id: Any) -> datetime.date:
    """Today's date in the management system's zone."""
    return current(management_system_id).today


# Risks ------------------------------------------------------------------------------------------------------------


def assess(taking: Taking) -> None:
    """Keep an assessment record, set the next review, end what was accepted on the former one (8.2)."""
    risk, unit = taking.record, taking.change
    inputs = taking.inputs or Assessing()
    criteria = rating.criteria_for(risk.management_system_id)
    rating.copy_before_to_today(risk)
    rating.rate(risk, criteria)
    risk.methodology = criteria
    _require_assessable(risk, criteria)
    on = _assessed_on(inputs.assessed_on or risk.assessed_on, risk)
    risk.next_review = _review_date(_chosen_review(risk), risk, criteria, on)
    unit.save(
        Assessment(
            risk=risk,
            number=_next_number(risk),
            assessed_by_id=person_of(taking.actor),
            assessed_with=inputs.assessed_with or risk.assessed_with,
            trigger=inputs.trigger or risk.trigger or ("interval" if risk.assessed_at else "first"),
            at=unit.now,
            on=on,
            ratings=canonical.plain(content.ratings_of(risk)),
            rationale=risk.rationale,
            confidence=risk.confidence,
            controls=content.controls_of(risk),
            systems=content.systems_of(risk),
            methodology=criteria,
        )
    )
    _end_acceptances(unit, risk)
    risk.assessed_on, risk.assessed_with, risk.trigger = None, "", ""
    risk.assessed_at, risk.accepted_until = unit.now, None
    if risk.actions.filter(state=Action.OPEN).exists():
        risk.state = Risk.IN_TREATMENT


def still_right(taking: Taking) -> None:
    """Confirm the ratings unchanged with one sentence and a new date (8.2)."""
    risk, unit, inputs = taking.record, taking.change, taking.inputs
    if not inputs.sentence.strip():
        raise ValidationError({"sentence": _("Say in one sentence why the assessment still holds")})
    today = today_of(risk.management_system_id)
    risk.next_review = _review_date(inputs.next_review, risk, risk.methodology, today)
    last = risk.assessments.order_by("-number").first()
    unit.save(
        Assessment(
            risk=risk,
            number=_next_number(risk),
            assessed_by_id=person_of(taking.actor),
            trigger="interval",
            at=unit.now,
            on=today,
            ratings=canonical.plain(content.ratings_of(risk)),
            rationale=inputs.sentence.strip(),
            confidence=last.confidence if last else risk.confidence,
            controls=content.controls_of(risk),
            systems=content.systems_of(risk),
            methodology=risk.methodology,
            confirmed_only=True,
        )
    )
    risk.assessed_at = unit.now


def ask_for_acceptance(taking: Taking) -> None:
    """Freeze what is put before the decider (6.1.3)."""
    risk, unit = taking.record, taking.change
    frozen = canonical.plain(content.content_of(risk))
    unit.save(
        Acceptance(
            risk=risk, asked_by_id=person_of(taking.actor), asked_at=unit.now, level=risk.today_level, frozen=frozen
        )
    )


def reopen(taking: Taking) -> None:
    """Back to Assessed; acceptances end, a request still waiting is withdrawn."""
    risk = taking.record
    _end_acceptances(taking.change, risk)
    risk.accepted_until, risk.closed_reason = None, ""
    if risk.assessed_at is None:
        risk.state = Risk.DRAFT


def close(taking: Taking) -> None:
    """The risk is gone or no longer ours: the reason stays."""
    risk = taking.record
    _end_acceptances(taking.change, risk)
    risk.accepted_until, risk.closed_reason = None, taking.reason.strip()


def _require_assessable(risk: Risk, criteria: Methodology) -> None:
    missing = rating.missing_to_assess(risk, criteria.content, has_systems=risk.systems.exists())
    actions = list(risk.actions.filter(state=Action.OPEN).order_by("created_at"))
    for number, action in enumerate(actions, start=1):
        if action.owner_id is None:
            missing[f"action_{number}_owner"] = _("Choose who carries out action %(n)d") % {"n": number}
        if action.due is None:
            missing[f"action_{number}_due"] = _("Give action %(n)d a due date, for example 31 March 2027") % {
                "n": number
            }
    if missing:
        raise ValidationError(missing)


def _assessed_on(given: datetime.date | None, risk: Risk) -> datetime.date:
    today = today_of(risk.management_system_id)
    if given is not None and given > today:
        raise ValidationError({"assessed_on": _("The day of the assessment lies in the future")})
    return given or today


def _chosen_review(risk: Risk) -> datetime.date | None:
    """The next review somebody chose; None where it still is what the last assessment made it, so that it moves on."""
    last = risk.assessments.select_related("methodology").order_by("-number").first()
    if last is None or risk.next_review is None or last.on is None:
        return risk.next_review
    made = methodology.next_review(last.methodology.content, last.ratings["today"]["level"], last.on)
    return None if risk.next_review == made else risk.next_review


def _review_date(given: datetime.date | None, risk: Risk, criteria: Methodology, on: datetime.date) -> datetime.date:
    """The given day if the level allows it, else the latest the level allows; a day already past is replaced."""
    latest = methodology.next_review(criteria.content, risk.today_level, on)
    if given is None or given <= on:
        return latest
    if given > latest:
        months = methodology.review_months(criteria.content, risk.today_level)
        level = methodology.level_name(criteria.content, risk.today_level)
        says = _("%(level)s: review it at most %(months)d months ahead") % {"level": level, "months": months}
        raise ValidationError({"next_review": says})
    return given


def _next_number(risk: Risk) -> int:
    return (risk.assessments.aggregate(last=Max("number"))["last"] or 0) + 1


def _end_acceptances(unit: Change, risk: Risk) -> None:
    """End what is accepted and withdraw what is asked: the risk is no longer the one decided on."""
    for acceptance in risk.acceptances.filter(state__in=(Acceptance.ASKED, Acceptance.ACCEPTED)):
        accepted = acceptance.state == Acceptance.ACCEPTED
        acceptance.state = Acceptance.ENDED if accepted else Acceptance.WITHDRAWN
        acceptance.ended_at = unit.now
        unit.save(acceptance)


# Acceptances ------------------------------------------------------------------------------------------------------


def accept(taking: Taking) -> None:
    """The residual risk is accepted until a day, under conditions where the level asks for them (6.1.3)."""
    acceptance, unit, inputs = taking.record, taking.change, taking.inputs or Decision()
    risk = unit.fetch(Risk, acceptance.risk_id)
    _check_decision(inputs, acceptance, risk)
    for former in risk.acceptances.filter(state=Acceptance.ACCEPTED):
        former.state, former.ended_at = Acceptance.ENDED, unit.now
        unit.save(former)
    risk.state, risk.accepted_until = Risk.ACCEPTED, inputs.valid_until
    unit.save(risk)
    acceptance.valid_until, acceptance.conditions = inputs.valid_until, inputs.conditions.strip()
    acceptance.reason, acceptance.decided_by_id = inputs.reason.strip(), taking.actor.person_id
    acceptance.decided_at = unit.now


def answer(taking: Taking) -> None:
    """Return with a question: the reason is the question."""
    acceptance = taking.record
    acceptance.reason, acceptance.decided_by_id = taking.reason.strip(), taking.actor.person_id
    acceptance.decided_at = taking.change.now


def withdraw(taking: Taking) -> None:
    """Who asked takes the request back."""
    taking.record.ended_at = taking.change.now


def _check_decision(inputs: Decision, acceptance: Acceptance, risk: Risk) -> None:
    method = content.criteria_of(risk).content  # type: ignore[union-attr]
    today = today_of(risk.management_system_id)
    latest = methodology.latest_until(method, acceptance.level, today)
    row = methodology.authority(method, acceptance.level)
    problems = {}
    if inputs.valid_until is None:
        problems["valid_until"] = _("Say until when it is accepted")
    elif inputs.valid_until <= today:
        problems["valid_until"] = _("Choose a day after today")
    elif inputs.valid_until > latest:
        problems["valid_until"] = _("%(level)s is accepted for at most %(months)d months: until %(day)s") % {
            "level": methodology.level_name(method, acceptance.level),
            "months": row["at_most_months"],
            "day": latest.isoformat(),
        }
    if not inputs.reason.strip():
        problems["reason"] = _("Say why this risk can be accepted")
    if row["conditions_required"] and not inputs.conditions.strip():
        problems["conditions"] = _("Say under which conditions: this level is accepted with conditions only")
    if problems:
        raise ValidationError(problems)


# Criteria ---------------------------------------------------------------------------------------------------------


def submit_criteria(taking: Taking) -> None:
    """Put before an approver."""
    criteria = taking.record
    methodology.validate(criteria.content)
    criteria.submitted_by_id, criteria.submitted_at = taking.actor.person_id, taking.change.now
    criteria.return_comment = ""


def return_criteria(taking: Taking) -> None:
    """Back to the working copy with a comment."""
    taking.record.return_comment = taking.reason.strip()


def approve_criteria(taking: Taking) -> None:
    """In force from now on; the version before is superseded."""
    criteria, unit = taking.record, taking.change
    methodology.validate(criteria.content)
    older = Methodology.objects.filter(
        management_system_id=criteria.management_system_id, state=Methodology.APPROVED
    ).exclude(pk=criteria.pk)
    for former in older:
        former.state = Methodology.SUPERSEDED
        unit.save(former)
    criteria.approved_at = unit.now


# Treatment plan ---------------------------------------------------------------------------------------------------


def submit_plan(taking: Taking) -> None:
    """Put the plan as it is now before an approver who wrote nothing of it."""
    record, asker = taking.record, person_of(taking.actor)
    authors = plan.authors_of(record) | {asker}
    record.submitted_to = approvals.decider(record, "risks.decide_plan", getattr(taking.inputs, "to", None), authors)
    record.submitted_by_id, record.submitted_at = asker, taking.change.now
    record.submitted_hash = approvals.content_hash(plan.content_of(record))


def return_plan(taking: Taking) -> None:
    """Back with a comment."""
    taking.record.returned_by_id, taking.record.return_comment = taking.actor.person_id, taking.reason.strip()


def approve_plan(taking: Taking) -> None:
    """Forget the return before."""
    taking.record.returned_by, taking.record.return_comment = None, ""
