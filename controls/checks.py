"""Compliance checks of the Statement of Applicability (CHK-SOA-01 to 08)."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aims.models import AISystem
from controls import facts, queries
from controls.models import Control
from core import approvals, registries
from core.catalogue import checks
from core.checks import Finding, check
from core.scope import Scope

BASIS = "statement.basis"
"""Fact other rooms register: function(scope, None) → the moment what the statement rests on last changed, or None."""
PLACEHOLDERS = frozenset({"n/a", "na", "none", "tbd", "todo", "-", "–", "see above", "not applicable", "applicable"})


def _known(check_id: str, message: Any, minutes: int) -> Any:
    """Register a check under the tier and clause of the catalogue."""
    info = checks().check(check_id)
    return check(check_id, tier=info.tier, clause=info.clause, message=message, minutes=minutes)


@_known("CHK-SOA-01", _("%(control)s has no decision on whether it applies"), 4)
def undecided(scope: Scope) -> Iterator[Finding]:
    """Any control, own ones too, without a decision."""
    for control in Control.objects.of(scope).undecided().in_order():
        yield Finding(control, "undecided", {"control": control.code})


@_known("CHK-SOA-02", _("%(control)s is decided without a reason of its own"), 4)
def unjustified(scope: Scope) -> Iterator[Finding]:
    """Blank, shorter than 20 characters, a placeholder, or the same words on more than five controls."""
    decided = list(Control.objects.of(scope).exclude(applies=Control.UNDECIDED).in_order())
    copied = queries.copied_reasons(decided)
    for control in decided:
        plain = queries.plain_reason(control.reason)
        if len(control.reason.strip()) < queries.SHORTEST_REASON or plain in PLACEHOLDERS:
            yield Finding(control, "no-reason", {"control": control.code})
        elif plain in copied:
            yield Finding(control, "copied-reason", {"control": control.code})


@_known("CHK-SOA-03", _("%(control)s is excluded, though records speak for it: %(refs)s"), 10)
def contradicted(scope: Scope) -> Iterator[Finding]:
    """An exclusion, also one of single systems, that records contradict: suppliers, data, open risks."""
    for control, found in queries.contradicted(scope):
        refs = tuple(dict.fromkeys(ref for one in found for ref in one.refs))
        params = {"control": control.code, "refs": facts.named(refs), "kinds": [one.kind for one in found]}
        yield Finding(control, "contradicted", params)


@_known("CHK-SOA-05", _("%(control)s applies and has no owner or no date of next review"), 2)
def without_owner_or_review(scope: Scope) -> Iterator[Finding]:
    """Applicable controls that nobody looks after."""
    missing = Q(owner__isnull=True) | Q(next_review__isnull=True)
    for control in Control.objects.of(scope).applicable().filter(missing).in_order():
        code = "no-owner" if control.owner_id is None else "no-review"
        yield Finding(control, code, {"control": control.code})


@_known("CHK-SOA-06", _("%(control)s applies, but nothing says because of what"), 2)
def without_driver(scope: Scope) -> Iterator[Finding]:
    """Applicable controls without a risk, law, contract, impact or business ground."""
    for control in Control.objects.of(scope).applicable().in_order():
        if not control.drivers:
            yield Finding(control, "no-driver", {"control": control.code})


@_known("CHK-SOA-07", _("v%(number)s of the Statement of Applicability is older than what it rests on"), 20)
def outdated(scope: Scope) -> Iterator[Finding]:
    """Approved before the last change of the scope, or of what other rooms say it rests on (risks)."""
    record = queries.statement_or_none(scope)
    latest = approvals.latest(record, queries.MEANING, scope.alias) if record else None
    if latest is None:
        return
    screened = AISystem.objects.of(scope).exclude(screened_at=None).order_by("-screened_at")
    moments = [screened.values_list("screened_at", flat=True).first()]
    moments += [function(scope, None) for _name, function in registries.facts.get(BASIS)]
    newest = max((moment for moment in moments if moment is not None), default=None)
    if newest is not None and newest > latest.at:
        yield Finding(record, "outdated", {"number": latest.number, "changed": newest.date().isoformat()})


@_known("CHK-SOA-08", _("The dated confirmation about Annex %(annex)s is missing"), 5)
def unconfirmed(scope: Scope) -> Iterator[Finding]:
    """The comparison with Annex A and the consideration of Annex B, both dated."""
    record = queries.statement_or_none(scope)
    if record is None:
        return
    if record.annex_a_compared_on is None:
        yield Finding(record, "annex-a", {"annex": "A"})
    if record.annex_b_considered_on is None:
        yield Finding(record, "annex-b", {"annex": "B"})
