"""What the steps of findings do, inside the unit of work that takes them."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from apis.findings import Exemption, Finding
from core.change import LARGEST, Change, chunks
from core.scope import current
from core.workflow import Taking

THIS = "finding"
LEVELS: list = [(THIS, gettext_lazy("This finding only")), *Exemption.LEVELS]
USED_AGAIN = gettext_noop("Its rule is used again.")
LONGEST = datetime.timedelta(days=366)
"""An exemption holds for a year at most; then somebody looks again (APR-30)."""


@dataclass(frozen=True)
class Accepting:
    """Until when, and for what else of the same rule."""

    until: datetime.date
    level: str = THIS


def accept(taking: Taking) -> None:
    """Accept this finding, and where more is meant keep an exemption and accept every open finding it covers."""
    finding, inputs = taking.record, taking.inputs
    require_fit(finding, inputs.until, inputs.level)
    accept_one(finding, inputs.until, taking.reason, taking.actor.person_id)
    if inputs.level == THIS:
        return
    exemption = _exempt(taking.change, finding, inputs)
    cover(finding, exemption)
    others = Finding.objects.filter(
        exemption.findings_covered(), management_system_id=finding.management_system_id, state=Finding.OPEN
    ).exclude(pk=finding.pk)
    for part in chunks(list(others), LARGEST):
        taking.change.save_many([cover(one, exemption) for one in part])


def require_fit(finding: Finding, until: datetime.date, level: str = THIS) -> None:
    """Raise ValidationError for a day or a level that does not fit the finding."""
    today = current(finding.management_system_id).today
    if level not in dict(LEVELS):
        raise ValidationError({"level": _("Choose what it holds for.")})
    if level == Exemption.ENDPOINT and not finding.path:
        raise ValidationError({"level": _("This finding is not about one endpoint.")})
    if until < today:
        raise ValidationError({"until": _("This day is past.")})
    if until > today + LONGEST:
        raise ValidationError({"until": _("Accept for a year at most; then look again.")})


def accept_one(finding: Finding, until: datetime.date, reason: str, person_id: Any) -> Finding:
    """Accept a finding, unsaved."""
    finding.state, finding.exemption, finding.accepted_until = Finding.ACCEPTED, None, until
    finding.accepted_reason, finding.accepted_by_id = reason.strip(), person_id
    return finding


def cover(finding: Finding, exemption: Exemption) -> Finding:
    """Accept a finding under an exemption, unsaved."""
    accept_one(finding, exemption.until, exemption.reason, exemption.accepted_by_id)
    finding.exemption = exemption
    return finding


def _exempt(unit: Change, finding: Finding, inputs: Accepting) -> Exemption:
    at_endpoint = inputs.level == Exemption.ENDPOINT
    return unit.save(
        Exemption(
            level=inputs.level, rule=finding.rule, reason=finding.accepted_reason, until=inputs.until,
            accepted_by=finding.accepted_by, method=finding.method if at_endpoint else "",
            path=finding.path if at_endpoint else "",
            service_id=None if inputs.level == Exemption.RULE else finding.service_id,
        )
    )  # fmt: skip


def review(taking: Taking) -> None:
    """Close a finding about data that reaches a model, since somebody looked at what it means for people (8.4)."""
    mended(taking.record, taking.change.now)


def reopen(taking: Taking) -> None:
    """Open it again; an exemption it fell under stays for the other findings."""
    show_again(taking.record, taking.reason, taking.change.now)


def show_again(finding: Finding, why: str, at: datetime.datetime) -> Finding:
    """Open a finding again and say why, unsaved."""
    finding.state, finding.reopened_at, finding.reopened_why = Finding.OPEN, at, why.strip()
    _forget(finding)
    return finding


def mended(finding: Finding, at: datetime.datetime) -> Finding:
    """Close a finding that a run would have found again and did not, unsaved."""
    finding.state = Finding.MENDED
    _forget(finding)
    finding.mended_at = at
    return finding


def rested(finding: Finding) -> Finding:
    """Take a finding off the list of open ones while its rule is not used, with what was decided, unsaved."""
    finding.state = Finding.RESTING
    return finding


def used_again(finding: Finding, today: datetime.date, at: datetime.datetime) -> Finding:
    """Bring a finding back with its rule: accepted where an acceptance still holds, else open, unsaved."""
    ended = finding.exemption is not None and finding.exemption.ended_at is not None
    if finding.accepted_until is None or finding.accepted_until < today or ended:
        return show_again(finding, USED_AGAIN, at)
    finding.state = Finding.ACCEPTED
    return finding


def _forget(finding: Finding) -> None:
    """What was decided about a finding does not outlive its state; the history keeps it."""
    finding.accepted_until = finding.mended_at = finding.exemption = finding.accepted_by = None
    finding.accepted_reason = ""
