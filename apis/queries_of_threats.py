"""Reads over threats: why a signal fired, what a consumer did hour by hour, detectors as they are set here."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apis.models import Service, SignalPack
from apis.posture.requirements import annex_of
from apis.services.signal_packs import stacked
from apis.threat_records import DetectorChoice, ThreatSignal
from apis.threat_words import figure, figures, sample
from apis.threats import DETECTORS, FAMILIES, Detector, reason_words
from apis.threats.measured import APR, FEATURES, MEASURED, Measured
from core import heavy
from core.scope import SCRATCH, Scope
from risks.catalogue import risk_catalogue

MOST_RISKS = 3
WIDE = 240
"""Units of the drawn bars."""
DAYS = 7


@dataclass(frozen=True)
class Shown:
    """One figure behind a signal: what was measured, the threshold, what is usual, and how that is drawn."""

    label: Any
    measured: str
    threshold: str = ""
    usual: str = ""
    bar: int = 0  # of WIDE
    mark: int | None = None  # where the threshold stands
    passed: bool = False


def why(signal: ThreatSignal) -> list[Shown]:
    """The figures of the gravest hour against thresholds and baseline."""
    counts = dict(signal.counts)
    if "prompt_tokens" in counts:
        counts["total_tokens"] = int(counts["prompt_tokens"]) + int(counts["completion_tokens"])
    rows = [
        _shown(label, counts[name], signal.limits.get(limit), counts.get(usual))
        for name, label, limit, usual in FEATURES[signal.detector]
        if name in counts
    ]
    named = {name for name, *_rest in FEATURES[signal.detector]}
    extra = [(code, number) for code, number in counts.items() if code not in named and _is_sign(code)]
    return rows + [Shown(reason_words(code), figure(number)) for code, number in extra]


def _is_sign(code: str) -> bool:
    return code in FAMILIES or code.startswith("prompt.")


def _shown(label: Any, measured: Any, limit: Any, usual: Any) -> Shown:
    known = usual is not None and float(usual) > 0
    most = max(float(measured), float(limit or 0), float(usual) if known else 0.0, 1e-9)
    mark = None if limit is None else round(WIDE * float(limit) / most)
    return Shown(
        label, figure(measured), "" if limit is None else figure(limit), figure(usual) if known else "",
        max(1, round(WIDE * float(measured) / most)) if float(measured) else 0, mark,
        limit is not None and float(measured) >= float(limit),
    )  # fmt: skip


def reasons_of(signal: ThreatSignal) -> list[Any]:
    """Why it fired, in words."""
    return [reason_words(code) for code in signal.reasons]


def samples_of(signal: ThreatSignal) -> list[str]:
    """Masked samples, in words."""
    return [sample(one) for one in signal.samples]


@dataclass(frozen=True)
class References:
    """What a detector is about in public catalogues and in the organisation's own requirements."""

    atlas: tuple[str, ...]
    owasp: tuple[str, ...]
    cwe: tuple[str, ...]
    apr: tuple[str, ...]
    annex: tuple[str, ...]


def references(code: str) -> References:
    """The identifiers of a detector."""
    one = DETECTORS[code]
    cwe = tuple(name for name in one.owasp if name.startswith("CWE"))
    owasp = tuple(name for name in one.owasp if name not in cwe)
    return References(one.atlas, owasp, cwe, APR[code], annex_of(APR[code]))


def likely_risks(code: str) -> list[tuple[str, str]]:
    """(code, title) of entries of the catalogue of risks that name what the detector is about, the nearest first."""
    one = DETECTORS[code]
    techniques, names = {name[:9] for name in one.atlas}, {*one.owasp}
    near = []
    for entry in risk_catalogue().risks:
        same = techniques & {name[:9] for name in entry.references.get("atlas", ())}
        alike = names & {*entry.references.get("owasp_api", ())}
        exact = {*one.atlas} & {*entry.references.get("atlas", ())}
        if same or alike:
            near.append((-2 * len(exact) - len(same) - len(alike), entry.code, entry.title))
    language = get_language() or "en"
    ranked = sorted(near, key=lambda row: row[:2])[:MOST_RISKS]
    return [(entry, title.in_language(language)) for _rank, entry, title in ranked]


@dataclass(frozen=True)
class Hour:
    """What a consumer did in an hour."""

    at: datetime.datetime
    calls: int
    errors: int
    tokens: int
    services: tuple[str, ...]
    signals: tuple[ThreatSignal, ...]
    x: int = 0
    bar: float = 0.0  # of HIGH
    failed: float = 0.0

    @property
    def top(self) -> float:
        """Where the bar begins, from above."""
        return round(HIGH - self.bar, 1)

    @property
    def failed_top(self) -> float:
        """Where the part that failed begins."""
        return round(HIGH - self.failed, 1)


HIGH, STEP = 80, 4


@dataclass(frozen=True)
class Timeline:
    """A consumer's hours, newest last, and the days they are of."""

    hours: list[Hour] = field(default_factory=list)
    first: datetime.datetime | None = None
    last: datetime.datetime | None = None
    most: int = 0
    width: int = 0
    kept: bool = True  # False in views of the past: hours are not kept for them

    @property
    def rows(self) -> list[Hour]:
        """Newest first."""
        return self.hours[::-1]


def timeline(scope: Scope, consumer: str, signals: list[ThreatSignal]) -> Timeline:
    """The last DAYS days in which a consumer was seen, hour by hour, over all services."""
    if scope.alias.startswith(SCRATCH):
        return Timeline(kept=False)
    frame = _hours(scope, consumer)
    if frame.is_empty():
        return Timeline()
    last = frame["hour"].max()
    first = last - datetime.timedelta(days=DAYS) + datetime.timedelta(hours=1)  # type: ignore[operator]
    frame = frame.filter(pl.col("hour") >= first).sort("hour")
    first = frame["hour"].min()
    most = int(frame["calls"].max())  # type: ignore[arg-type]
    by_hour: dict[str, list[ThreatSignal]] = {}
    for signal in signals:
        for hour in signal.hours:
            by_hour.setdefault(hour, []).append(signal)
    hours = [
        Hour(
            at, calls, errors, tokens, tuple(sorted(services)), tuple(by_hour.get(at.isoformat(), ())),
            int((at - first).total_seconds() // 3600) * STEP, round(HIGH * calls / most, 1),
            round(HIGH * errors / most, 1),
        )
        for at, calls, errors, tokens, services in frame.iter_rows()
    ]  # fmt: skip
    return Timeline(hours, first, last, most, hours[-1].x + STEP)


def _hours(scope: Scope, consumer: str) -> pl.DataFrame:
    names = dict(Service.objects.of(scope).values_list("pk", "name"))
    days = SignalPack.objects.using(scope.alias).filter(service__in=names).order_by("-day")
    found = [
        rows.with_columns(service=pl.lit(names[service]))
        for service, content in heavy.each(days.values_list("service", "hours")[:200])
        if not (rows := stacked([content]).filter(pl.col("consumer") == consumer)).is_empty()
    ]
    if not found:
        return pl.DataFrame()
    sums = (pl.col(name).sum() for name in ("calls", "errors", "tokens"))
    return pl.concat(found).group_by("hour").agg(*sums, pl.col("service").unique())


@dataclass(frozen=True)
class Limit:
    """A threshold as it is set here."""

    code: str
    label: Any
    unit: Any
    value: float
    default: float
    low: float
    high: float

    @property
    def changed(self) -> bool:
        """Whether it differs from the default."""
        return self.value != self.default

    @property
    def told(self) -> str:
        """The figure in words."""
        return figure(self.value)

    @property
    def range(self) -> str:
        """What may be set."""
        return _("%(low)s to %(high)s, as it comes: %(default)s") % {
            "low": figure(self.low), "high": figure(self.high), "default": figure(self.default),
        }  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """A detector as it is used here."""

    detector: Detector
    on: bool
    reason: str
    limits: list[Limit]
    measured: Measured
    open: int
    choice: DetectorChoice | None

    @property
    def code(self) -> str:
        """Its code."""
        return self.detector.code

    @property
    def recall(self) -> str:
        """What it found of what was there, as people read it."""
        return figures(self.measured.recall)

    @property
    def in_vain(self) -> str:
        """How often it fired without need, as people read it."""
        return figures(self.measured.false)


def detectors(scope: Scope) -> list[Standing]:
    """The eight, with thresholds in force and how many signals are open."""
    chosen = {row.detector: row for row in DetectorChoice.objects.of(scope)}
    counted: dict[str, int] = {}
    for code in ThreatSignal.objects.of(scope).open().values_list("detector", flat=True):
        counted[code] = counted.get(code, 0) + 1
    return [
        Standing(
            one, row.on if (row := chosen.get(code)) else True, row.reason if row else "",
            limits_of(one, row.thresholds if row else {}), MEASURED[code], counted.get(code, 0), row,
        )
        for code, one in DETECTORS.items()
    ]  # fmt: skip


def limits_of(detector: Detector, changed: Mapping[str, Any]) -> list[Limit]:
    """The thresholds of a detector with what was changed."""
    return [
        Limit(one.code, one.label, one.unit, float(changed.get(one.code, one.default)), one.default, one.low, one.high)
        for one in detector.thresholds
    ]
