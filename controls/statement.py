"""The Statement of Applicability as it is read: rows, areas, the whole; questions answered from what was read."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from aims.models import AISystem
from controls import words
from controls.content import Difference, confirmations_differ, content_of, differences, row_of
from controls.facts import RISK, Contradiction, Fact, Proposal, contradiction_of, proposal_of
from controls.models import Control, StatementOfApplicability
from core.errors import NotFound
from core.models import Approval, Comment
from core.scope import Scope


@dataclass(frozen=True)
class SystemRef:
    """An AI system as a row names it."""

    id: uuid.UUID
    ref: str
    name: str


@dataclass(frozen=True)
class RowView:
    """One control with its decision, its grounds and what is noticed about it."""

    control: Control
    systems: tuple[SystemRef, ...]
    facts: tuple[Fact, ...] = ()
    differs: bool = False
    copied: bool = False
    comments: tuple[Comment, ...] = ()

    @property
    def code(self) -> str:
        """A.6.2.4 or O.1."""
        return self.control.code

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return words.title_of(self.control.code, self.control.title, self.control.own)

    @property
    def excluded(self) -> bool:
        """Decided not to apply."""
        return self.control.applies == Control.NO

    @property
    def undecided(self) -> bool:
        """Nobody has decided."""
        return self.control.applies == Control.UNDECIDED

    @property
    def where(self) -> str:
        """Where it applies in a few words; "" when excluded, or undecided with no limit."""
        if self.excluded or (self.undecided and self.control.where == Control.ALL):
            return ""
        return words.where_in_short(self.control.where, [system.ref for system in self.systems])

    @property
    def because(self) -> str:
        """Drivers, or the grounds of an exclusion, in words."""
        return words.drivers_in_words(self.control.drivers)

    @property
    def because_short(self) -> str:
        """The same for a narrow column."""
        return words.drivers_in_short(self.control.drivers)

    @property
    def drivers(self) -> list[str]:
        """Drivers of an applicable control, in the order of the vocabulary."""
        return [code for code, _label in Control.DRIVERS if code in self.control.drivers]

    @property
    def grounds(self) -> list[str]:
        """Grounds of an exclusion."""
        return [code for code, _label in Control.EXCLUSION_GROUNDS if code in self.control.drivers]

    @property
    def risks(self) -> list[str]:
        """References of the risks that name the control."""
        return list(dict.fromkeys(ref for fact in self.facts if fact.kind == RISK for ref in fact.refs))

    @property
    def contradictions(self) -> list[Contradiction]:
        """Records that contradict its exclusion."""
        limited = {system.ref for system in self.systems}
        return contradiction_of(self.code, self.control.applies, self.facts, self.control.where, limited)

    @property
    def proposal(self) -> Proposal | None:
        """A reason drafted from facts, where none is written and the control is not excluded."""
        if self.control.reason.strip() or self.excluded:
            return None
        return proposal_of(self.code, self.facts)

    @property
    def mark(self) -> str:
        """Its state in the strip: in_place, partly_in_place, planned, not_started, excluded, undecided."""
        if self.excluded or self.undecided:
            return "excluded" if self.excluded else "undecided"
        return "partly_in_place" if self.control.status == Control.PARTLY else self.control.status

    @property
    def mark_label(self) -> str:
        """The mark in words."""
        labels = {"excluded": _("Excluded"), "undecided": _("Undecided")}
        return labels.get(self.mark) or str(self.control.get_status_display())

    @property
    def frozen(self) -> dict[str, Any]:
        """The row as canonical values."""
        return row_of(self.control, [system.ref for system in self.systems])


@dataclass(frozen=True)
class AreaView:
    """One of the nine areas, or the own controls (code "O"), with its rows and counts."""

    code: str
    title: str
    objective: str
    rows: tuple[RowView, ...]

    @cached_property
    def counts(self) -> Counter[str]:
        """How many controls have each mark (see ``RowView.mark``)."""
        return Counter(row.mark for row in self.rows)

    @property
    def decided(self) -> int:
        """Controls that are decided."""
        return len(self.rows) - self.counts["undecided"]

    @property
    def applicable(self) -> int:
        """Controls that apply."""
        return self.decided - self.counts["excluded"]


@dataclass(frozen=True)
class Statement:
    """The Statement of Applicability as it is in a scope."""

    scope: Scope
    record: StatementOfApplicability
    areas: tuple[AreaView, ...]
    own: AreaView
    versions: tuple[Approval, ...]
    approved: Mapping[str, Any] | None
    comments: tuple[Comment, ...] = field(default=())

    @cached_property
    def annex_a(self) -> tuple[RowView, ...]:
        """The 38 rows."""
        return tuple(row for area in self.areas for row in area.rows)

    @cached_property
    def rows(self) -> tuple[RowView, ...]:
        """All rows, own controls last."""
        return (*self.annex_a, *self.own.rows)

    @cached_property
    def systems(self) -> tuple[SystemRef, ...]:
        """The AI systems in scope; read when asked for."""
        return in_scope(self.scope)

    @property
    def latest(self) -> Approval | None:
        """The newest approved version."""
        return self.versions[0] if self.versions else None

    @cached_property
    def content(self) -> dict[str, Any]:
        """What would be approved now."""
        return content_of(self.record, [row.frozen for row in self.rows])

    @cached_property
    def differences(self) -> list[Difference]:
        """Controls that differ from the newest version; none before the first."""
        return differences(self.approved, self.content) if self.approved else []

    @cached_property
    def confirmed_anew(self) -> bool:
        """Whether a confirmation is newer than the newest version."""
        return confirmations_differ(self.approved, self.content)

    @cached_property
    def contradictions(self) -> list[Contradiction]:
        """Everything that contradicts an exclusion."""
        return [found for row in self.rows for found in row.contradictions]

    def _count(self, mark: str) -> int:
        return sum(row.mark == mark for row in self.annex_a)

    @property
    def total(self) -> int:
        """Controls of Annex A."""
        return len(self.annex_a)

    @property
    def decided(self) -> int:
        """Controls of Annex A that are decided."""
        return self.total - self._count("undecided")

    @property
    def own_decided(self) -> int:
        """Own controls that are decided."""
        return sum(row.mark != "undecided" for row in self.own.rows)

    @property
    def excluded(self) -> int:
        """Controls of Annex A that are excluded."""
        return self._count("excluded")

    @property
    def is_approved(self) -> bool:
        """Whether the newest version says exactly this."""
        return self.record.state == StatementOfApplicability.APPROVED and self.approved is not None

    def row(self, code: str) -> RowView:
        """The row of a control; raises NotFound."""
        for row in self.rows:
            if row.code == code:
                return row
        raise NotFound


def in_scope(scope: Scope) -> tuple[SystemRef, ...]:
    """The AI systems the statement is about, in the order they came."""
    rows = AISystem.objects.of(scope).in_scope().order_by("created_at", "ref").values_list("pk", "ref", "name")
    return tuple(SystemRef(*row) for row in rows)
