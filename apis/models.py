"""APIs that serve AI systems: services, their endpoints, what was brought in, and what traffic adds up to."""

import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aims.models import AISystem
from apis.evidence_records import ServiceEvidence
from apis.exposure_records import FlowLooked, FlowTally
from apis.findings import Exemption, Finding, OwnRule, PostureRun, RuleChoice
from apis.kinds import AI_KINDS, ENVIRONMENTS, EXPOSURES
from apis.threat_records import AlarmHour, DetectorChoice, Mute, SignalPack, ThreatSignal
from core.ids import uuid7
from core.models import ManagementSystem, Person, ReferencedModel, TenantQuerySet

__all__ = [
    "AlarmHour", "Artefact", "DetectorChoice", "Endpoint", "EndpointTraffic", "Exemption", "FieldMap", "Finding",
    "FlowLooked", "FlowTally", "Mute", "OwnRule", "PartialDigest", "PathState", "PostureRun", "Retention", "RuleChoice",
    "Service", "ServiceEvidence", "ServiceSystem", "SignalPack", "ThreatSignal", "WindowPack",
]  # fmt: skip
SILENT_AFTER = datetime.timedelta(days=32)
"""An endpoint that was seen and then not for so long is silent."""


class Service(ReferencedModel):
    """A host that answers calls: ours or a third party's (API governance; ISO/IEC 42001, A.4.4, A.10.3)."""

    ref_prefix = "API"

    name = models.CharField(_("name"), max_length=300)
    host = models.CharField(_("host"), max_length=255, blank=True, editable=False)
    """Lower case, with its port unless that is the scheme's own; empty for logs that name none."""
    environment = models.CharField(_("environment"), max_length=12, choices=list(ENVIRONMENTS.items()), blank=True)
    exposure = models.CharField(_("exposure"), max_length=12, choices=list(EXPOSURES.items()), blank=True)
    provider = models.CharField(_("provider"), max_length=100, blank=True)
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    systems = models.ManyToManyField(
        AISystem, through="ServiceSystem", related_name="+", blank=True, verbose_name=_("AI systems")
    )
    notes = models.TextField(_("notes"), blank=True)
    description_title = models.CharField(_("described as"), max_length=300, blank=True, editable=False)
    description_version = models.CharField(_("version of the description"), max_length=100, blank=True, editable=False)
    description_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    described_at = models.DateTimeField(_("described"), null=True, blank=True, editable=False)

    class Meta(ReferencedModel.Meta):
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(fields=["management_system", "host"], name="apis_service_host"),
        ]


class ServiceSystem(models.Model):
    """AI systems a service serves; part of the service's own state."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "system"], name="apis_servicesystem_once")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.system_id}"


class EndpointQuerySet(TenantQuerySet):
    """Questions asked of endpoints."""

    def current(self) -> Self:
        """Not replaced by a template that covers more."""
        return self.filter(replaced_by=None)


class Endpoint(ReferencedModel):
    """A method on a path template of a service, described or seen (API governance)."""

    ref_prefix = "END"
    IN_ORDER, UNDOCUMENTED, DEPRECATED, SILENT, UNSEEN = (
        "in_order",
        "shadow",
        "deprecated_active",
        "dormant",
        "spec_only",
    )
    STATES: ClassVar[list] = [
        (IN_ORDER, _("In order")),
        (UNDOCUMENTED, _("Undocumented")),
        (DEPRECATED, _("Deprecated, still called")),
        (SILENT, _("Silent")),
        (UNSEEN, _("Described, never seen")),
    ]

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+", verbose_name=_("service"))
    method = models.CharField(_("method"), max_length=20, editable=False)
    template = models.CharField(_("path"), max_length=2000, editable=False)
    summary = models.CharField(_("summary"), max_length=400, blank=True, editable=False)
    ai_kind = models.CharField(_("AI kind"), max_length=16, choices=list(AI_KINDS.items()), blank=True)
    described = models.BooleanField(_("described"), default=False, editable=False)
    deprecated = models.BooleanField(_("deprecated"), default=False, editable=False)
    secured = models.BooleanField(_("asks for credentials"), null=True, editable=False)
    pinned = models.BooleanField(_("pinned"), default=False)
    """Whether a person said that this is the template; what is learned later does not change it."""
    first_seen = models.DateField(_("first seen"), null=True, blank=True, editable=False)
    last_seen = models.DateField(_("last seen"), null=True, blank=True, editable=False)
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("replaced by"),
    )  # fmt: skip

    objects: ClassVar = EndpointQuerySet.as_manager()

    class Meta(ReferencedModel.Meta):
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(fields=["service", "method", "template"], name="apis_endpoint_once"),
        ]

    @property
    def line(self) -> str:
        """As people read it: ``GET /v1/files/{file_id}``."""
        return f"{self.method} {self.template}"

    def state_on(self, day: datetime.date) -> str:
        """One of STATES on a day: from description, deprecation and when it was last seen."""
        if self.last_seen is None:
            return self.UNSEEN
        if self.last_seen < day - SILENT_AFTER:
            return self.SILENT
        if not self.described:
            return self.UNDOCUMENTED
        return self.DEPRECATED if self.deprecated else self.IN_ORDER


def in_state(state: str, day: datetime.date) -> Q:
    """The condition that endpoints are in a state on a day; says what ``state_on`` says."""
    seen_lately = Q(last_seen__gte=day - SILENT_AFTER)
    return {
        Endpoint.UNSEEN: Q(last_seen=None),
        Endpoint.SILENT: Q(last_seen__lt=day - SILENT_AFTER),
        Endpoint.UNDOCUMENTED: seen_lately & Q(described=False),
        Endpoint.DEPRECATED: seen_lately & Q(described=True, deprecated=True),
        Endpoint.IN_ORDER: seen_lately & Q(described=True, deprecated=False),
    }[state]


class Artefact(ReferencedModel):
    """Something brought in: a log, a recording, pushed lines or a description, by hash, and what was understood."""

    ref_prefix = "ART"
    TRAFFIC, DESCRIPTION = "traffic", "description"
    KINDS: ClassVar[list] = [(TRAFFIC, _("Traffic")), (DESCRIPTION, _("Description"))]

    name = models.CharField(_("name"), max_length=300, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=KINDS, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.BigIntegerField(_("bytes"), default=0, editable=False)
    form = models.CharField(_("format"), max_length=20, blank=True, editable=False)
    parser = models.CharField(max_length=20, editable=False)
    lines = models.BigIntegerField(_("lines"), default=0, editable=False)
    read = models.BigIntegerField(_("read"), default=0, editable=False)
    left_out = models.BigIntegerField(_("left out"), default=0, editable=False)
    undated = models.BigIntegerField(_("without a time"), default=0, editable=False)
    unread = models.JSONField(_("could not be read"), default=list, editable=False)
    """[{"reason", "lines", "samples": [[line, masked text]]}]"""
    hosts = models.JSONField(_("hosts"), default=dict, editable=False)
    """Host → calls, or operations of a description."""
    first_at = models.DateTimeField(_("first call"), null=True, editable=False)
    last_at = models.DateTimeField(_("last call"), null=True, editable=False)
    content_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    """Of traffic unpacked, by which the same lines are known however they are packed, and where a log grew."""
    content_size = models.BigIntegerField(default=0, editable=False)
    content_head = models.CharField(max_length=64, blank=True, editable=False)
    continues = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("goes on from"),
    )  # fmt: skip
    lines_before = models.BigIntegerField(_("lines brought in before"), default=0, editable=False)

    class Meta(ReferencedModel.Meta):
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(fields=["management_system", "sha256"], name="apis_artefact_once"),
        ]
        indexes = [models.Index(fields=["management_system", "content_head"], name="apis_artefact_head")]


class FieldMap(ReferencedModel):
    """What members of an organisation's own log lines mean: field → dotted paths, the first that is there counts."""

    ref_prefix = "MAP"

    name = models.CharField(_("name"), max_length=100)
    fields = models.JSONField(_("fields"), default=dict)

    class Meta(ReferencedModel.Meta):
        verbose_name = _("field map")
        verbose_name_plural = _("field maps")
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(fields=["management_system", "name"], name="apis_fieldmap_name"),
        ]


class PathState(models.Model):
    """Paths seen of a host, from which its templates are learned (operational: follows from artefacts)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.ForeignKey(ManagementSystem, on_delete=models.CASCADE, related_name="+")
    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="+")
    content = models.BinaryField()
    """Of apis.paths.Seen."""
    places = models.BinaryField(default=b"")
    """Of apis.paths.Places: places under which calls are stored and which are another template now."""

    def __str__(self) -> str:
        return str(self.service_id)


class Retention(ReferencedModel):
    """How long traffic is kept by hour and consumer, and by day; without one the defaults hold."""

    ref_prefix = "RET"

    detail_days = models.PositiveSmallIntegerField(_("days by hour and consumer"), default=90)
    """Days; what is older is kept by day and endpoint, without consumers."""
    daily_months = models.PositiveSmallIntegerField(_("months by day"), default=36)
    """Months; what is older is kept by month and endpoint."""

    class Meta(ReferencedModel.Meta):
        verbose_name = _("retention of traffic")
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(fields=["management_system"], name="apis_retention_one"),
            models.CheckConstraint(condition=Q(detail_days__range=(7, 3660)), name="apis_retention_days"),
            models.CheckConstraint(condition=Q(daily_months__range=(1, 1200)), name="apis_retention_months"),
        ]


class WindowPack(models.Model):
    """What a service did on a day, by hour and consumer and by day; a month's once it is old (operational)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.ForeignKey(ManagementSystem, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    """The first of the month once it is rolled up by month."""
    detailed = models.BooleanField(default=True)
    windows = models.BinaryField()
    """Hour × method × place × consumer × status; empty once it is rolled up by day."""
    daily = models.BinaryField(default=b"")
    """The same without consumers, by day, or by month: what pages and counters add up."""
    latency = models.BinaryField()
    """Day, or month × method × place × bucket."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "day"], name="apis_windowpack_once")]
        indexes = [
            models.Index(fields=["management_system", "day"], condition=Q(detailed=True), name="apis_windowpack_detail")
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.day}"


class PartialDigest(models.Model):
    """What one part of a file adds up to, until all parts are read (operational: goes with its job)."""

    job = models.OneToOneField("core.Job", primary_key=True, on_delete=models.CASCADE, related_name="+")
    management_system = models.ForeignKey(ManagementSystem, on_delete=models.CASCADE, related_name="+")
    content = models.BinaryField()
    """Of apis.traffic.carried."""

    def __str__(self) -> str:
        return str(self.job_id)


class EndpointTraffic(models.Model):
    """Counters of an endpoint over all time (operational: change with each batch)."""

    endpoint = models.OneToOneField(Endpoint, primary_key=True, on_delete=models.CASCADE, related_name="traffic")
    management_system = models.ForeignKey(ManagementSystem, on_delete=models.CASCADE, related_name="+")
    calls = models.BigIntegerField(default=0)
    bytes_in = models.BigIntegerField(default=0)
    bytes_out = models.BigIntegerField(default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.calls}"
