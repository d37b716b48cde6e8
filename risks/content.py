"""What of a risk is put before a decider, as canonical values, and what makes it another risk than the one shown."""

import uuid
from typing import Any

from controls.models import Control
from core import approvals
from core.models import Entry
from core.records import type_of
from risks import methodology
from risks.models import Acceptance, Action, Assessment, Methodology, Risk

RATINGS = ("before", "today", "target")
DECIDING = (
    "risks.acceptance.accept",
    "risks.acceptance.return",
    "risks.risk.treat",
    "risks.risk.reopen",
    "risks.risk.close",
    "risks.methodology.return",
    "risks.methodology.approve",
    "risks.treatmentplan.return",
    "risks.treatmentplan.approve",
)
"""Steps that move a state; taking one makes nobody an author of the content."""


def criteria_of(risk: Risk) -> Methodology | None:
    """The criteria a risk was last assessed with."""
    return risk.methodology


def ratings_of(risk: Risk) -> dict[str, Any]:
    """The three ratings as stored: likelihood, consequences by dimension, level."""
    return {
        when: {
            "likelihood": risk.likelihood(when),
            "consequences": dict(sorted(risk.consequences(when).items())),
            "consequence": getattr(risk, f"{when}_consequence"),
            "level": getattr(risk, f"{when}_level"),
        }
        for when in RATINGS
    }


def controls_of(risk: Risk) -> list[dict[str, str]]:
    """The controls relied on as they stand: code, title, status, applies."""
    relied = Control.objects.filter(pk__in=risk.controls.values("pk")).in_order()
    return [{"code": one.code, "title": one.title, "status": one.status, "applies": one.applies} for one in relied]


def systems_of(risk: Risk) -> list[dict[str, str]]:
    """The systems concerned as they are called now."""
    return [{"ref": one.ref, "name": one.name} for one in risk.systems.order_by("ref")]


def open_actions_of(risk: Risk) -> list[dict[str, Any]]:
    """What is still to be done: reference, what, control, owner (id), due."""
    rows = risk.actions.filter(state=Action.OPEN).order_by("due", "created_at").select_related("control")
    return [
        {
            "ref": action.ref,
            "what": action.what,
            "control": action.control.code if action.control else "",
            "owner": action.owner_id,
            "due": action.due,
        }
        for action in rows
    ]


def content_of(risk: Risk) -> dict[str, Any]:
    """Everything a decision about the residual risk rests on (6.1.3); people as ids, dates as they are."""
    criteria = criteria_of(risk)
    row = methodology.authority(criteria.content, risk.today_level) if criteria and risk.today_level else {}
    return {
        "ref": risk.ref,
        "title": risk.title,
        "kind": risk.kind,
        "statement": {"cause": risk.cause, "event": risk.event, "consequence": risk.consequence},
        "affected": risk.affected,
        "systems": systems_of(risk),
        "whole_system": risk.whole_system,
        "owner": risk.owner_id,
        "stage": risk.stage,
        "objective": risk.objective,
        "source": risk.source,
        "ratings": ratings_of(risk),
        "not_estimable_reason": risk.not_estimable_reason,
        "today_reason": risk.today_reason,
        "rationale": risk.rationale,
        "confidence": risk.confidence,
        "controls": controls_of(risk),
        "option": risk.option,
        "option_reason": risk.option_reason,
        "target_date": risk.target_date,
        "actions": open_actions_of(risk),
        "criteria": {
            "version": criteria.number if criteria else None,
            "above": risk.above_criteria,
            "accepts": row.get("accepts", ""),
            "at_most_months": row.get("at_most_months"),
            "conditions_required": bool(row.get("conditions_required")),
        },
    }


def signed_content(acceptance: Acceptance) -> dict[str, Any]:
    """What an acceptance signs: what was frozen when it was asked for, and the risk as it is at this moment."""
    return {"acceptance": acceptance.ref, "frozen": acceptance.frozen, "present": content_of(acceptance.risk)}


def is_as_frozen(acceptance: Acceptance) -> bool:
    """Whether the risk still is what was frozen when acceptance was asked for."""
    return approvals.content_hash(content_of(acceptance.risk)) == approvals.content_hash(acceptance.frozen)


def last_decision(risk: Risk) -> Acceptance | None:
    """The acceptance that was given last, whatever became of it."""
    given = risk.acceptances.filter(decided_at__isnull=False, state__in=(Acceptance.ACCEPTED, Acceptance.ENDED))
    return given.order_by("-decided_at").first()


def assessors_of(risk: Risk) -> set[uuid.UUID]:
    """Who made the assessment in force: the last full one, and everyone who confirmed it since."""
    found: set[uuid.UUID] = set()
    for assessment in risk.assessments.order_by("-number"):
        found.add(assessment.assessed_by_id)
        if not assessment.confirmed_only:
            break
    return found


def authors_of(risk: Risk) -> set[uuid.UUID]:
    """Who wrote the risk, its assessments or its actions since the last acceptance, and who assessed it (TRUST T09)."""
    since = last_decision(risk)
    keys: list[tuple[str, Any]] = [(type_of(Risk), risk.pk), *_deleted_actions(risk)]
    keys += [(type_of(Action), pk) for pk in risk.actions.values_list("pk", flat=True)]
    keys += [(type_of(Assessment), pk) for pk in risk.assessments.values_list("pk", flat=True)]
    since_then = since.decided_at if since else None
    wrote = approvals.authors_since(risk.management_system_id, keys, since_then, without=DECIDING)
    return wrote | assessors_of(risk)


def _deleted_actions(risk: Risk) -> set[tuple[str, str]]:
    """Actions that were this risk's and are no more: who took one away wrote the plan that is left."""
    gone = approvals.ever(risk.management_system_id, type_of(Action), op=Entry.DELETE)
    if not gone:
        return set()
    ids = {pk for _kind, pk in gone}
    return approvals.ever(risk.management_system_id, type_of(Action), record_id__in=ids, state__contains=f'"{risk.pk}"')


def authors_of_request(acceptance: Acceptance) -> set[uuid.UUID]:
    """Authors of the risk, and who asked."""
    return authors_of(acceptance.risk) | {acceptance.asked_by_id}
