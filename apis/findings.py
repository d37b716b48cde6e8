"""Records of posture: findings, exemptions from rules, rules of one's own, and what each run looked at (APR-30)."""

import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apis.posture.rules import Rule
from core.models import Person, ReferencedModel, TenantModel, TenantQuerySet

SEVERITIES: list = [("low", _("Low")), ("medium", _("Medium")), ("high", _("High")), ("critical", _("Critical"))]
MISSING_RULE = _("A rule that is no longer there")


class FindingQuerySet(TenantQuerySet):
    """Questions asked of findings."""

    def open(self) -> Self:
        """Neither accepted nor mended."""
        return self.filter(state=Finding.OPEN)

    def standing(self) -> Self:
        """Open or accepted: neither mended nor of a rule that is not used."""
        return self.exclude(state__in=Finding.GONE)

    def accepted_on(self, day: datetime.date) -> Self:
        """Accepted, and the acceptance holds on a day."""
        return self.filter(state=Finding.ACCEPTED, accepted_until__gte=day)

    def expired(self, today: datetime.date) -> Self:
        """Accepted until a day that is past; never closed silently."""
        return self.filter(state=Finding.ACCEPTED, accepted_until__lt=today)


class Finding(ReferencedModel):
    """What is wrong at one place of a service, as a rule found it (APR-23, APR-30)."""

    ref_prefix = "FND"
    OPEN, ACCEPTED, MENDED, RESTING = "open", "accepted", "mended", "resting"
    STATES: ClassVar[dict] = {
        OPEN: _("Open"), ACCEPTED: _("Accepted"), MENDED: _("Mended"), RESTING: _("Rule not used"),
    }  # fmt: skip
    GONE: ClassVar[tuple] = (MENDED, RESTING)
    SOURCES: ClassVar[list] = [("description", _("Description")), ("traffic", _("Traffic"))]

    service = models.ForeignKey(
        "apis.Service", on_delete=models.PROTECT, related_name="findings", verbose_name=_("service")
    )
    rule = models.CharField(_("rule"), max_length=120)
    title = models.CharField(_("title"), max_length=500, editable=False)
    """Of the rule in English, to search by; pages say it in the language of the reader."""
    fingerprint = models.CharField(_("fingerprint"), max_length=32, editable=False)
    source = models.CharField(_("source"), max_length=12, choices=SOURCES, editable=False)
    place = models.CharField(_("where"), max_length=500, blank=True, editable=False)
    """Stable words that the fingerprint rests on; pages say them by `apis.posture.places.say`."""
    pointer = models.CharField(_("in the description at"), max_length=1000, blank=True, editable=False)
    method = models.CharField(_("method"), max_length=12, blank=True, editable=False)
    path = models.CharField(_("path"), max_length=1000, blank=True, editable=False)
    params = models.JSONField(_("figures"), default=dict, blank=True, editable=False)
    times = models.PositiveIntegerField(_("times"), default=1, editable=False)
    severity = models.CharField(_("severity"), max_length=8, choices=SEVERITIES)
    severity_reason = models.TextField(_("why this severity"), blank=True, max_length=2000)
    ticket = models.CharField(_("ticket"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=list(STATES.items()), default=OPEN, editable=False)
    found_at = models.DateTimeField(_("first found"), editable=False)
    mended_at = models.DateTimeField(_("mended"), null=True, blank=True, editable=False)
    reopened_at = models.DateTimeField(_("re-opened"), null=True, blank=True, editable=False)
    reopened_why = models.TextField(_("re-opened because"), blank=True, editable=False)
    exemption = models.ForeignKey(
        "apis.Exemption", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="findings",
        verbose_name=_("exemption"),
    )  # fmt: skip
    accepted_until = models.DateField(_("accepted until"), null=True, blank=True, editable=False)
    accepted_reason = models.TextField(_("accepted because"), blank=True, editable=False)
    accepted_by = models.ForeignKey(
        Person, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("accepted by"),
    )  # fmt: skip

    known: Rule | None
    """Its rule; like title, sentence, place in words and expiry it is given by `posture_registers.dress`."""
    said: Any
    sentence: str
    whereabouts: str
    is_expired: bool

    objects = FindingQuerySet.as_manager()

    class Meta(ReferencedModel.Meta):
        verbose_name = _("posture finding")
        verbose_name_plural = _("posture findings")
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(fields=["service", "fingerprint"], name="apis_finding_once"),
        ]
        indexes = [
            models.Index(fields=["management_system", "state", "severity"], name="apis_finding_state"),
            models.Index(fields=["management_system", "rule"], name="apis_finding_rule"),
        ]

    def is_accepted_on(self, day: datetime.date) -> bool:
        """Whether its acceptance holds on a day."""
        return self.state == self.ACCEPTED and self.accepted_until is not None and self.accepted_until >= day

    def search_text(self) -> tuple[str, str] | None:
        """The rule and the place."""
        return self.title, f"{self.title} {self.place} {self.rule}"


class Exemption(ReferencedModel):
    """What a rule finds wrong is accepted with a reason until a day, at more than one place (6.1.3, APR-30)."""

    ref_prefix = "EXM"
    ENDPOINT, SERVICE, RULE = "endpoint", "service", "rule"
    LEVELS: ClassVar[list] = [
        (ENDPOINT, _("This rule at this endpoint")),
        (SERVICE, _("This rule in the whole service")),
        (RULE, _("This rule in every service")),
    ]

    level = models.CharField(_("holds for"), max_length=12, choices=LEVELS)
    rule = models.CharField(_("rule"), max_length=120)
    service = models.ForeignKey(
        "apis.Service", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("service")
    )
    method = models.CharField(_("method"), max_length=12, blank=True)
    path = models.CharField(_("path"), max_length=1000, blank=True)
    reason = models.TextField(_("reason"), max_length=2000)
    until = models.DateField(_("until"))
    accepted_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("accepted by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    class Meta(ReferencedModel.Meta):
        verbose_name = _("exemption")
        verbose_name_plural = _("exemptions")
        indexes = [models.Index(fields=["management_system", "rule"], name="apis_exemption_rule")]

    def covers(self, finding: Finding) -> bool:
        """Whether it is about this finding."""
        if self.rule != finding.rule or (self.service_id and self.service_id != finding.service_id):
            return False
        return self.level != self.ENDPOINT or (self.method, self.path) == (finding.method, finding.path)

    def findings_covered(self) -> Q:
        """The same as a condition."""
        found = Q(rule=self.rule)
        if self.service_id:
            found &= Q(service=self.service_id)
        return found & Q(method=self.method, path=self.path) if self.level == self.ENDPOINT else found


class OwnRule(ReferencedModel):
    """A rule the organisation added: conditions as data (APR-23)."""

    ref_prefix = "RUL"

    code = models.CharField(_("code"), max_length=60)
    title = models.CharField(_("title"), max_length=500)
    severity = models.CharField(_("severity"), max_length=8, choices=SEVERITIES, default="medium")
    unit = models.CharField(_("judges"), max_length=12)
    where = models.JSONField(_("where"), default=list, blank=True)
    must = models.JSONField(_("must hold"), default=list, blank=True)
    why = models.TextField(_("why"), blank=True, max_length=500)
    mend = models.TextField(_("how to mend"), blank=True, max_length=500)
    apr = models.JSONField(_("API requirements"), default=list, blank=True)
    active = models.BooleanField(_("in use"), default=True)

    class Meta(ReferencedModel.Meta):
        verbose_name = _("own rule")
        verbose_name_plural = _("own rules")
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(fields=["management_system", "code"], name="apis_ownrule_code"),
        ]

    def data(self) -> dict[str, Any]:
        """What `apis.posture.own.parse` reads."""
        names = ("code", "title", "severity", "unit", "where", "must", "why", "mend", "apr")
        return {name: getattr(self, name) for name in names}


class RuleChoice(TenantModel):
    """That a rule of the product is on or off here, against its default."""

    rule = models.CharField(_("rule"), max_length=120)
    on = models.BooleanField(_("in use"), default=True)
    reason = models.TextField(_("why"), blank=True, max_length=2000)

    class Meta:
        verbose_name = _("choice of a rule")
        verbose_name_plural = _("choices of rules")
        constraints = [models.UniqueConstraint(fields=["management_system", "rule"], name="apis_rulechoice_once")]

    def __str__(self) -> str:
        return self.rule


class PostureRunQuerySet(TenantQuerySet):
    """Questions asked of runs."""

    def latest_of(self, service: Any) -> "PostureRun | None":
        """The last run over a service."""
        return self.filter(service=service).order_by("at").last()


class PostureRun(TenantModel):
    """What one run over a service looked at and found: the trend, and the score with the rules behind it (9.1)."""

    service = models.ForeignKey(
        "apis.Service", on_delete=models.PROTECT, related_name="posture_runs", verbose_name=_("service")
    )
    at = models.DateTimeField(_("at"), editable=False)
    rules_version = models.CharField(_("version of the rules"), max_length=20)
    description = models.CharField(_("description"), max_length=300, blank=True)
    description_hash = models.CharField(_("fingerprint of the description"), max_length=64, blank=True)
    calls = models.PositiveBigIntegerField(_("calls looked at"), default=0)
    looked = models.JSONField(_("looked at"), default=dict, blank=True)
    """Rule → [judged, broken]; only rules that had something to judge."""
    counts = models.JSONField(_("open by severity"), default=dict, blank=True)
    new = models.PositiveIntegerField(_("new"), default=0)
    mended = models.PositiveIntegerField(_("mended"), default=0)
    reopened = models.PositiveIntegerField(_("re-opened"), default=0)
    points = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)

    objects = PostureRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("posture run")
        verbose_name_plural = _("posture runs")
        indexes = [models.Index(fields=["service", "-at"], name="apis_posturerun_at")]

    def __str__(self) -> str:
        return f"{self.service} {self.at:%Y-%m-%d %H:%M}"


def title_of(rule: Rule | None) -> Any:
    """What a rule is called; of one that is gone, that it is."""
    return rule.title if rule is not None else MISSING_RULE
