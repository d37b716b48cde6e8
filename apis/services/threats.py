"""Run the detectors over hours that traffic touched, and keep what they say as signals (APR-25, APR-26).

An hour is judged by the fortnight before it. So what comes in has the days judged that it changed, and those of the
fortnight after for which it is the past: whatever the order of batches, the same signals are open.
"""

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apis.models import Artefact, DetectorChoice, Service, SignalPack, ThreatSignal, WindowPack
from apis.services import raising, signal_packs
from apis.services.raising import Changed, Judged
from apis.threats import DETECTORS, Alarm
from apis.threats.looking import BACK, alarms_in
from core import jobs, ledger, policy
from core.actor import Actor
from core.change import LARGEST, change, chunks
from core.ids import uuid7

DAY, LEAST = datetime.timedelta(days=1), datetime.timedelta(microseconds=1)
Stamps = list[tuple[datetime.date, datetime.datetime, datetime.datetime | None]]
"""Days of a service that are stored, in order: when they changed last, and from when on they are to be judged."""
Days = dict[datetime.date, datetime.datetime]
"""Days that are judged, in order, each from an hour on."""
Told = jobs.Heard
"""Hears what is done now, and how much of it is done: n of m."""


def unheard(_message: str, _done: int, _total: int) -> None:
    """For who does not want to hear."""


def threats_brought(*, actor: Actor, artefact: Artefact, told: Told = unheard) -> list[ThreatSignal]:
    """Look at what an artefact changed: traffic, or a description by which calls count elsewhere now.

    Returns signals that are new or say something else. Raises Forbidden.
    """
    rows = Service.objects.filter(management_system_id=artefact.management_system_id, host__in=artefact.hosts)
    found = []
    for service in rows.order_by("host"):
        found += _look(actor, service, partial(_changed, service), told)
    return found


def look_for_threats(
    *, actor: Actor, service: Service, first: datetime.datetime, last: datetime.datetime
) -> list[ThreatSignal]:
    """Judge the days of a service between two moments, each hour by those before; the same twice changes nothing.

    Raises Forbidden.
    """
    return _look(
        actor, service,
        lambda stamps: {day: _midnight(day) for day, *_when in stamps if first.date() <= day <= last.date()},
    )  # fmt: skip


def _look(actor: Actor, service: Service, wanted: Callable[[Stamps], Days], told: Told = unheard) -> list[ThreatSignal]:
    policy.require(actor, "apis.judge", service)
    stamps = _stamps(service)
    if not (days := wanted(stamps)):
        return []
    judged = _judged(service, stamps, days, told)
    with transaction.atomic():
        ledger.lock_head(service.management_system_id)  # what stands is compared and joined by one run at a time
        if (now := _stamps(service)) != stamps:  # somebody brought in more meanwhile
            if not (days := wanted(now)):
                return []
            judged = _judged(service, now, days)
        rows = raising.bring_in_line(judged)
        change_id = str(uuid7())
        for part in chunks(rows, LARGEST):
            with change(actor, "apis.threats.detect", change_id=change_id) as unit:
                unit.save_many(part)
        for day, start in days.items():
            SignalPack.objects.filter(service=service, day=day, judge_from__gte=start).update(judge_from=None)
    return rows


def _stamps(service: Service) -> Stamps:
    rows = SignalPack.objects.filter(service=service).order_by("day")
    return list(rows.values_list("day", "changed_at", "judge_from"))


def _changed(service: Service, stamps: Stamps) -> Days:
    """Days from the hour that changed first, and days of which one is the past, as far as that is still stored."""
    found: Days = {}
    rolled, last = None, datetime.date.min
    for day, _at, start in stamps:
        follows = last > datetime.date.min and day - last <= BACK
        if follows:
            rolled = _rolled_up(service) if rolled is None else rolled
            follows = rolled == datetime.date.min or day - BACK > rolled
        if start is not None:
            last = day
        if follows or start is not None:
            found[day] = _midnight(day) if follows or start is None else start
    return found


def _rolled_up(service: Service) -> datetime.date:
    """The last day that is no longer kept by consumer."""
    rows = WindowPack.objects.filter(service=service, detailed=False)
    return rows.aggregate(last=Max("day"))["last"] or datetime.date.min


def _judged(service: Service, stamps: Stamps, days: Days, told: Told = unheard) -> Judged:
    changed, only = choices(service.management_system_id)
    alarms: list[Alarm] = []
    number = 0
    for first, last in _runs(stamps, days):
        for whole, past in signal_packs.between(service, days[first], _midnight(last) + DAY - LEAST):
            said = {"n": number + 1, "m": len(days), "name": service.name}
            told(_("Looking for threats: day %(n)d of %(m)d of %(name)s") % said, number, len(days))
            alarms += alarms_in(whole, past, changed, only)
            number += 1
    return Judged(service, days, alarms, frozenset(only), changed)


def _runs(stamps: Stamps, days: Days) -> list[tuple[datetime.date, datetime.date]]:
    """First and last of days that are judged and stand one after the other among those stored."""
    runs: list[list[datetime.date]] = []
    joins = False
    for day, *_when in stamps:
        if day in days:
            joins = joins and days[day] == _midnight(day)
            if joins:
                runs[-1].append(day)
            else:
                runs.append([day])
        joins = day in days
    return [(run[0], run[-1]) for run in runs]


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


def choices(management_system_id: Any) -> tuple[Changed, list[str]]:
    """Thresholds changed in a management system, and the detectors in use."""
    rows = DetectorChoice.objects.filter(management_system_id=management_system_id)
    chosen = {row.detector: row for row in rows}
    changed = {code: {name: float(value) for name, value in row.thresholds.items()}
               for code, row in chosen.items() if row.thresholds}  # fmt: skip
    return changed, [code for code in DETECTORS if code not in chosen or chosen[code].on]
