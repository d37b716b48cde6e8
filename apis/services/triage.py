"""What people do about threats: assign, link a risk, say what became an incident, mute, set thresholds (APR-26, 27)."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apis.services.raising import figures
from apis.threat_records import LABELS, DetectorChoice, Mute, ThreatSignal
from apis.threats import DETECTORS
from core import clock, policy
from core.actor import Actor
from core.change import change
from core.models import Membership
from core.scope import current
from risks.models import Risk

LONGEST = datetime.timedelta(days=366)
"""A mute holds for a year at most; then somebody looks again."""


def change_signal(
    *, actor: Actor, signal: ThreatSignal, expected_version: int | None = None, **fields: Any
) -> ThreatSignal:
    """Assign it to a member, or link the risk it is treated as. Raises Forbidden, Stale, ValidationError."""
    policy.require(actor, "apis.triage", signal)
    if unknown := set(fields) - {"assignee", "risk"}:
        raise ValidationError({name: _("This cannot be given.") for name in sorted(unknown)})
    with change(actor, "apis.threats.change") as unit:
        fresh = unit.fetch(ThreatSignal, signal.pk, expected_version)
        for name, value in fields.items():
            setattr(fresh, name, value)
        _require_member(fresh)
        if fresh.risk is not None and not Risk.objects.visible_to(actor).filter(pk=fresh.risk.pk).exists():
            raise ValidationError({"risk": _("There is no such risk.")})
        return unit.save(fresh)


def _require_member(signal: ThreatSignal) -> None:
    if signal.assignee_id is None:
        return
    members = Membership.objects.filter(management_system_id=signal.management_system_id).valid_at(clock.now())
    if not members.filter(person=signal.assignee_id).exists():
        raise ValidationError({"assignee": _("Choose a member.")})


def report_incident(
    *, actor: Actor, signal: ThreatSignal, what: str, since: datetime.date, expected_version: int | None = None
) -> ThreatSignal:
    """Decide that a signal is an incident, in words and with its first day (APR-27).

    Raises Forbidden, Stale, ValidationError.
    """
    policy.require(actor, "apis.triage", signal)
    if not what.strip():
        raise ValidationError({"what": _("Say what happened.")})
    if since > current(signal.management_system_id).today:
        raise ValidationError({"since": _("This day is still to come.")})
    with change(actor, "apis.threats.incident") as unit:
        fresh = unit.fetch(ThreatSignal, signal.pk, expected_version)
        fresh.incident, fresh.incident_on = what.strip(), since
        return unit.save(fresh)


def mute_consumer(*, actor: Actor, consumer: str, reason: str, until: datetime.date, detector: str = "") -> Mute:
    """Let signals of a consumer call nobody until a day. Raises Forbidden, ValidationError naming the field."""
    policy.require(actor, "apis.mute")
    errors = {}
    if actor.person_id is None or actor.management_system_id is None:
        raise ValidationError(_("Only a person can do this."))
    today = current(actor.management_system_id).today
    if not ThreatSignal.objects.filter(management_system_id=actor.management_system_id, consumer=consumer).exists():
        errors["consumer"] = _("No signal is of this caller.")
    if detector and detector not in dict(LABELS):
        errors["detector"] = _("There is no such detector.")
    if not reason.strip():
        errors["reason"] = _("Say why.")
    if not today <= until <= today + LONGEST:
        errors["until"] = _("Choose a day from today on, a year ahead at most.")
    if errors:
        raise ValidationError(errors)
    with change(actor, "apis.mutes.add") as unit:
        fields = {"consumer": consumer, "detector": detector, "reason": reason.strip(), "until": until}
        return unit.save(Mute(**fields, muted_by_id=actor.person_id))


def end_mute(*, actor: Actor, mute: Mute, expected_version: int | None = None) -> Mute:
    """End a mute before its day. Raises Forbidden, Stale, ValidationError."""
    policy.require(actor, "apis.mute", mute)
    with change(actor, "apis.mutes.end") as unit:
        fresh = unit.fetch(Mute, mute.pk, expected_version)
        if fresh.ended_at is not None:
            raise ValidationError(_("It has ended already."))
        fresh.ended_at = unit.now
        return unit.save(fresh)


def choose_detector(
    *, actor: Actor, code: str, on: bool = True, thresholds: Mapping[str, float] | None = None, reason: str = "",
    expected_version: int | None = None,
) -> DetectorChoice:  # fmt: skip
    """Set thresholds of a detector (those not given are as it comes) and whether it is used here.

    Raises Forbidden, Stale; ValidationError naming the threshold, also for one outside its range. Before the first
    choice the version is 0.
    """
    policy.require(actor, "apis.change_detectors")
    if code not in DETECTORS:
        raise ValidationError({"detector": _("There is no such detector.")})
    chosen = _fitting(code, thresholds or {})
    if not on and not reason.strip():
        raise ValidationError({"reason": _("Say why the detector is not used here.")})
    with change(actor, "apis.detectors.choose") as unit:
        known = DetectorChoice.objects.filter(management_system_id=actor.management_system_id, detector=code).first()
        row = known or DetectorChoice(detector=code)
        unit.require_version(row, expected_version)
        row.on, row.thresholds, row.reason = on, chosen, reason.strip()
        return unit.save(row)


def _fitting(code: str, given: Mapping[str, float]) -> dict[str, Any]:
    known = {one.code: one for one in DETECTORS[code].thresholds}
    errors: dict[str, Any] = {name: _("There is no such threshold.") for name in sorted(set(given) - set(known))}
    for name, value in given.items():
        limit = known.get(name)
        if limit is not None and not limit.low <= value <= limit.high:
            fits = figures({"low": limit.low, "high": limit.high})
            errors[name] = _("Choose a figure from %(low)s to %(high)s.") % fits
    if errors:
        raise ValidationError(errors)
    return figures({name: value for name, value in given.items() if value != known[name].default})
