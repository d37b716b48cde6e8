"""RPT-RISK from the records of one moment (ISO/IEC 42001, 6.1.2, 6.1.3, 8.2, 8.3)."""

from typing import Any

from django.utils.translation import gettext as _

from aims.models import AISystem
from controls.catalogue import catalogue
from controls.models import Control, StatementOfApplicability
from core.models import Approval
from core.scope import Scope
from reports.builders.reading import day, figure, moment
from reports.builders.risk_changes import Since
from reports.builders.risk_method import method_of
from reports.builders.risk_plan import standing_of
from reports.builders.risk_reading import MAPS, RiskReading, rating
from reports.builders.risk_sheets import acceptances_of, actions_of, sheet
from reports.documents.common import Act, Figure, Name
from reports.documents.risk import (
    AssessedSystem,
    ComparedControl,
    Decision,
    HeatCell,
    HeatMap,
    LevelCount,
    NotAssessedSystem,
    OpportunityRow,
    RiskReport,
    RiskRow,
)
from risks.models import Acceptance, Action, Risk

KIND, CLAUSES = "RPT-RISK", "6.1.2, 6.1.3, 8.2, 8.3"
LEVELS = ("critical", "high", "medium", "low")
LISTED = 40
SHORT_OPTION = {
    "remove_source": "reduce", "change_likelihood": "reduce", "change_consequence": "reduce", "avoid": "avoid",
    "share": "share", "retain": "accept", "pursue": "pursue", "": "",
}  # fmt: skip


def build_risk_report(scope: Scope, options: Any) -> RiskReport:
    """The whole report as of the scope's moment."""
    read = RiskReading(scope)
    threats, assessed = read.threats, read.assessed
    actions = actions_of(read)
    acceptances = acceptances_of(read)
    without = _not_assessed(read)
    standing, since = standing_of(read), Since.of(read)
    return RiskReport(
        cover=read.cover(standing.facts(KIND, CLAUSES), options),
        systems_assessed=figure((s for s, _risks in read.assessed_systems if s), "systems.assessed"),
        risks=figure(threats, "risk.threats"),
        above=figure((r for r in assessed if r.above_criteria), "risk.above"),
        not_estimable=figure((r for r in assessed if r.today_level and r.today_likelihood == 0), "risk.not_estimable"),
        not_assessed=figure((r for r in threats if r not in assessed or not r.today_level), "risk.not_assessed"),
        actions_open=figure((a for a in actions if a.state in {"planned", "working", "overdue"}), "action.open"),
        actions_overdue=figure((a for a in actions if a.state == "overdue"), "action.overdue"),
        acceptances_expired=figure((a for a in acceptances if a.state == "expired"), "acceptance.expired"),
        levels=[_level_count(read, level) for level in (*LEVELS, "")],
        method=method_of(read),
        heat_maps=[_heat_map(read, kind) for kind in MAPS],
        register=[_row(read, risk) for risk in threats],
        sheets=[sheet(read, risk) for risk in assessed if risk.above_criteria],
        actions=actions,
        acceptances=acceptances,
        systems=_systems(read),
        systems_not_assessed=without[:LISTED],
        systems_not_assessed_count=figure(without, "systems.not_assessed"),
        participants=read.participants,
        decisions=_decisions(read),
        opportunities=[_opportunity(read, risk) for risk in read.opportunities],
        changes=since.changes(),
        changes_since=since.text,
        comparison=_comparison(read),
        **_compared(read),
        history=since.history(),
        residual_acceptances=_residual_acts(read),
        plan_approval=standing.act,
    )


def _level_count(read: RiskReading, level: str) -> LevelCount:
    """Risks of a level before, today and aimed at; "" counts those without, drafts among them."""
    drafts = [] if level else [risk for risk in read.threats if risk.state == Risk.DRAFT]
    counts: dict[str, Figure] = {}
    for when in MAPS:
        rows = [risk for risk in read.assessed if getattr(risk, f"{when}_level") == level]
        counts[when] = figure([*rows, *drafts], f"risk.{when}.{level or 'none'}")
    return LevelCount(level, counts["before"], counts["today"], counts["target"])


def _heat_map(read: RiskReading, kind: str) -> HeatMap:
    """Cells that hold risks; a risk without consequence stands in no cell."""
    cells: dict[tuple[int, int], list[Risk]] = {}
    for risk in read.assessed:
        likelihood, worst = getattr(risk, f"{kind}_likelihood"), getattr(risk, f"{kind}_consequence")
        if likelihood is not None and worst:
            cells.setdefault((likelihood, worst), []).append(risk)
    matrix = read.method_content["matrix"]
    return HeatMap(kind, [
        HeatCell(
            consequence=worst, level=matrix[str(likelihood)][worst - 1],
            risks=[risk.ref for risk in cells[likelihood, worst]],
            claim=figure(cells[likelihood, worst], f"risk.{kind}.{likelihood or 'x'}x{worst}").claim,
            likelihood=likelihood or None,
        )
        for likelihood, worst in sorted(cells)
    ])  # fmt: skip


def _row(read: RiskReading, risk: Risk) -> RiskRow:
    return RiskRow(
        ref=risk.ref, title=risk.title, claim=f"risk.{risk.ref}", systems=read.systems_of(risk),
        owner=read.name(risk.owner_id), before=rating(risk, "before"), today=rating(risk, "today"),
        target=rating(risk, "target"), target_by=day(risk.target_date), option=SHORT_OPTION[risk.option],
        status=read.status(risk), alert=read.alert(risk), controls=read.control_codes(risk),
        next_review=day(risk.next_review),
    )  # fmt: skip


def _systems(read: RiskReading) -> list[AssessedSystem]:
    found = []
    for system, risks in read.assessed_systems:
        last = max((a for r in risks for a in read.assessments.get(r.pk, ())), key=lambda a: a.at, default=None)
        found.append(
            AssessedSystem(
                ref=system.ref if system else "",
                name=system.name if system else _("Whole management system"),
                assessed_on=read.local_day(last.at) if last else "",
                assessors=sorted({read.name(a.assessed_by_id) for r in risks for a in read.assessments.get(r.pk, ())}),
                trigger=read.trigger(last.trigger) if last else "",
                risks=figure(risks, f"risk.system.{system.ref if system else 'all'}"),
                above=figure((r for r in risks if r.above_criteria), f"risk.above.{system.ref if system else 'all'}"),
                owner=read.name(system.owner_id) if system else "",
            )  # fmt: skip
        )
    return found


def _not_assessed(read: RiskReading) -> list[NotAssessedSystem]:
    """Systems without an assessed risk, each with the reason; retired ones are left out."""
    assessed = {system.pk for system, _risks in read.assessed_systems if system}
    states = dict(AISystem.STATES)
    found = []
    for system in read.systems.values():
        if system.pk in assessed or system.state == AISystem.RETIRED:
            continue
        reason = system.state_reason or {
            AISystem.IN_SCOPE: _("No risk of this system has been assessed yet."),
            AISystem.TO_SCREEN: _("Nobody has decided yet whether it is in scope."),
        }.get(system.state, "")
        claim = f"systems.not_assessed.{system.ref}"
        found.append(NotAssessedSystem(system.ref, system.name, str(states[system.state]), reason, claim))
    return found


def _opportunity(read: RiskReading, risk: Risk) -> OpportunityRow:
    return OpportunityRow(
        ref=risk.ref, title=risk.title, systems=read.systems_of(risk), owner=read.name(risk.owner_id),
        decision=str(dict(Risk.OPTIONS).get(risk.option, "")), status=read.status(risk),
        next_review=day(risk.next_review), claim=f"risk.{risk.ref}",
    )  # fmt: skip


def _decisions(read: RiskReading) -> list[Decision]:
    """What waits: acceptances asked for, and risks above the criteria with neither action nor acceptance."""
    found = [
        Decision(
            read.by_id[a.risk_id].ref,
            _("Acceptance asked for: %(title)s") % {"title": read.by_id[a.risk_id].title},
            f"acceptance.{a.ref}",
        )
        for a in read.acceptances
        if a.state == Acceptance.ASKED and a.risk_id in read.by_id
    ]  # fmt: skip
    for risk in read.assessed:
        idle = not any(a.state == Action.OPEN for a in read.actions.get(risk.pk, ()))
        if risk.above_criteria and idle and not read.in_force(risk):
            told = _("Above the criteria, neither treated nor accepted: %(title)s") % {"title": risk.title}
            found.append(Decision(risk.ref, told, f"risk.{risk.ref}"))
    return found


def _compared(read: RiskReading) -> dict[str, Any]:
    """Who confirmed the comparison with Annex A, and when, as the Statement of Applicability says."""
    statement = StatementOfApplicability.objects.of(read.scope).first()
    if statement is None or statement.annex_a_compared_by_id is None:
        return {}
    by = Name(read.name(statement.annex_a_compared_by_id))
    return {"comparison_confirmed_by": by, "comparison_confirmed_at": day(statement.annex_a_compared_on)}


def _comparison(read: RiskReading) -> list[ComparedControl]:
    """Every control with the risks that need it (6.1.3: compared with Annex A so that nothing is missed)."""
    order = {control.code: number for number, control in enumerate(catalogue().controls)}
    rows = sorted(read.control_rows.values(), key=lambda c: (c.own, order.get(c.code, 0), c.code))
    by_control: dict[Any, list[str]] = {}
    for risk in read.threats:
        for pk in read.controls_needed(risk):
            by_control.setdefault(pk, []).append(risk.ref)
    return [
        ComparedControl(
            c.code, c.title if c.own else str(catalogue().control(c.code).title), by_control.get(c.pk, []),
            sorted(set(c.drivers) & {code for code, _label in Control.DRIVERS}), c.applies, f"soa.control.{c.code}",
        )
        for c in rows
    ]  # fmt: skip


def _residual_acts(read: RiskReading) -> list[Act]:
    """Signatures that accept residual risk, newest first: an act of its own beside the plan's approval (6.1.3)."""
    kinds: dict[str, Any] = {
        "risks.risk": read.by_id,
        "risks.acceptance": {a.pk: read.by_id.get(a.risk_id) for a in read.acceptances},
    }
    acts = []
    for approval in Approval.objects.of(read.scope).filter(record_type__in=list(kinds)).order_by("-at"):
        risk = kinds[approval.record_type].get(approval.record_id)
        signer = read.signer(approval.person_id, approval.at, approval.function)
        if risk is None or signer is None:
            continue
        what = _("Residual risk of %(ref)s, content %(hash)s…") % {"ref": risk.ref, "hash": approval.content_hash[:16]}
        acts.append(Act(signer, moment(approval.at), what, claim=f"acceptance.{risk.ref}.{approval.number}"))
    return acts
