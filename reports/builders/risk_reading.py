"""The risk records of one scope, each table read once."""

import datetime
import uuid
from collections import defaultdict
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from aims.models import AISystem
from controls.models import Control
from reports.builders.reading import Reading, day, ref_key
from reports.documents.risk import Rating
from risks.models import Acceptance, Action, Assessment, Methodology, Risk, RiskControl, RiskSystem

MAPS = ("before", "today", "target")
ORDER = {"critical": 0, "high": 1, "medium": 2, "low": 3, "": 4}


class RiskReading(Reading):
    """Risks with everything that belongs to them."""

    @cached_property
    def by_id(self) -> dict[uuid.UUID, Risk]:
        """Every risk by id, highest level today first, drafts last, then by reference."""
        rows = sorted(
            Risk.objects.of(self.scope),
            key=lambda r: (ORDER["" if r.state == Risk.DRAFT else r.today_level], ref_key(r.ref)),
        )
        return {risk.pk: risk for risk in rows}

    @cached_property
    def threats(self) -> list[Risk]:
        """Open threats."""
        return [r for r in self.by_id.values() if r.kind == "threat" and r.state != Risk.CLOSED]

    @cached_property
    def assessed(self) -> list[Risk]:
        """Open threats that count: a draft may hold ratings, and nobody has stood by them yet."""
        return [risk for risk in self.threats if risk.state != Risk.DRAFT]

    @cached_property
    def opportunities(self) -> list[Risk]:
        """Open opportunities."""
        return [r for r in self.by_id.values() if r.kind == "opportunity" and r.state != Risk.CLOSED]

    @cached_property
    def control_rows(self) -> dict[uuid.UUID, Control]:
        """Controls by id."""
        return {control.pk: control for control in Control.objects.of(self.scope)}

    @cached_property
    def assessments(self) -> dict[uuid.UUID, list[Assessment]]:
        """Assessments by risk, oldest first."""
        return self._grouped(Assessment.objects.of(self.scope).order_by("number"))

    @cached_property
    def actions(self) -> dict[uuid.UUID, list[Action]]:
        """Actions by risk, by reference."""
        return self._grouped(sorted(Action.objects.of(self.scope), key=lambda a: ref_key(a.ref)))

    @cached_property
    def acceptances(self) -> list[Acceptance]:
        """Requests and answers, oldest first."""
        return list(Acceptance.objects.of(self.scope).order_by("asked_at", "id"))

    @cached_property
    def _systems_by_risk(self) -> dict[uuid.UUID, list[uuid.UUID]]:
        return self._pairs(RiskSystem, "system_id")

    @cached_property
    def _controls_by_risk(self) -> dict[uuid.UUID, list[uuid.UUID]]:
        return self._pairs(RiskControl, "control_id")

    def _pairs(self, through: Any, other: str) -> dict[uuid.UUID, list[uuid.UUID]]:
        found: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        rows = through.objects.using(self.scope.alias)
        rows = rows.filter(risk__management_system_id=self.scope.management_system_id)
        for risk, value in rows.values_list("risk_id", other):
            found[risk].append(value)
        return found

    @staticmethod
    def _grouped(rows: Any) -> dict[uuid.UUID, list[Any]]:
        found: dict[uuid.UUID, list[Any]] = defaultdict(list)
        for row in rows:
            found[row.risk_id].append(row)
        return found

    @cached_property
    def methods(self) -> list[Methodology]:
        """All versions of the criteria, oldest first."""
        return sorted(Methodology.objects.of(self.scope), key=lambda method: method.number)

    @cached_property
    def method(self) -> Methodology | None:
        """The criteria in force: the newest approved version, else the newest working copy."""
        approved = [method for method in self.methods if method.state == Methodology.APPROVED]
        return (approved or self.methods or [None])[-1]  # type: ignore[list-item]

    @property
    def method_content(self) -> dict[str, Any]:
        """The content of the criteria in force."""
        return self.method.content if self.method else {"matrix": {}}

    # Questions about one risk -----------------------------------------------------------------------------------------

    def systems_of(self, risk: Risk) -> list[str]:
        """References of the systems a risk is about."""
        return self.refs(self._systems_by_risk.get(risk.pk, ()))

    def system_names_of(self, risk: Risk) -> list[str]:
        """ "SYS-5 Symptom triage" for each."""
        rows = [self.systems[pk] for pk in self._systems_by_risk.get(risk.pk, ()) if pk in self.systems]
        return [f"{s.ref} {s.name}" for s in sorted(rows, key=lambda s: ref_key(s.ref))]

    def controls_of(self, risk: Risk) -> list[Control]:
        """Controls that today's rating relies on."""
        rows = [self.control_rows[pk] for pk in self._controls_by_risk.get(risk.pk, ()) if pk in self.control_rows]
        return sorted(rows, key=lambda c: (c.own, c.position, c.code))

    def controls_needed(self, risk: Risk) -> set[uuid.UUID]:
        """Controls relied on or named by actions that are not dropped."""
        planned = {a.control_id for a in self.actions.get(risk.pk, ()) if a.control_id and a.state != Action.DROPPED}
        return set(self._controls_by_risk.get(risk.pk, ())) | planned

    def control_codes(self, risk: Risk) -> list[str]:
        """Codes of the necessary controls, in order."""
        rows = [self.control_rows[pk] for pk in self.controls_needed(risk) if pk in self.control_rows]
        return [c.code for c in sorted(rows, key=lambda c: (c.own, c.position, c.code))]

    def in_force(self, risk: Risk) -> bool:
        """Whether an acceptance holds today."""
        return (
            risk.state == Risk.ACCEPTED and risk.accepted_until is not None and risk.accepted_until >= self.scope.today
        )

    def status(self, risk: Risk) -> str:
        """The state in words, with the end of an acceptance."""
        if risk.state == Risk.ACCEPTED and risk.accepted_until:
            word = _("Accepted until %(day)s") if self.in_force(risk) else _("Acceptance ended %(day)s")
            return word % {"day": day(risk.accepted_until)}
        return str(Risk.STATES[risk.state])

    def alert(self, risk: Risk) -> bool:
        """Whether the state needs attention: acceptance ended, or review overdue."""
        ended = risk.state == Risk.ACCEPTED and not self.in_force(risk)
        return ended or bool(risk.next_review and risk.next_review < self.scope.today)

    def trigger(self, code: str) -> str:
        """What set an assessment off, in words."""
        return str(dict(Risk.TRIGGERS).get(code, code))

    def local_day(self, at: datetime.datetime) -> str:
        """A moment as a day in the management system's zone."""
        return day(at.astimezone(self.scope.zone).date())

    # Questions about all ----------------------------------------------------------------------------------------------

    @cached_property
    def assessed_systems(self) -> list[tuple[AISystem | None, list[Risk]]]:
        """In-scope systems with an assessed open risk, and those risks; None for the whole management system."""
        by_system: dict[uuid.UUID, list[Risk]] = defaultdict(list)
        whole: list[Risk] = []
        for risk in (*self.threats, *self.opportunities):
            if risk.assessed_at is None:
                continue
            for pk in self._systems_by_risk.get(risk.pk, ()):
                by_system[pk].append(risk)
            if risk.whole_system:
                whole.append(risk)
        rows: list[tuple[AISystem | None, list[Risk]]] = [
            (s, by_system[s.pk]) for s in self.in_scope if s.pk in by_system
        ]
        return [*rows, (None, whole)] if whole else rows

    @cached_property
    def participants(self) -> list[str]:
        """Who took part besides the assessors, as recorded."""
        named = sorted({a.assessed_with for rows in self.assessments.values() for a in rows if a.assessed_with})
        return ["; ".join(named)] if named else []


def rating(risk: Risk, when: str) -> Rating | None:
    """One of the three ratings; None when nothing was rated, or only in a draft that nobody stands by yet."""
    likelihood = getattr(risk, f"{when}_likelihood")
    worst, level = getattr(risk, f"{when}_consequence"), getattr(risk, f"{when}_level")
    if risk.state == Risk.DRAFT or (likelihood is None and worst is None):
        return None
    return Rating(
        consequence=worst, level=level, likelihood=likelihood or None, not_estimable=likelihood == 0,
        reason=risk.not_estimable_reason if likelihood == 0 else "",
    )  # fmt: skip
