"""Risks above the criteria in full, the treatment plan, the acceptances."""

from django.utils.translation import gettext as _

from aims.catalogue import lifecycle
from controls.catalogue import catalogue
from controls.models import Control
from reports.builders.reading import day, moment
from reports.builders.risk_reading import RiskReading, rating
from reports.documents.common import Name
from reports.documents.risk import AcceptanceRow, ActionRow, DimensionRating, Rating, ReliedControl, RiskSheet
from risks.models import DIMENSIONS, Acceptance, Action, Risk


def sheet(read: RiskReading, risk: Risk) -> RiskSheet:
    """One risk with everything said about it."""
    rows = read.assessments.get(risk.pk, ())
    last = rows[-1] if rows else None
    methods = {method.pk: method.number for method in read.methods}
    objectives = {one.code: str(one.name) for one in lifecycle().objectives}
    sources = {one.code: str(one.name) for one in lifecycle().sources}
    return RiskSheet(
        ref=risk.ref, system_names=read.system_names_of(risk), cause=risk.cause, event=risk.event,
        consequence=risk.consequence, affected=risk.affected, why=risk.rationale,
        stage=read.stages.get(risk.stage, ""), objective=objectives.get(risk.objective, ""),
        source=" · ".join(part for part in (sources.get(risk.source, ""), risk.catalogue_code) if part),
        dimensions=[_dimension(risk, name) for name in DIMENSIONS],
        relied_on=[ReliedControl(c.code, _title(c), c.status) for c in read.controls_of(risk)],
        decision=_decision(read, risk), reason=risk.option_reason, conditions=_conditions(read, risk),
        assessors=sorted({read.name(a.assessed_by_id) for a in rows}) if rows else [],
        assessed_on=read.local_day(last.at) if last else "",
        method_version=methods.get(risk.methodology_id) if risk.methodology_id else None,
        confidence=risk.confidence, trigger=read.trigger(last.trigger) if last else "",
    )  # fmt: skip


def _title(control: Control) -> str:
    return control.title if control.own else str(catalogue().control(control.code).title)


def _dimension(risk: Risk, name: str) -> DimensionRating:
    value = (risk.today_consequences or {}).get(name)
    if value is None:
        return DimensionRating(name, None, "not_assessed")
    return DimensionRating(name, value, "rated") if value else DimensionRating(name, None, "none")


def _decision(read: RiskReading, risk: Risk) -> str:
    """The treatment decision in one sentence."""
    if read.in_force(risk):
        return _("Accepted until %(day)s.") % {"day": day(risk.accepted_until)}
    if not risk.option:
        return _("No treatment has been decided.")
    n = sum(1 for a in read.actions.get(risk.pk, ()) if a.state == Action.OPEN)
    return _("%(option)s; %(n)s actions open.") % {"option": dict(Risk.OPTIONS)[risk.option], "n": n}


def _conditions(read: RiskReading, risk: Risk) -> str:
    answers = [a for a in read.acceptances if a.risk_id == risk.pk and a.state == Acceptance.ACCEPTED]
    return answers[-1].conditions if answers else ""


def actions_of(read: RiskReading) -> list[ActionRow]:
    """The treatment plan: every action of open threats, by risk."""
    found = []
    for risk in (*read.threats, *read.opportunities):
        for action in read.actions.get(risk.pk, ()):
            overdue = action.state == Action.OPEN and action.due is not None and action.due < read.scope.today
            control = read.control_rows.get(action.control_id) if action.control_id else None
            found.append(
                ActionRow(
                    ref=action.ref,
                    risk=risk.ref,
                    text=action.what,
                    owner=read.name(action.owner_id),
                    due=day(action.due),
                    state="overdue"
                    if overdue
                    else {"open": "planned", "done": "done", "dropped": "cancelled"}[action.state],
                    claim=f"action.{action.ref}",
                    control=control.code if control else "",
                    effect=action.expected_effect,
                    effectiveness=_effect(action),
                    overdue_days=(read.scope.today - action.due).days if overdue and action.due else None,
                )  # fmt: skip
            )
    return found


def _effect(action: Action) -> str:
    """The result of the effectiveness check, once the action is done."""
    if action.state != Action.DONE:
        return ""
    return str(dict(Action.EFFECTS)[action.effectiveness])


def acceptances_of(read: RiskReading) -> list[AcceptanceRow]:
    """Acceptances that were given for open risks, expired ones first, then by end."""
    rows = []
    for found in read.acceptances:
        risk = read.by_id.get(found.risk_id)
        if found.state != Acceptance.ACCEPTED or risk is None or risk.state == Risk.CLOSED:
            continue
        expired = found.valid_until is None or found.valid_until < read.scope.today
        by = read.signer(found.decided_by_id, found.decided_at) or Name("")
        rows.append(
            AcceptanceRow(
                risk=risk.ref,
                title=risk.title,
                state="expired" if expired else "in_force",
                until=day(found.valid_until),
                residual=_residual(found, risk),
                by=by,
                claim=f"acceptance.{found.ref}",
                accepted_at=moment(found.decided_at),
                conditions=found.conditions,
            )  # fmt: skip
        )
    return sorted(rows, key=lambda row: (row.state != "expired", row.until, row.risk))


def _residual(found: Acceptance, risk: Risk) -> Rating:
    """The rating frozen at acceptance, never the present one."""
    frozen = (found.frozen or {}).get("ratings", {}).get("today", {})
    if not frozen:
        return rating(risk, "today") or Rating(None, "")
    likelihood = frozen.get("likelihood")
    return Rating(
        consequence=frozen.get("consequence"), level=frozen.get("level", ""), likelihood=likelihood or None,
        not_estimable=likelihood == 0,
    )  # fmt: skip
