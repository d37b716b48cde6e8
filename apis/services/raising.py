"""Signals follow from the hours in which detectors fire, as these were judged last: any order of batches says the same.

What a person worked on only grows; what nobody touched says what its hours say, and is withdrawn when none fires.
"""

import datetime
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop

from apis.models import AlarmHour, Service, ThreatSignal
from apis.threat_records import LEVELS, MOST_HOURS, RANK
from apis.threats import Alarm, settings_of
from core import clock
from core.change import chunks
from core.models import Comment

WITHDRAWN = gettext_noop("Looked at again with what came in since, none of its hours stands out any more.")
AT_ONCE = 500
Changed = dict[str, dict[str, float]]
Caller = tuple[str, str]
"""Detector and consumer."""


@dataclass(frozen=True)
class Judged:
    """What looking at days of a service, each from an hour on, said by which detectors."""

    service: Service
    days: Mapping[datetime.date, datetime.datetime]
    alarms: list[Alarm]
    detectors: frozenset[str]
    changed: Changed

    def was_looked_at(self, hour: datetime.datetime) -> bool:
        """Whether an hour was among it."""
        start = self.days.get(hour.date())
        return start is not None and hour >= start


@dataclass
class Difference:
    """Hours in which a detector fires for a caller, against those of which it did before."""

    new: list[AlarmHour] = field(default_factory=list)
    other: list[AlarmHour] = field(default_factory=list)  # with other figures than before
    same: list[AlarmHour] = field(default_factory=list)


def bring_in_line(judged: Judged) -> list[ThreatSignal]:
    """Keep what the hours say; returns the signals that are new or say something else, unsaved."""
    found, fires = _kept(judged)
    signals = _signals(judged, found)
    return [
        signal
        for caller in sorted({*found, *signals})
        if (signal := _told(judged, caller, found[caller], signals.get(caller, []), fires)) is not None
    ]


def _kept(judged: Judged) -> tuple[dict[Caller, Difference], set[tuple[str, str, str]]]:
    """Store what the hours say; returns what differs for each caller, and (detector, consumer, hour) that fire."""
    known = {_key(one): one for one in _stored(judged)}
    found: dict[Caller, Difference] = defaultdict(Difference)
    fires, new, other = set(), [], []
    for alarm in sorted(judged.alarms, key=lambda one: (one.hour, one.detector, one.consumer)):
        now, mine = _hour_of(judged, alarm), found[alarm.detector, alarm.consumer]
        before = known.pop(_key(now), None)
        fires.add(_key(now))
        if before is None:
            new.append(now)
            mine.new.append(now)
        elif (before.severity, before.told) != (now.severity, now.told):
            before.severity, before.told = now.severity, now.told
            other.append(before)
            mine.other.append(before)
        else:
            mine.same.append(before)
    AlarmHour.objects.bulk_create(new, batch_size=AT_ONCE)
    AlarmHour.objects.bulk_update(other, ["severity", "told"], batch_size=AT_ONCE)
    for part in chunks(list(known.values()), AT_ONCE):
        AlarmHour.objects.filter(pk__in=[one.pk for one in part]).delete()
    return found, fires


def _stored(judged: Judged) -> Iterable[AlarmHour]:
    first, last = _span(judged)
    rows = AlarmHour.objects.filter(service=judged.service, hour__gte=first, hour__lt=last)
    return [one for one in rows.filter(detector__in=judged.detectors) if judged.was_looked_at(one.hour)]


def _span(judged: Judged) -> tuple[datetime.datetime, datetime.datetime]:
    first, last = min(judged.days), max(judged.days) + datetime.timedelta(days=1)
    return tuple(datetime.datetime.combine(day, datetime.time(), datetime.UTC) for day in (first, last))  # type: ignore[return-value]


def _key(one: AlarmHour) -> tuple[str, str, str]:
    return one.detector, one.consumer, one.hour.isoformat()


def _hour_of(judged: Judged, alarm: Alarm) -> AlarmHour:
    told = {
        "counts": figures(alarm.counts), "reasons": list(alarm.reasons), "samples": list(alarm.samples),
        "limits": figures(settings_of(alarm.detector, judged.changed)),
        "endpoints": [list(one) for one in alarm.endpoints],
    }  # fmt: skip
    return AlarmHour(
        management_system_id=judged.service.management_system_id, service=judged.service, hour=alarm.hour,
        detector=alarm.detector, consumer=alarm.consumer, severity=LEVELS[alarm.severity], told=told,
    )  # fmt: skip


def _signals(judged: Judged, found: Mapping[Caller, Difference]) -> dict[Caller, list[ThreatSignal]]:
    """Signals of the callers, and of those of whom one is open that names hours looked at; the oldest first."""
    first, last = _span(judged)
    rows = ThreatSignal.objects.filter(service=judged.service)
    near = rows.open().filter(last_hour__gte=first, first_hour__lt=last, detector__in=judged.detectors)
    consumers = {consumer for _detector, consumer in found} | set(near.values_list("consumer", flat=True))
    signals: dict[Caller, list[ThreatSignal]] = defaultdict(list)
    for one in rows.filter(consumer__in=consumers).order_by("first_hour", "pk"):
        signals[one.detector, one.consumer].append(one)
    return signals


def _told(
    judged: Judged, caller: Caller, found: Difference, mine: list[ThreatSignal],
    fires: set[tuple[str, str, str]],
) -> ThreatSignal | None:  # fmt: skip
    """The signal of a caller, if it is new or says something else than before; unsaved."""
    decided = [one for one in mine if one.state in ThreatSignal.DECIDED]

    def undecided(hours: Iterable[AlarmHour]) -> list[AlarmHour]:
        return [one for one in hours if not any(signal.covers(one.hour) for signal in decided)]

    new, other = undecided(found.new), undecided(found.other)
    signal = next((one for one in mine if one.state in ThreatSignal.OPEN), None)
    if signal is None:
        return _raised(judged, caller, [*new, *other, *undecided(found.same)], mine)
    before = _said(signal)
    lost = {
        hour for hour in signal.hours if caller[0] in judged.detectors and (*caller, hour) not in fires
        and judged.was_looked_at(datetime.datetime.fromisoformat(hour))
    }  # fmt: skip
    if (lost or other) and _is_free(signal):
        hours = undecided(AlarmHour.objects.filter(service=judged.service, detector=caller[0], consumer=caller[1]))
        if not _anew(signal, hours, lost):
            return _withdrawn(signal)
    else:
        for one in sorted(new + other, key=lambda row: row.hour):
            _tell(signal, one)
    return signal if _said(signal) != before else None


def _is_free(signal: ThreatSignal) -> bool:
    """Whether it follows its hours: nobody worked on it or said a word about it."""
    words = Comment.objects.filter(record_type="apis.threatsignal", record_id=signal.pk, withdrawn_at=None)
    return signal.is_untouched and not words.exists()


def _raised(judged: Judged, caller: Caller, hours: list[AlarmHour], mine: list[ThreatSignal]) -> ThreatSignal | None:
    """A signal of hours that none is open for: the one that was withdrawn, or a new one."""
    if not hours:
        return None
    signal = next((one for one in reversed(mine) if one.state == ThreatSignal.WITHDRAWN), None)
    if signal is None:
        signal = ThreatSignal(
            management_system_id=judged.service.management_system_id, service=judged.service, detector=caller[0],
            consumer=caller[1],
        )  # fmt: skip
    signal.state, signal.conclusion, signal.decided_at = ThreatSignal.NEW, "", None
    _anew(signal, hours, set(signal.hours))
    return signal


def _withdrawn(signal: ThreatSignal) -> ThreatSignal:
    """What it said stays to be read."""
    signal.state, signal.conclusion, signal.decided_at = ThreatSignal.WITHDRAWN, WITHDRAWN, clock.now()
    return signal


def _anew(signal: ThreatSignal, hours: list[AlarmHour], lost: set[str]) -> bool:
    """Let a signal say what its hours say, and keep those of which that is not known; whether any is left."""
    known = {one.hour.isoformat() for one in hours}
    kept = [hour for hour in signal.hours if hour not in lost and hour not in known]
    if not kept and not hours:
        return False
    moments = [*map(datetime.datetime.fromisoformat, kept), *(one.hour for one in hours)]
    signal.hours, signal.hour_count = kept, len(kept)
    signal.first_hour, signal.last_hour = min(moments), max(moments)
    if not kept:
        signal.samples, signal.endpoints = [], []
    if not kept or signal.worst_hour.isoformat() not in kept:
        signal.severity, signal.counts, signal.worst_hour = "", {}, moments[0]
    for one in sorted(hours, key=lambda row: row.hour):
        _tell(signal, one)
    return True


SAID = ("severity", "hours", "counts", "reasons", "limits", "samples", "endpoints", "worst_hour", "first_hour",
        "last_hour")  # fmt: skip


def _said(row: ThreatSignal) -> list[Any]:
    return [getattr(row, name) for name in SAID]


def _tell(row: ThreatSignal, one: AlarmHour) -> None:
    """Add an hour to a signal."""
    hour, told = one.hour.isoformat(), one.told
    if hour not in row.hours and len(row.hours) < MOST_HOURS:
        row.hours = sorted([*row.hours, hour])
        row.hour_count = len(row.hours)
    row.first_hour, row.last_hour = min(row.first_hour, one.hour), max(row.last_hour, one.hour)
    if not row.counts or one.hour == row.worst_hour or _graver(one, row):
        row.severity = max(one.severity, row.severity or one.severity, key=lambda level: RANK[level])
        row.counts, row.reasons, row.worst_hour = told["counts"], told["reasons"], one.hour
        row.limits = told["limits"]
    row.samples = sorted({*row.samples, *told["samples"]})[:5]
    row.endpoints = [
        list(place) for place in sorted({tuple(place) for place in row.endpoints + told["endpoints"]})[:20]
    ]


def _graver(one: AlarmHour, row: ThreatSignal) -> bool:
    """Whether an hour is graver than the one a signal shows, whichever came first."""
    mine = (RANK[one.severity], _sum(one.told["counts"]), -one.hour.timestamp())
    return mine > (RANK[row.severity], _sum(row.counts), -row.worst_hour.timestamp())


def figures(counts: Mapping[str, float]) -> dict[str, int | str]:
    """Figures as records keep them: whole ones as numbers, others in three places as text."""
    return {name: int(value) if value == int(value) else f"{value:.3f}".rstrip("0") for name, value in counts.items()}


def _sum(counts: Mapping[str, int | str]) -> float:
    return math.fsum(map(float, counts.values()))
