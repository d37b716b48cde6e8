"""Controls and the Statement of Applicability (ISO/IEC 42001, 6.1.3 and Annex A)."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.models import AISystem
from core.models import Person, TenantModel, TenantQuerySet


class ControlQuerySet(TenantQuerySet):
    """Questions asked of the controls."""

    def applicable(self) -> Self:
        """Decided to apply."""
        return self.filter(applies=Control.YES)

    def excluded(self) -> Self:
        """Decided not to apply."""
        return self.filter(applies=Control.NO)

    def undecided(self) -> Self:
        """Neither."""
        return self.filter(applies=Control.UNDECIDED)

    def in_order(self) -> Self:
        """Annex A in its order, own controls after it."""
        return self.order_by("own", "position", "code")


class Control(TenantModel):
    """A control as adopted here: its catalogue columns are read-only, the decision and its grounds are ours."""

    YES, NO, UNDECIDED = "yes", "no", "undecided"
    APPLIES: ClassVar[list] = [(YES, _("Yes")), (NO, _("No")), (UNDECIDED, _("Not decided"))]
    ALL, ONLY, EXCEPT = "all", "only", "except"
    WHERE: ClassVar[list] = [
        (ALL, _("All in-scope systems")),
        (ONLY, _("Only some systems")),
        (EXCEPT, _("All except some systems")),
    ]
    NOT_STARTED, PLANNED, PARTLY, IN_PLACE = "not_started", "planned", "partly", "in_place"
    STATUS: ClassVar[list] = [
        (NOT_STARTED, _("Not started")),
        (PLANNED, _("Planned")),
        (PARTLY, _("Partly in place")),
        (IN_PLACE, _("In place")),
    ]
    DRIVERS: ClassVar[list] = [
        ("risk", _("Risk")),
        ("law", _("Law")),
        ("contract", _("Contract")),
        ("impact", _("Impact")),
        ("business", _("Business")),
    ]
    EXCLUSION_GROUNDS: ClassVar[list] = [
        ("not_needed", _("Not needed by the assessment")),
        ("not_required", _("Not required from outside")),
    ]

    code = models.CharField(_("control"), max_length=16)
    own = models.BooleanField(_("own control"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    area = models.CharField(_("area"), max_length=8, blank=True)
    title = models.CharField(_("title"), max_length=300)
    applies = models.CharField(_("applies"), max_length=10, choices=APPLIES, default=UNDECIDED)
    where = models.CharField(_("where"), max_length=8, choices=WHERE, default=ALL)
    systems = models.ManyToManyField(
        AISystem, through="ControlSystem", related_name="+", blank=True, verbose_name=_("systems")
    )
    drivers = models.JSONField(_("because of"), default=list, blank=True)
    reason = models.TextField(_("reason"), blank=True, max_length=4000)
    implementation = models.TextField(_("how it is done"), blank=True, max_length=4000)
    status = models.CharField(_("status"), max_length=12, choices=STATUS, default=NOT_STARTED)
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    proof = models.TextField(_("proof"), blank=True, max_length=2000)
    last_review = models.DateField(_("last review"), null=True, blank=True)
    next_review = models.DateField(_("next review"), null=True, blank=True)

    objects = ControlQuerySet.as_manager()

    class Meta:
        verbose_name = _("control")
        verbose_name_plural = _("controls")
        constraints = [
            models.UniqueConstraint(fields=["management_system", "code"], name="controls_control_code"),
            models.CheckConstraint(
                condition=models.Q(applies__in=("yes", "no", "undecided")), name="controls_control_applies"
            ),
            models.CheckConstraint(
                condition=models.Q(last_review__isnull=True)
                | models.Q(next_review__isnull=True)
                | models.Q(next_review__gte=models.F("last_review")),
                name="controls_control_reviews",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def ref(self) -> str:
        """A control's code is its reference."""
        return self.code

    def search_text(self) -> tuple[str, str]:
        """Code and title; reason and how it is done."""
        return f"{self.code} {self.title}", " ".join((self.reason, self.implementation))


class ControlSystem(models.Model):
    """Systems a control is limited to, or excluded for; part of the control's own state."""

    control = models.ForeignKey(Control, on_delete=models.CASCADE, related_name="+")
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["control", "system"], name="controls_controlsystem_once")]

    def __str__(self) -> str:
        return f"{self.control_id} {self.system_id}"


class StatementOfApplicability(TenantModel):
    """The one working copy of a management system; approvals freeze versions of it (6.1.3 f)."""

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
    returned_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    return_comment = models.TextField(blank=True)
    annex_a_compared_on = models.DateField(_("compared with Annex A on"), null=True, blank=True)
    annex_a_compared_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    annex_b_considered_on = models.DateField(_("Annex B considered on"), null=True, blank=True)
    annex_b_considered_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("Statement of Applicability")
        constraints = [
            models.UniqueConstraint(fields=["management_system"], name="controls_soa_one"),
            models.CheckConstraint(
                condition=~models.Q(state="submitted")
                | models.Q(submitted_by__isnull=False, submitted_to__isnull=False),
                name="controls_soa_submitted_by_to",
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
