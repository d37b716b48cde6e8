"""Where the treatment plan stands: the approval the report ends with, and what its cover says of it (6.1.3)."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core import approvals
from core.models import Approval
from reports.builders.reading import CoverFacts, moment
from reports.builders.risk_reading import RiskReading
from reports.documents.common import Act, Fact
from risks import plan
from risks.models import Methodology, TreatmentPlan


@dataclass(frozen=True)
class Standing:
    """The newest approved version of the plan, whether the plan still says the same, under approved criteria or not."""

    newest: Approval | None
    before: Approval | None
    act: Act | None
    differs: str
    criteria_approved: bool

    def facts(self, kind: str, clauses: str) -> CoverFacts:
        """What the cover says: approved only while the plan is as approved and the criteria behind it are."""
        if self.newest is None:
            return CoverFacts(kind, clauses, draft=not self.criteria_approved)
        if self.differs or not self.criteria_approved:
            number = self.newest.number + 1 if self.differs else self.newest.number
            return CoverFacts(
                kind, clauses, "working_copy", number, self.differs, None, self.newest if self.differs else self.before,
                draft=not self.criteria_approved,
            )  # fmt: skip
        return CoverFacts(kind, clauses, "approved", self.newest.number, "", self.newest, self.before)


def standing_of(read: RiskReading) -> Standing:
    """Where the plan stands in the scope."""
    approved = read.method is not None and read.method.state == Methodology.APPROVED
    record = plan.plan_or_none(read.scope)
    versions = plan.versions_of(read.scope, record)
    if record is None or not versions:
        return Standing(None, None, None, "", approved)
    newest = versions[0]
    changes = plan.differences(approvals.frozen(newest), plan.content_in(read.scope))
    values = {"v": newest.number, "what": plan.counted(changes)}
    differs = _("The plan differs from v%(v)s in %(what)s.") % values if changes else ""
    before = versions[1] if len(versions) > 1 else None
    return Standing(newest, before, _act(read, record, newest, differs), differs, approved)


def _act(read: RiskReading, record: TreatmentPlan, newest: Approval, differs: str) -> Act:
    """The signature under the newest version; residual risk is accepted by acts of its own."""
    content: Any = approvals.frozen(newest)
    told = _("Treatment plan v%(v)s: %(risks)s risks, %(actions)s actions, content %(hash)s…") % {
        "v": newest.number, "risks": len(content["risks"]), "hash": newest.content_hash[:16],
        "actions": sum(len(risk["actions"]) for risk in content["risks"]),
    }  # fmt: skip
    signer = read.signer(newest.person_id, newest.at, newest.function)
    assert signer is not None  # noqa: S101 (an approval always has a person and a moment)
    submitted = record if record.state == TreatmentPlan.APPROVED else None
    return Act(
        signer, moment(newest.at), told, claim=f"plan.approval.{newest.number}",
        submitted_by=read.signer(submitted.submitted_by_id, submitted.submitted_at) if submitted else None,
        submitted_at=moment(submitted.submitted_at) if submitted else "",
        facts=[Fact(_("Since then"), differs)] if differs else [],
    )  # fmt: skip
