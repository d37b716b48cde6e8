"""Records of threats: signals of detectors, mutes, thresholds chosen; and what signals come from (APR-25, APR-26)."""

import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from apis.findings import SEVERITIES
from apis.threats import DETECTORS
from core.ids import uuid7
from core.models import ManagementSystem, Person, ReferencedModel, TenantModel, TenantQuerySet
from risks.models import Risk

MOST_HOURS = 2_000
"""Hours that one signal names; later ones move its end only."""
LABELS: list = [(one.code, one.label) for one in DETECTORS.values()]


class SignalQuerySet(TenantQuerySet):
    """Questions asked of threat signals."""

    def open(self) -> Self:
        """Neither found harmless nor closed: later hours join them."""
        return self.filter(state__in=ThreatSignal.OPEN)

    def with_mutes(self, today: datetime.date) -> Self:
        """With ``is_muted``: whether a mute in force covers it."""
        return self.annotate(is_muted=Exists(covering(today)))


def covering(today: datetime.date) -> models.QuerySet:
    """Mutes in force that cover the signal of the outer query."""
    return Mute.objects.filter(
        Q(detector="") | Q(detector=OuterRef("detector")), management_system=OuterRef("management_system"),
        consumer=OuterRef("consumer"), ended_at=None, until__gte=today,
    )  # fmt: skip


class ThreatSignal(ReferencedModel):
    """A detector fired for a consumer of a service, in one hour or several; what people made of it (APR-25)."""

    ref_prefix = "SIG"
    NEW, REVIEW, CONFIRMED, HARMLESS, CLOSED = "new", "under_review", "confirmed", "harmless", "closed"
    WITHDRAWN = "withdrawn"
    STATES: ClassVar[dict] = {
        NEW: _("New"), REVIEW: _("Under review"), CONFIRMED: _("Confirmed"), HARMLESS: _("Harmless"),
        CLOSED: _("Closed"), WITHDRAWN: _("Withdrawn"),
    }  # fmt: skip
    OPEN: ClassVar[tuple] = (NEW, REVIEW, CONFIRMED)
    DECIDED: ClassVar[tuple] = (HARMLESS, CLOSED)

    service = models.ForeignKey(
        "apis.Service", on_delete=models.PROTECT, related_name="threats", verbose_name=_("service")
    )
    detector = models.CharField(_("detector"), max_length=20, choices=LABELS, editable=False)
    consumer = models.CharField(_("consumer"), max_length=60, editable=False)
    """Kind and keyed hash ("key:9f2c…"), as in windows."""
    severity = models.CharField(_("severity"), max_length=8, choices=SEVERITIES, editable=False)
    endpoints = models.JSONField(_("endpoints"), default=list, editable=False)
    """[[method, template]]"""
    reasons = models.JSONField(_("reasons"), default=list, editable=False)
    """Codes of apis.threats.words."""
    counts = models.JSONField(_("measured"), default=dict, editable=False)
    """Feature → figure of the gravest hour."""
    limits = models.JSONField(_("thresholds"), default=dict, editable=False)
    """Thresholds in force when it fired."""
    samples = models.JSONField(_("samples"), default=list, editable=False)
    """Method, path and family; no values."""
    hours = models.JSONField(_("hours"), default=list, editable=False)
    """Hours it fired in, ISO, UTC, in order."""
    hour_count = models.PositiveIntegerField(_("number of hours"), default=1, editable=False)
    worst_hour = models.DateTimeField(_("gravest hour"), editable=False)
    first_hour = models.DateTimeField(_("first hour"), editable=False)
    last_hour = models.DateTimeField(_("last hour"), editable=False)
    state = models.CharField(_("state"), max_length=12, choices=list(STATES.items()), default=NEW, editable=False)
    assignee = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("assigned to")
    )
    conclusion = models.TextField(_("conclusion"), blank=True, max_length=2000, editable=False)
    decided_by = models.ForeignKey(
        Person, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("decided by"),
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    risk = models.ForeignKey(
        Risk, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("risk")
    )
    incident = models.TextField(_("incident"), blank=True, max_length=2000, editable=False)
    """What happened, decided to be an incident; where incidents are kept they will begin here."""
    incident_on = models.DateField(_("incident since"), null=True, blank=True, editable=False)

    is_muted: bool
    """Given by ``with_mutes``."""

    objects = SignalQuerySet.as_manager()

    class Meta(ReferencedModel.Meta):
        verbose_name = _("threat signal")
        verbose_name_plural = _("threat signals")
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["service", "detector", "consumer"], name="apis_signal_open_once",
                condition=Q(state__in=["new", "under_review", "confirmed"]),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["management_system", "state", "severity"], name="apis_signal_state"),
            models.Index(fields=["management_system", "consumer"], name="apis_signal_consumer"),
        ]

    @property
    def service_owner_id(self) -> Any:
        """The id of who owns the service."""
        return self.service.owner_id

    @property
    def is_untouched(self) -> bool:
        """Whether nobody worked on it so far."""
        return self.state == self.NEW and not (self.assignee_id or self.risk_id or self.incident)

    def covers(self, hour: datetime.datetime) -> bool:
        """Whether it is about an hour; of very many hours it names the first ones only."""
        named = hour.isoformat() in self.hours
        return named or (len(self.hours) >= MOST_HOURS and self.first_hour <= hour <= self.last_hour)

    @property
    def line(self) -> str:
        """The first endpoint, and how many more there are."""
        if not self.endpoints:
            return ""
        first, *others = self.endpoints
        return " ".join(first) + (f" +{len(others)}" if others else "")

    @property
    def caller(self) -> str:
        """The consumer as people read it."""
        return short(self.consumer)

    def search_text(self) -> tuple[str, str] | None:
        """Detector, consumer and endpoints."""
        title = f"{DETECTORS[self.detector].label}: {self.caller}"
        return title, f"{title} {self.consumer} {self.line}"


class Mute(ReferencedModel):
    """A consumer whose signals call nobody until a day, and why; they are counted all the same (APR-25)."""

    ref_prefix = "MUT"

    consumer = models.CharField(_("consumer"), max_length=60)
    detector = models.CharField(_("detector"), max_length=20, choices=[("", _("All detectors")), *LABELS], blank=True)
    reason = models.TextField(_("reason"), max_length=2000)
    until = models.DateField(_("until"))
    muted_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("muted by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    class Meta(ReferencedModel.Meta):
        verbose_name = _("mute")
        verbose_name_plural = _("mutes")
        indexes = [models.Index(fields=["management_system", "consumer"], name="apis_mute_consumer")]

    @property
    def caller(self) -> str:
        """The consumer as people read it."""
        return short(self.consumer)

    def covered(self) -> Q:
        """The signals it is about, as a condition."""
        found = Q(consumer=self.consumer)
        return found & Q(detector=self.detector) if self.detector else found


class DetectorChoice(TenantModel):
    """Thresholds of a detector that differ here from those it comes with, and whether it is in use."""

    detector = models.CharField(_("detector"), max_length=20, choices=LABELS)
    on = models.BooleanField(_("in use"), default=True)
    thresholds = models.JSONField(_("thresholds"), default=dict, blank=True)
    """Code → figure; only those that were changed."""
    reason = models.TextField(_("why"), blank=True, max_length=2000)

    class Meta:
        verbose_name = _("choice of a detector")
        verbose_name_plural = _("choices of detectors")
        constraints = [
            models.UniqueConstraint(fields=["management_system", "detector"], name="apis_detectorchoice_once")
        ]

    def __str__(self) -> str:
        return self.detector


class SignalPack(models.Model):
    """What consumers did at a service on a day, for the detectors (operational: each batch adds)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.ForeignKey(ManagementSystem, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey("apis.Service", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    activities = models.BinaryField()
    values = models.BinaryField()
    slots = models.BinaryField()
    signs = models.BinaryField()
    hours = models.BinaryField()
    changed_at = models.DateTimeField(auto_now=True)
    judge_from = models.DateTimeField(null=True, editable=False)
    """The hour from which on the day is to be judged; None where it was."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "day"], name="apis_signalpack_once")]
        indexes = [models.Index(fields=["service", "day", "changed_at", "judge_from"], name="apis_signalpack_judged")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.day}"


class AlarmHour(models.Model):
    """That a detector fires in a consumer's hour, as it was judged last (operational: follows from signal packs)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.ForeignKey(ManagementSystem, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey("apis.Service", on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()
    detector = models.CharField(max_length=20)
    consumer = models.CharField(max_length=60)
    severity = models.CharField(max_length=8)
    told = models.JSONField(default=dict)
    """Counts, reasons, limits, samples and endpoints, as a signal has them."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "hour", "detector", "consumer"], name="apis_alarmhour_once")
        ]
        indexes = [models.Index(fields=["service", "consumer", "detector"], name="apis_alarmhour_consumer")]

    def __str__(self) -> str:
        return f"{self.detector} {self.consumer} {self.hour:%Y-%m-%d %H:%M}"


CALLERS: dict[str, Any] = {
    "key": _("key"), "session": _("session"), "user": _("user"), "address": _("address"),
}  # fmt: skip
"""What a consumer is known by."""


def short(consumer: str) -> Any:
    """A consumer as people read it: what it is known by, and the first letters of its hash."""
    kind, _colon, value = consumer.partition(":")
    return f"{CALLERS.get(kind, kind)} {value[:8]}" if value else _("not named in the log")


RANK = {"critical": 4, "high": 3, "medium": 2, "low": 1}
LEVELS = {rank: code for code, rank in RANK.items()}
