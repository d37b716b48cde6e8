"""What happened to the risks since the report before: read from the history at that report's moment (8.2, 8.3)."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from core import replay
from core.actor import PERSON
from core.models import Entry
from core.queries.history import action_words
from core.scope import Scope
from reports.builders.reading import day, moment, ref_key
from reports.builders.risk_reading import ORDER, RiskReading
from reports.documents.common import HistoryRow
from reports.documents.risk import CHANGE_KINDS, RiskChange
from reports.models import IssuedReport
from risks.models import Acceptance, Risk

KIND = "RPT-RISK"
TOLD = (
    "risks.risk.assess", "risks.risk.still_right", "risks.risk.treat", "risks.risk.close", "risks.risk.reopen",
    "risks.acceptance.accept", "risks.acceptance.return", "risks.treatmentplan.submit", "risks.treatmentplan.return",
    "risks.treatmentplan.approve", "risks.methodology.approve",
)  # fmt: skip
"""Steps that assess or decide; each is told by the record it was taken on."""
MOST = 200


@dataclass(frozen=True)
class Since:
    """The report before this one, and the records as it read them; ``report`` is None for a first report."""

    read: RiskReading
    report: IssuedReport | None

    @classmethod
    def of(cls, read: RiskReading) -> "Since":
        """The newest report of an earlier day: one of the same day is this one in another language or format."""
        rows = IssuedReport.objects.of(read.scope).filter(kind=KIND).order_by("-seq", "-ref")
        zone, today = read.scope.zone, read.scope.today
        return cls(read, next((one for one in rows if one.as_of.astimezone(zone).date() < today), None))

    @cached_property
    def then(self) -> RiskReading:
        """The records at the moment of the report before."""
        assert self.report is not None  # noqa: S101 (asked only when there is one)
        scope, one = self.read.scope, self.report
        alias = replay.scratch(scope.management_system_id, one.seq, one.people_seq, one.as_of)
        return RiskReading(Scope(scope.management_system_id, alias, one.seq, one.as_of, one.people_seq, past=True))

    @property
    def text(self) -> str:
        """The report compared with, by the number printed on it; "" for a first report."""
        if self.report is None:
            return ""
        values = {
            "number": f"{KIND}-{self.report.seq}", "n": len(self.then.threats),
            "day": self.read.local_day(self.report.as_of),
        }  # fmt: skip
        return _("%(number)s as of %(day)s (%(n)s risks)") % values

    def changes(self) -> list[RiskChange]:
        """New, closed, level up or down, accepted, expired, by kind and reference; none for a first report."""
        if self.report is None:
            return []
        order = {kind: number for number, kind in enumerate(CHANGE_KINDS)}
        return sorted(self._changes(), key=lambda one: (order[one.kind], ref_key(one.ref)))

    def history(self) -> list[HistoryRow]:
        """Assessments and decisions since the report before, newest first; all of them for a first report."""
        scope, start = self.read.scope, self.report.seq if self.report else 0
        entries = Entry.objects.filter(
            chain__management_system_id=scope.management_system_id, seq__gt=start, seq__lte=scope.seq, action__in=TOLD
        )
        own = [one for one in entries.order_by("-seq") if one.action.startswith(f"{one.record_type}.")]
        return [HistoryRow(one.seq, moment(one.at), self._who(one), self._what(one)) for one in own[:MOST]]

    def _who(self, entry: Entry) -> str:
        person = uuid.UUID(entry.actor_id) if entry.actor_kind == PERSON and entry.actor_id else None
        return self.read.name(person)

    def _what(self, entry: Entry) -> str:
        return f"{action_words(entry)}: {entry.ref}" if entry.ref else action_words(entry)

    def _changes(self) -> Iterator[RiskChange]:
        for risk in self.read.by_id.values():
            if risk.is_threat:
                yield from self._of(risk, self.then.by_id.get(risk.pk))
        for pk, was in self.then.by_id.items():
            if was.is_threat and pk not in self.read.by_id:
                yield self._change("deleted", was, was.today_level, "", "")

    def _of(self, risk: Risk, was: Risk | None) -> Iterator[RiskChange]:
        now, then = risk.today_level, was.today_level if was else ""
        is_closed, was_closed = risk.state == Risk.CLOSED, was is not None and was.state == Risk.CLOSED
        if was is None and not is_closed:
            yield self._change("new", risk, "", now, self._why(risk))
        elif is_closed and not was_closed:
            yield self._change("closed", risk, then, "", risk.closed_reason)
        elif was_closed and not is_closed:
            yield self._change("reopened", risk, "", now, self._why(risk))
        elif now != then and not is_closed:
            kind = "rated" if not (now and then) else "up" if ORDER[now] < ORDER[then] else "down"
            yield self._change(kind, risk, then, now, self._why(risk))
        if not is_closed:
            yield from self._decided(risk, was)

    def _decided(self, risk: Risk, was: Risk | None) -> Iterator[RiskChange]:
        """An acceptance given since, and one that held then and has run out."""
        level, today = risk.today_level, self.read.scope.today
        for one in self.read.acceptances:
            given = one.risk_id == risk.pk and one.decided_at is not None and one.decided_at > self.report.as_of  # type: ignore[union-attr]
            if given and one.state in (Acceptance.ACCEPTED, Acceptance.ENDED) and one.valid_until:
                values = {"day": day(one.valid_until), "name": self.read.name(one.decided_by_id)}
                why = _("Until %(day)s, by %(name)s.") % values
                yield self._change("accepted", risk, one.level, one.level, f"{why} {one.reason}".strip())
        held = was is None or self.then.in_force(was) or risk.accepted_until != was.accepted_until
        if risk.state == Risk.ACCEPTED and risk.accepted_until and risk.accepted_until < today and held:
            why = _("The acceptance ended on %(day)s.") % {"day": day(risk.accepted_until)}
            yield self._change("expired", risk, level, level, why)

    def _why(self, risk: Risk) -> str:
        """Why the newest assessment rates it so; "" while it is a draft."""
        rows = self.read.assessments.get(risk.pk, ())
        return rows[-1].rationale if rows else ""

    def _change(self, kind: str, risk: Risk, then: str, now: str, why: str) -> RiskChange:
        return RiskChange(risk.ref, then, now, why, f"change.{kind}.{risk.ref}", kind)
