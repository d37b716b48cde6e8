"""Run the detectors over hours that traffic touched, and keep what they say as signals (APR-25, APR-26)."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from apis.models import Artefact, DetectorChoice, Service, ThreatSignal
from apis.services import signal_packs
from apis.threat_records import LEVELS, RANK
from apis.threats import DETECTORS, Alarm, settings_of
from apis.threats.looking import alarms_in
from core import ledger, policy
from core.actor import Actor
from core.change import LARGEST, change, chunks
from core.ids import uuid7

MOST_HOURS = 2_000
"""Hours that one signal names; later ones move its end only."""
Changed = dict[str, dict[str, float]]


def threats_brought(*, actor: Actor, artefact: Artefact) -> list[ThreatSignal]:
    """Look at the hours an artefact of traffic touched. Returns what is new or grew. Raises Forbidden."""
    if artefact.kind != Artefact.TRAFFIC or artefact.first_at is None or artefact.last_at is None:
        return []
    rows = Service.objects.filter(management_system_id=artefact.management_system_id, host__in=artefact.hosts)
    found = []
    for service in rows.order_by("host"):
        found += look_for_threats(actor=actor, service=service, first=artefact.first_at, last=artefact.last_at)
    return found


def look_for_threats(
    *, actor: Actor, service: Service, first: datetime.datetime, last: datetime.datetime
) -> list[ThreatSignal]:
    """Judge the hours of a service between two moments, each by the hours before it; the same twice changes nothing.

    Raises Forbidden.
    """
    policy.require(actor, "apis.judge", service)
    changed, only = choices(service.management_system_id)
    whole, past = signal_packs.between(service, first, last)
    alarms = alarms_in(whole, past, changed, only)
    if not alarms:
        return []
    with transaction.atomic():
        ledger.lock_head(service.management_system_id)  # what stands is compared and joined by one run at a time
        rows = _raised(service, alarms, changed)
        change_id = str(uuid7())
        for part in chunks(rows, LARGEST):
            with change(actor, "apis.threats.detect", change_id=change_id) as unit:
                unit.save_many(part)
    return rows


def choices(management_system_id: Any) -> tuple[Changed, list[str]]:
    """Thresholds changed in a management system, and the detectors in use."""
    rows = DetectorChoice.objects.filter(management_system_id=management_system_id)
    chosen = {row.detector: row for row in rows}
    changed = {code: {name: float(value) for name, value in row.thresholds.items()}
               for code, row in chosen.items() if row.thresholds}  # fmt: skip
    return changed, [code for code in DETECTORS if code not in chosen or chosen[code].on]


def _raised(service: Service, alarms: Iterable[Alarm], changed: Changed) -> list[ThreatSignal]:
    """Signals that are new or say something else than before, unsaved."""
    known: dict[tuple[str, str], list[ThreatSignal]] = {}
    for row in ThreatSignal.objects.filter(service=service).order_by("first_hour"):
        known.setdefault((row.detector, row.consumer), []).append(row)
    touched: dict[Any, ThreatSignal] = {}
    for alarm in sorted(alarms, key=lambda one: (one.hour, one.detector, one.consumer)):
        mine = known.setdefault((alarm.detector, alarm.consumer), [])
        hour = alarm.hour.isoformat()
        told = next((one for one in mine if hour in one.hours), None)
        signal = told or next((one for one in mine if one.state in ThreatSignal.OPEN), None)
        if signal is None:
            signal = _new(service, alarm)
            mine.append(signal)
        if signal.state in ThreatSignal.OPEN and _tell(signal, alarm, changed):
            touched[signal.pk] = signal
    return list(touched.values())


def _new(service: Service, alarm: Alarm) -> ThreatSignal:
    return ThreatSignal(
        management_system_id=service.management_system_id, service=service, detector=alarm.detector,
        consumer=alarm.consumer, first_hour=alarm.hour, last_hour=alarm.hour, worst_hour=alarm.hour,
    )  # fmt: skip


def _tell(row: ThreatSignal, alarm: Alarm, changed: Changed) -> bool:
    """Add an hour to a signal; returns whether it says something new."""
    before = (row.severity, row.hours, row.counts, row.reasons, row.limits, row.samples, row.endpoints)
    hour = alarm.hour.isoformat()
    if hour not in row.hours and len(row.hours) < MOST_HOURS:
        row.hours = sorted([*row.hours, hour])
        row.hour_count = len(row.hours)
    row.first_hour, row.last_hour = min(row.first_hour, alarm.hour), max(row.last_hour, alarm.hour)
    severity = LEVELS[alarm.severity]
    if not row.counts or alarm.hour == row.worst_hour or _graver(severity, alarm, row):
        row.severity = max(severity, row.severity or severity, key=lambda one: RANK[one])
        row.counts, row.reasons, row.worst_hour = figures(alarm.counts), list(alarm.reasons), alarm.hour
        row.limits = figures(settings_of(alarm.detector, changed))
    row.samples = sorted({*row.samples, *alarm.samples})[:5]
    row.endpoints = sorted({tuple(one) for one in row.endpoints} | set(alarm.endpoints))[:20]
    row.endpoints = [list(one) for one in row.endpoints]
    return before != (row.severity, row.hours, row.counts, row.reasons, row.limits, row.samples, row.endpoints)


def _graver(severity: str, alarm: Alarm, row: ThreatSignal) -> bool:
    """Whether an hour is graver than the one a signal shows, whichever came first."""
    mine = (RANK[severity], _sum(figures(alarm.counts)), -alarm.hour.timestamp())
    return mine > (RANK[row.severity], _sum(row.counts), -row.worst_hour.timestamp())


def figures(counts: Mapping[str, float]) -> dict[str, int | str]:
    """Figures as records keep them: whole ones as numbers, others in three places as text."""
    return {name: int(value) if value == int(value) else f"{value:.3f}".rstrip("0") for name, value in counts.items()}


def _sum(counts: Mapping[str, int | str]) -> float:
    return sum(map(float, counts.values()))
