"""RPT-SOA from the records of one moment (ISO/IEC 42001, 6.1.3 f)."""

import uuid
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.models import AISystem
from controls import words
from controls.catalogue import catalogue
from controls.content import Difference, content_of, differences, row_of
from controls.facts import Contradiction as FoundContradiction
from controls.facts import contradiction_of, facts_of
from controls.models import Control, ControlSystem, StatementOfApplicability
from core import approvals
from core.models import Approval
from core.records import type_of
from core.scope import Scope
from reports.builders.reading import CoverFacts, Reading, day, figure, moment, ref_key
from reports.documents.common import Act, Figure, VersionRow
from reports.documents.soa import (
    DRIVERS,
    STATUSES,
    AreaCount,
    Confirmation,
    Contradiction,
    ControlChange,
    ControlRow,
    DriverCount,
    LocalExclusion,
    NamedRisk,
    NotScreened,
    Proof,
    SoaReport,
)
from risks.models import Risk, RiskControl, RiskSystem

KIND, CLAUSES = "RPT-SOA", "6.1.3 f)"
LISTED = 20
"""Systems waiting to be screened that are named; more are counted."""


class SoaReading(Reading):
    """What the Statement of Applicability reads beside the common things."""

    @cached_property
    def controls(self) -> list[Control]:
        """All controls, Annex A in its order, own ones after it."""
        rows = list(Control.objects.of(self.scope))
        order = {control.code: number for number, control in enumerate(catalogue().controls)}
        return sorted(rows, key=lambda c: (c.own, order.get(c.code, 0), c.position, c.code))

    @cached_property
    def limited_to(self) -> dict[uuid.UUID, list[str]]:
        """Control id → references of the systems its "only" or "except" names."""
        through = ControlSystem.objects.using(self.scope.alias)
        found: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        for control, system in through.filter(control__in=[c.pk for c in self.controls]).values_list(
            "control_id", "system_id"
        ):
            found[control].append(system)
        return {pk: self.refs(systems) for pk, systems in found.items()}

    @cached_property
    def risks(self) -> dict[uuid.UUID, Risk]:
        """Open risks by id."""
        return {risk.pk: risk for risk in sorted(Risk.objects.of(self.scope).open(), key=lambda r: ref_key(r.ref))}

    @cached_property
    def risk_controls(self) -> dict[uuid.UUID, list[Risk]]:
        """Control id → open risks that rely on it."""
        found: dict[uuid.UUID, list[Risk]] = defaultdict(list)
        rows = RiskControl.objects.using(self.scope.alias).filter(risk__in=list(self.risks))
        for risk, control in rows.values_list("risk_id", "control_id"):
            found[control].append(self.risks[risk])
        return {pk: sorted(risks, key=lambda r: ref_key(r.ref)) for pk, risks in found.items()}

    @cached_property
    def contradictions(self) -> list[FoundContradiction]:
        """Exclusions that records speak against."""
        facts = facts_of(self.scope)
        return [
            c
            for control in self.controls
            for c in contradiction_of(
                control.code,
                control.applies,
                facts.get(control.code, ()),
                control.where,
                self.limited_to.get(control.pk, ()),
            )
        ]

    @cached_property
    def statement(self) -> StatementOfApplicability:
        """The one statement of the management system."""
        return StatementOfApplicability.objects.of(self.scope).get()

    @cached_property
    def content(self) -> dict[str, Any]:
        """The present content, as approvals freeze it."""
        return content_of(self.statement, [row_of(c, self.limited_to.get(c.pk, ())) for c in self.controls])

    @cached_property
    def versions(self) -> list[Approval]:
        """Approved versions, newest first."""
        return self.approvals(type_of(StatementOfApplicability))


def build_soa(scope: Scope, options: Any) -> SoaReport:
    """The whole statement as of the scope's moment."""
    read = SoaReading(scope)
    rows = [_row(read, control) for control in read.controls]
    annex_a = [row for row in rows if row.area != "O"]
    local = [_local(read, c) for c in read.controls if c.applies == Control.YES and c.where != Control.ALL]
    waiting = [s for s in read.systems.values() if s.state == AISystem.TO_SCREEN]
    facts, compared = _standing(read)
    facts = replace(facts, prepared=read.signer(read.statement.submitted_by_id, read.statement.submitted_at))
    totals: dict[str, Any] = _totals(annex_a)
    return SoaReport(
        cover=read.cover(facts, options),
        decided=figure((r for r in annex_a if r.applies != "undecided"), "soa.decided"),
        **totals,
        own=figure((r for r in rows if r.area == "O"), "soa.own"),
        open_contradictions=figure(read.contradictions, "soa.contradictions"),
        areas=[_area(area, annex_a) for area in catalogue().areas],
        drivers=[
            DriverCount(name, figure((r for r in rows if name in r.drivers), f"soa.driver.{name}")) for name in DRIVERS
        ],
        controls=annex_a,
        own_controls=[row for row in rows if row.area == "O"],
        local_exclusions=local,
        contradictions=[Contradiction(c.code, str(c), f"soa.contradiction.{c.code}") for c in read.contradictions],
        changes=[change_of(d) for d in compared],
        confirmations=_confirmations(read),
        systems=[read.system_row(system) for system in read.in_scope],
        not_screened=[NotScreened(s.ref, s.name, _("To be screened")) for s in waiting[:LISTED]],
        not_screened_count=figure(waiting, "systems.to_screen"),
        systems_count=figure(read.in_scope, "systems.in_scope"),
        risks=_named_risks(read),
        versions=_versions(read),
        approvals=[_act(read, approval) for approval in read.versions],
    )


def _standing(read: SoaReading) -> tuple[CoverFacts, list[Difference]]:
    """What the cover says of versions, and the differences the summary lists."""
    if not read.versions:
        return CoverFacts(KIND, CLAUSES, draft=True), []
    newest, before = read.versions[0], read.versions[1] if len(read.versions) > 1 else None
    since_newest = differences(approvals.frozen(newest), read.content)
    if since_newest or approvals.drifted(newest, read.content):
        n = len(since_newest)
        told = ngettext(
            "Working copy differs from v%(v)s in %(n)s control.",
            "Working copy differs from v%(v)s in %(n)s controls.",
            n,
        ) % {"v": newest.number, "n": n}
        facts = CoverFacts(KIND, CLAUSES, "working_copy", newest.number + 1, told, None, newest, draft=True)
        return facts, since_newest
    changes = differences(approvals.frozen(before), read.content) if before else []
    return CoverFacts(KIND, CLAUSES, "approved", newest.number, "", newest, before), changes


def _row(read: SoaReading, control: Control) -> ControlRow:
    decided = control.applies == Control.YES
    grounds = {code for code, _label in Control.EXCLUSION_GROUNDS}
    return ControlRow(
        ref=control.code, title=_title(control), area="O" if control.own else control.area, applies=control.applies,
        claim=f"soa.control.{control.code}", where=control.where if decided else "all",
        systems=read.limited_to.get(control.pk, []) if decided and control.where != Control.ALL else [],
        drivers=[d for d in DRIVERS if d in control.drivers] if decided else [],
        grounds=sorted(grounds & set(control.drivers)) if control.applies == Control.NO else [],
        reason=control.reason, risks=[risk.ref for risk in read.risk_controls.get(control.pk, ())],
        status=control.status if decided else "", how=control.implementation, owner=read.name(control.owner_id),
        proofs=[Proof(line.strip()) for line in control.proof.splitlines() if line.strip()],
        last_review=day(control.last_review), next_review=day(control.next_review),
        signals=[str(c) for c in read.contradictions if c.code == control.code],
    )  # fmt: skip


def _title(control: Control) -> str:
    """The short title in the report's language; own controls have one."""
    return control.title if control.own else str(catalogue().control(control.code).title)


def _totals(rows: list[ControlRow], area: str = "") -> dict[str, Figure]:
    """The figures of the summary, or of one area."""
    end = f".{area}" if area else ""
    found = {
        "applicable": figure((r for r in rows if r.applies == "yes"), f"soa.applicable{end}"),
        "excluded": figure((r for r in rows if r.applies == "no"), f"soa.excluded{end}"),
        "undecided": figure((r for r in rows if r.applies == "undecided"), f"soa.undecided{end}"),
    }
    return found | {name: figure((r for r in rows if r.status == name), f"soa.{name}{end}") for name in STATUSES}


def _area(area: Any, rows: list[ControlRow]) -> AreaCount:
    inside = [row for row in rows if row.area == area.code]
    return AreaCount(
        ref=area.code, title=str(area.title), objective=str(area.objective),
        controls=figure(inside, f"soa.controls.{area.code}"), **_totals(inside, area.code),
    )  # fmt: skip


def _local(read: SoaReading, control: Control) -> LocalExclusion:
    named, all_refs = set(read.limited_to.get(control.pk, ())), [system.ref for system in read.in_scope]
    inside = [ref for ref in all_refs if (ref in named) == (control.where == Control.ONLY)]
    return LocalExclusion(
        control.code, _title(control), [ref for ref in all_refs if ref not in inside], inside, control.reason,
        f"soa.local.{control.code}",
    )  # fmt: skip


SUMMED = ("applies", "where", "systems", "status")
"""What the few words about a row say; other fields that differ are named beside them."""


def change_of(difference: Difference) -> ControlChange:
    """One difference from the version before: what was said, what is said now, and which other fields moved."""
    after = _summary(difference.after)
    others = [str(Control._meta.get_field(name).verbose_name) for name in difference.fields if name not in SUMMED]  # type: ignore[union-attr]
    if others and difference.before and difference.after:
        after = _("%(row)s; changed: %(fields)s") % {"row": after, "fields": ", ".join(others)}
    return ControlChange(
        difference.code, _summary(difference.before), after,
        (difference.after or {}).get("reason", ""), f"soa.change.{difference.code}",
    )  # fmt: skip


def _summary(row: Any) -> str:
    """A row of frozen content in a few words: applies, where if not everywhere, and status."""
    if row is None:
        return _("Not there")
    applies = dict(Control.APPLIES)[row["applies"]]
    if row["applies"] != Control.YES:
        return {Control.NO: _("Does not apply"), Control.UNDECIDED: str(applies)}[row["applies"]]
    where = [] if row["where"] == Control.ALL else [words.where_in_short(row["where"], row["systems"])]
    return ", ".join([_("Applies"), *where, str(dict(Control.STATUS)[row["status"]])])


def _confirmations(read: SoaReading) -> list[Confirmation]:
    s = read.statement
    return [
        Confirmation("compared_with_annex_a", read.name(s.annex_a_compared_by_id), day(s.annex_a_compared_on)),
        Confirmation("annex_b_considered", read.name(s.annex_b_considered_by_id), day(s.annex_b_considered_on)),
    ]


def _named_risks(read: SoaReading) -> list[NamedRisk]:
    """Risks that rows name, with the controls that name them."""
    codes: dict[uuid.UUID, list[str]] = defaultdict(list)
    for control in read.controls:
        for risk in read.risk_controls.get(control.pk, ()):
            codes[risk.pk].append(control.code)
    systems: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    through = RiskSystem.objects.using(read.scope.alias).filter(risk__in=list(codes))
    for risk_id, system_id in through.values_list("risk_id", "system_id"):
        systems[risk_id].append(system_id)
    return [
        NamedRisk(
            risk.ref, risk.title, read.refs(systems[pk]), risk.today_level, str(Risk.STATES[risk.state]), codes[pk],
            f"risk.{risk.ref}",
        )
        for pk, risk in read.risks.items()
        if pk in codes
    ]  # fmt: skip


def _versions(read: SoaReading) -> list[VersionRow]:
    contents = {approval.number: approvals.frozen(approval) for approval in read.versions}
    newest = max(contents, default=0)
    found = []
    for approval in read.versions:
        n = len(differences(contents.get(approval.number - 1), contents[approval.number]))
        told = ngettext("%(n)s control changed", "%(n)s controls changed", n) % {"n": n}
        signer = read.signer(approval.person_id, approval.at)
        found.append(
            VersionRow(
                approval.number,
                "approved" if approval.number == newest else "superseded",
                moment(approval.at),
                signer.text if signer else "",
                told if approval.number > 1 else _("First version"),
                f"soa.version.{approval.number}",
            )  # fmt: skip
        )
    return found


def _act(read: SoaReading, approval: Approval) -> Act:
    content = approvals.frozen(approval)
    own = Counter(bool(row["own"]) for row in content["controls"])
    told = _("v%(v)s: %(n)s controls of Annex A and %(own)s own controls, content %(hash)s…") % {
        "v": approval.number, "n": own[False], "own": own[True], "hash": approval.content_hash[:16],
    }  # fmt: skip
    signer = read.signer(approval.person_id, approval.at, approval.function)
    assert signer is not None  # noqa: S101 (an approval always has a person and a moment)
    return Act(signer, moment(approval.at), told, claim=f"soa.approval.{approval.number}")
