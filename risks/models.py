"""Risks, their assessments, actions and acceptances (ISO/IEC 42001, 6.1.2, 6.1.3, 8.2, 8.3)."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.models import AISystem
from controls.models import Control
from core.models import Person, ReferencedModel, TenantModel, TenantQuerySet

LEVELS: list = [("low", _("Low")), ("medium", _("Medium")), ("high", _("High")), ("critical", _("Critical"))]
DIMENSIONS = ("organisation", "individuals", "groups", "society", "environment")
CANNOT_BE_ESTIMATED = 0
"""Likelihood 0 stands for the sixth column of the matrix; None is not assessed. Consequence 0 is none."""


class Methodology(TenantModel):
    """The risk criteria in force (6.1.1, 6.1.2): scales, matrix as a lookup table, authority; versioned by approval."""

    number = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, default="working", editable=False)
    content = models.JSONField()
    """As risks.catalogue.method describes: likelihood, consequence, matrix, floor, criteria, authority, review months."""
    submitted_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("risk criteria")
        constraints = [models.UniqueConstraint(fields=["management_system", "number"], name="risks_methodology_number")]

    def __str__(self) -> str:
        return f"v{self.number}"


class RiskQuerySet(TenantQuerySet):
    """Questions asked of the register."""

    def open(self) -> Self:
        """Not closed."""
        return self.exclude(state=Risk.CLOSED)

    def threats(self) -> Self:
        """What may harm."""
        return self.filter(kind="threat")

    def above_criteria(self) -> Self:
        """Open threats whose level today is above the criteria."""
        return self.open().threats().filter(above_criteria=True)


class Risk(ReferencedModel):
    """Effect of uncertainty on AI objectives (6.1.2). Levels are looked up in the methodology and stored with the ratings."""

    ref_prefix = "RSK"
    DRAFT, ASSESSED, IN_TREATMENT, ACCEPTED, CLOSED = "draft", "assessed", "in_treatment", "accepted", "closed"
    STATES: ClassVar[dict] = {
        DRAFT: _("Draft"),
        ASSESSED: _("Assessed"),
        IN_TREATMENT: _("In treatment"),
        ACCEPTED: _("Accepted"),
        CLOSED: _("Closed"),
    }
    KINDS: ClassVar[list] = [("threat", _("Threat")), ("opportunity", _("Opportunity"))]
    OPTIONS: ClassVar[list] = [
        ("remove_source", _("Reduce: remove the source")),
        ("change_likelihood", _("Reduce: change likelihood")),
        ("change_consequence", _("Reduce: change consequence")),
        ("avoid", _("Avoid")),
        ("share", _("Share")),
        ("retain", _("Accept as it is")),
        ("pursue", _("Pursue")),
    ]
    CONFIDENCE: ClassVar[list] = [("low", _("Low")), ("medium", _("Medium")), ("high", _("High"))]

    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=12, choices=KINDS, default="threat")
    cause = models.TextField(_("because"), blank=True, max_length=4000)
    event = models.TextField(_("it may happen that"), blank=True, max_length=4000)
    consequence = models.TextField(_("leading to"), blank=True, max_length=4000)
    systems = models.ManyToManyField(
        AISystem, through="RiskSystem", related_name="+", blank=True, verbose_name=_("AI systems")
    )
    whole_system = models.BooleanField(_("whole management system"), default=False)
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    stage = models.CharField(_("stage"), max_length=4, choices=AISystem.STAGES, blank=True)
    objective = models.CharField(_("objective at stake"), max_length=8, blank=True)
    source = models.CharField(_("risk source"), max_length=8, blank=True)
    affected = models.TextField(_("who is affected"), blank=True)
    catalogue_code = models.CharField(max_length=12, blank=True)
    # The ratings in force; each assessment is kept as a record of its own.
    before_likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    before_consequences = models.JSONField(default=dict, blank=True)
    before_level = models.CharField(max_length=8, choices=LEVELS, blank=True, editable=False)
    today_likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    today_consequences = models.JSONField(default=dict, blank=True)
    today_level = models.CharField(_("today"), max_length=8, choices=LEVELS, blank=True, editable=False)
    target_likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    target_consequences = models.JSONField(default=dict, blank=True)
    target_level = models.CharField(max_length=8, choices=LEVELS, blank=True, editable=False)
    target_date = models.DateField(_("target by"), null=True, blank=True)
    today_consequence = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    before_consequence = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    target_consequence = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    above_criteria = models.BooleanField(default=False, editable=False)
    not_estimable_reason = models.TextField(_("why it cannot be estimated"), blank=True)
    rationale = models.TextField(_("why"), blank=True, max_length=4000)
    confidence = models.CharField(_("confidence"), max_length=8, choices=CONFIDENCE, blank=True)
    controls = models.ManyToManyField(
        Control, through="RiskControl", related_name="+", blank=True, verbose_name=_("controls relied on")
    )
    option = models.CharField(_("option"), max_length=20, choices=OPTIONS, blank=True)
    option_reason = models.TextField(_("reason"), blank=True, max_length=4000)
    next_review = models.DateField(_("next review"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    methodology = models.ForeignKey(Methodology, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_until = models.DateField(null=True, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=12, choices=list(STATES.items()), default=DRAFT, editable=False)
    closed_reason = models.TextField(blank=True, editable=False)

    objects = RiskQuerySet.as_manager()

    class Meta(ReferencedModel.Meta):
        verbose_name = _("risk")
        verbose_name_plural = _("risks")
        constraints = [
            *ReferencedModel.Meta.constraints,
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{when}_likelihood__isnull": True})
                    | models.Q(**{f"{when}_likelihood__range": (0, 6)}),
                    name=f"risks_risk_{when}_likelihood",
                )
                for when in ("before", "today", "target")
            ),
        ]
        indexes = [
            models.Index(fields=["management_system", "state", "today_level"], name="risks_risk_state"),
            models.Index(fields=["management_system", "owner"], name="risks_risk_owner"),
        ]

    def search_text(self) -> tuple[str, str]:
        """Title; cause, event, consequence."""
        return self.title, " ".join((self.cause, self.event, self.consequence))


class RiskSystem(models.Model):
    """Systems a risk is about; part of the risk's own state."""

    risk = models.ForeignKey(Risk, on_delete=models.CASCADE, related_name="+")
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["risk", "system"], name="risks_risksystem_once")]

    def __str__(self) -> str:
        return f"{self.risk_id} {self.system_id}"


class RiskControl(models.Model):
    """Controls a risk's rating today relies on; part of the risk's own state."""

    risk = models.ForeignKey(Risk, on_delete=models.CASCADE, related_name="+")
    control = models.ForeignKey(Control, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["risk", "control"], name="risks_riskcontrol_once")]

    def __str__(self) -> str:
        return f"{self.risk_id} {self.control_id}"


class Assessment(TenantModel):
    """One assessment of a risk (8.2): ratings, why, who, when, what set it off. Re-assessing adds another."""

    risk = models.ForeignKey(Risk, on_delete=models.PROTECT, related_name="assessments")
    number = models.PositiveIntegerField()
    assessed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    assessed_with = models.CharField(_("together with"), max_length=300, blank=True)
    at = models.DateTimeField()
    trigger = models.CharField(_("trigger"), max_length=40, blank=True)
    ratings = models.JSONField()
    """{"before" | "today" | "target": {"likelihood": 0–6 or null, "consequences": {dimension: 0–6}, "level": code}}."""
    rationale = models.TextField(blank=True)
    confidence = models.CharField(max_length=8, blank=True)
    controls = models.JSONField(default=list)
    methodology = models.ForeignKey(Methodology, on_delete=models.PROTECT, related_name="+")
    confirmed_only = models.BooleanField(default=False)
    """"Still right": one sentence and a new date, the ratings unchanged."""

    class Meta:
        verbose_name = _("assessment")
        constraints = [models.UniqueConstraint(fields=["risk", "number"], name="risks_assessment_number")]

    def __str__(self) -> str:
        return f"{self.risk_id} #{self.number}"


class Action(ReferencedModel):
    """What is done about a risk (6.1.3, 8.3): what, which control, who, by when, did it work."""

    ref_prefix = "ACT"
    OPEN, DONE, DROPPED = "open", "done", "dropped"
    STATES: ClassVar[dict] = {OPEN: _("Open"), DONE: _("Done"), DROPPED: _("Dropped")}
    EFFECTS: ClassVar[list] = [
        ("", _("Not checked")),
        ("effective", _("It worked")),
        ("partly", _("Partly")),
        ("ineffective", _("It did not work")),
    ]

    risk = models.ForeignKey(Risk, on_delete=models.PROTECT, related_name="actions")
    what = models.CharField(_("what"), max_length=400)
    control = models.ForeignKey(
        Control, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("control")
    )
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    due = models.DateField(_("due"), null=True, blank=True)
    expected_effect = models.CharField(_("expected effect"), max_length=400, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=list(STATES.items()), default=OPEN, editable=False)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    outcome = models.TextField(_("outcome"), blank=True)
    effectiveness = models.CharField(_("did it work"), max_length=12, choices=EFFECTS, blank=True)
    effectiveness_on = models.DateField(null=True, blank=True)

    class Meta(ReferencedModel.Meta):
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        indexes = [models.Index(fields=["management_system", "state", "due"], name="risks_action_due")]

    def search_text(self) -> tuple[str, str]:
        """What is to be done."""
        return self.what, self.expected_effect


class Acceptance(ReferencedModel):
    """A request to accept a risk's level today, and its answer; the decision itself is a signature on the risk (6.1.3)."""

    ref_prefix = "ACC"
    ASKED, ACCEPTED, RETURNED, WITHDRAWN, ENDED = "asked", "accepted", "returned", "withdrawn", "ended"
    STATES: ClassVar[dict] = {
        ASKED: _("Asked"),
        ACCEPTED: _("Accepted"),
        RETURNED: _("Returned"),
        WITHDRAWN: _("Withdrawn"),
        ENDED: _("Ended"),
    }

    risk = models.ForeignKey(Risk, on_delete=models.PROTECT, related_name="acceptances")
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    level = models.CharField(max_length=8, choices=LEVELS)
    frozen = models.JSONField()
    """What was put before the decider: statement, ratings, controls, open actions, criteria."""
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    conditions = models.TextField(_("conditions"), blank=True)
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=list(STATES.items()), default=ASKED, editable=False)

    class Meta(ReferencedModel.Meta):
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        indexes = [models.Index(fields=["management_system", "state", "valid_until"], name="risks_acceptance_end")]
