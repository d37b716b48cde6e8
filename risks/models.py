"""Risks, their assessments, actions and acceptances (ISO/IEC 42001, 6.1.2, 6.1.3, 8.2, 8.3)."""

import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from aims.models import AISystem
from controls.models import Control
from core.models import Person, ReferencedModel, TenantModel, TenantQuerySet

LEVELS: list = [("low", _("Low")), ("medium", _("Medium")), ("high", _("High")), ("critical", _("Critical"))]
DIMENSIONS = ("organisation", "individuals", "groups", "society", "environment")
CANNOT_BE_ESTIMATED = 0
"""Likelihood 0 stands for the sixth column of the matrix; None is not assessed. Consequence 0 is none."""


class MethodologyQuerySet(TenantQuerySet):
    """Which criteria count."""

    def in_force(self) -> "Methodology | None":
        """The newest approved version; before the first approval the newest working copy."""
        rows = sorted(self, key=lambda one: one.number)
        approved = [one for one in rows if one.state == Methodology.APPROVED]
        return (approved or rows or [None])[-1]  # type: ignore[list-item]


class Methodology(TenantModel):
    """The risk criteria in force (6.1.1, 6.1.2): scales, matrix as a lookup table, authority; versioned by approval."""

    WORKING, SUBMITTED, RETURNED, APPROVED, SUPERSEDED = "working", "submitted", "returned", "approved", "superseded"
    STATES: ClassVar[dict] = {
        WORKING: _("Working copy"),
        SUBMITTED: _("Submitted"),
        RETURNED: _("Returned"),
        APPROVED: _("Approved"),
        SUPERSEDED: _("Superseded"),
    }

    number = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, choices=list(STATES.items()), default=WORKING, editable=False)
    content = models.JSONField()
    """As risks.methodology describes: likelihood, consequence, matrix, floors, criteria, authority, review months."""
    submitted_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    return_comment = models.TextField(blank=True, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True)

    objects = MethodologyQuerySet.as_manager()

    class Meta:
        verbose_name = _("risk criteria")
        verbose_name_plural = _("risk criteria")
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
        """Assessed threats whose level today is above the criteria."""
        return self.assessed().threats().filter(above_criteria=True)

    def assessed(self) -> Self:
        """Neither draft nor closed."""
        return self.exclude(state__in=(Risk.DRAFT, Risk.CLOSED))

    def review_due(self, today: datetime.date) -> Self:
        """Assessed, and the next review has come."""
        return self.assessed().filter(next_review__lte=today)

    def acceptance_expired(self, today: datetime.date) -> Self:
        """Accepted until a day that is past; never closed silently."""
        return self.filter(state=Risk.ACCEPTED, accepted_until__lt=today)

    def assumptions_changed(self) -> Self:
        """Assessed, and a system, a control relied on or the criteria changed since."""
        return self.assessed().filter(assumptions_changed())

    def with_flags(self, today: datetime.date) -> Self:
        """Adds is_review_due, is_expired, is_changed and is_asked, computed by the database for the given day."""
        assessed = ~Q(state__in=(Risk.DRAFT, Risk.CLOSED))
        return self.annotate(
            is_review_due=_truth(assessed & Q(next_review__lte=today)),
            is_expired=_truth(Q(state=Risk.ACCEPTED, accepted_until__lt=today)),
            is_changed=_truth(assessed & assumptions_changed()),
            is_asked=Exists(Acceptance.objects.using(self.db).filter(risk=OuterRef("pk"), state=Acceptance.ASKED)),
        )


def _truth(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=models.BooleanField())


def assumptions_changed() -> Q:
    """What the assessment stood on was written after it: a system, a control relied on, newer criteria."""
    since = OuterRef("assessed_at")
    systems = RiskSystem.objects.filter(risk=OuterRef("pk"), system__updated_at__gt=since)
    controls = RiskControl.objects.filter(risk=OuterRef("pk"), control__updated_at__gt=since)
    newer = Methodology.objects.filter(
        management_system=OuterRef("management_system"), state=Methodology.APPROVED
    ).exclude(pk=OuterRef("methodology_id"))
    return Q(Exists(systems)) | Q(Exists(controls)) | Q(Exists(newer))


COUNTED = (
    "kind", "state", "today_level", "above_criteria", "accepted_until", "next_review", "today_likelihood",
    "today_consequence", "before_level", "assessed_at", "methodology", "owner",
)  # fmt: skip
"""What Where we stand counts by: an index holds it, so that counting does not read the wide rows."""


class Risk(ReferencedModel):
    """Effect of uncertainty on AI objectives (6.1.2). Levels are looked up in the criteria, never typed."""

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
    TRIGGERS: ClassVar[list] = [
        ("first", _("First assessment")),
        ("interval", _("Planned review")),
        ("change", _("Significant change")),
        ("incident", _("Incident")),
        ("complaint", _("Complaint or concern")),
        ("finding", _("Audit finding")),
        ("law", _("New law or contract")),
        ("other", _("Something else")),
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
    today_reason = models.TextField(_("why today is higher than before controls"), blank=True, max_length=4000)
    rationale = models.TextField(_("why"), blank=True, max_length=4000)
    confidence = models.CharField(_("confidence"), max_length=8, choices=CONFIDENCE, blank=True)
    # Of the assessment being prepared; kept with the assessment once the risk is marked as assessed.
    assessed_on = models.DateField(_("assessed on"), null=True, blank=True)
    assessed_with = models.CharField(_("together with"), max_length=300, blank=True)
    trigger = models.CharField(_("trigger"), max_length=40, choices=TRIGGERS, blank=True)
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
            models.Index(fields=["management_system", *COUNTED, "id"], name="risks_risk_counts"),
            models.Index(fields=["management_system", "created_at", "id"], name="risks_risk_paged"),
        ]

    @property
    def draft_author_id(self) -> Any:
        """Who began it, while it is a draft; for the policy."""
        return self.created_by_id if self.state == self.DRAFT else None

    @property
    def is_threat(self) -> bool:
        """Whether it may harm; an opportunity may help."""
        return self.kind == "threat"

    @property
    def stands_above(self) -> bool:
        """Whether it counts as above the criteria, as the query set asks: an assessed threat, never a draft."""
        return self.is_threat and self.above_criteria and self.state not in (self.DRAFT, self.CLOSED)

    def likelihood(self, when: str) -> int | None:
        """Likelihood of "before", "today" or "target": 0 cannot be estimated, None not assessed."""
        return getattr(self, f"{when}_likelihood")

    def consequences(self, when: str) -> dict[str, int]:
        """Consequence by dimension of "before", "today" or "target"; a missing dimension is not assessed."""
        return getattr(self, f"{when}_consequences") or {}

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
    on = models.DateField(_("assessed on"), null=True, blank=True)
    trigger = models.CharField(_("trigger"), max_length=40, blank=True, choices=Risk.TRIGGERS)
    ratings = models.JSONField()
    """{"before" | "today" | "target": {"likelihood": 0–6 or null, "consequences": {dimension: 0–6}, "level": code}}."""
    rationale = models.TextField(blank=True)
    confidence = models.CharField(max_length=8, blank=True)
    controls = models.JSONField(default=list, blank=True)
    """[{"code", "title", "status", "applies"}] as they stood then."""
    systems = models.JSONField(default=list, blank=True)
    """[{"ref", "name"}] as they stood then."""
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

    @property
    def risk_owner_id(self) -> Any:
        """The owner of the risk, for the policy."""
        return self.risk.owner_id

    def search_text(self) -> tuple[str, str]:
        """What is to be done."""
        return self.what, self.expected_effect


class Acceptance(ReferencedModel):
    """A request to accept a risk's level today, and its answer, which is a signature by a person (6.1.3)."""

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

    @property
    def owner_id(self) -> Any:
        """The owner of the risk, for the policy."""
        return self.risk.owner_id


class TreatmentPlan(TenantModel):
    """The one plan of a management system: its content is the risks and actions; approvals freeze versions (6.1.3)."""

    ref = "PLN-1"
    """What comments and the history call it; there is one."""
    WORKING, SUBMITTED, RETURNED, APPROVED = "working", "submitted", "returned", "approved"
    STATES: ClassVar[dict] = {
        WORKING: _("Working copy"),
        SUBMITTED: _("Submitted"),
        RETURNED: _("Returned"),
        APPROVED: _("Approved"),
    }

    state = models.CharField(_("state"), max_length=12, choices=list(STATES.items()), default=WORKING, editable=False)
    submitted_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_to = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_hash = models.CharField(max_length=64, blank=True, editable=False)
    """SHA-256 of the content that was submitted: what is approved is this and nothing later."""
    returned_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    return_comment = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("treatment plan")
        constraints = [models.UniqueConstraint(fields=["management_system"], name="risks_plan_one")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class OpportunityReview(TenantModel):
    """Somebody looked for opportunities and found none worth pursuing, or says where they are kept (6.1.1)."""

    on = models.DateField(_("considered on"))
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    conclusion = models.TextField(_("conclusion"), max_length=4000)

    class Meta:
        verbose_name = _("opportunities considered")

    def __str__(self) -> str:
        return str(self.on)
