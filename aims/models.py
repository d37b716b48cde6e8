"""AI systems: what they are for, who answers for them, where they stand."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Person, ReferencedModel, Synced, TenantModel, TenantQuerySet


class AISystemQuerySet(TenantQuerySet):
    """Questions asked of the inventory."""

    def in_scope(self) -> Self:
        """Screened, inside the management system, not retired."""
        return self.filter(state=AISystem.IN_SCOPE)

    def to_screen(self) -> Self:
        """Nobody has decided yet whether they are in scope."""
        return self.filter(state=AISystem.TO_SCREEN)

    def operating(self) -> Self:
        """In scope and in use: operation, continuous validation or re-evaluation."""
        return self.in_scope().filter(stage__in=("OM", "CV", "REV"))


class AISystem(ReferencedModel, Synced):
    """An AI system of the inventory (ISO/IEC 42001, 4.3 and A.4.2)."""

    ledger_private: ClassVar[frozenset[str]] = frozenset({"contact"})
    ref_prefix = "SYS"
    TO_SCREEN, IN_SCOPE, OUT_OF_SCOPE, RETIRED = "to_screen", "in_scope", "out_of_scope", "retired"
    STATES: ClassVar[list] = [
        (TO_SCREEN, _("To be screened")),
        (IN_SCOPE, _("In scope")),
        (OUT_OF_SCOPE, _("Out of scope")),
        (RETIRED, _("Retired")),
    ]
    STAGES: ClassVar[list] = [
        ("INC", _("Inception")),
        ("DD", _("Design and development")),
        ("VV", _("Verification and validation")),
        ("DEP", _("Deployment")),
        ("OM", _("Operation and monitoring")),
        ("CV", _("Continuous validation")),
        ("REV", _("Re-evaluation")),
        ("RET", _("Retirement")),
    ]
    DEVELOPMENT: ClassVar[list] = [
        ("in_house", _("In-house")),
        ("contract", _("Under contract")),
        ("both", _("In-house and under contract")),
        ("bought", _("Bought product or service")),
        ("unknown", _("Not known")),
    ]
    ANSWERS: ClassVar[list] = [("yes", _("Yes")), ("no", _("No")), ("unknown", _("Not known"))]
    ROLES: ClassVar[list] = [
        ("producer", _("Producer")),
        ("provider", _("Provider")),
        ("user", _("Customer or user")),
        ("partner", _("Partner")),
    ]

    name = models.CharField(_("name"), max_length=400)
    purpose = models.TextField(_("purpose"), blank=True)
    intended_use = models.TextField(_("intended use"), blank=True)
    misuse = models.TextField(_("foreseeable misuse"), blank=True)
    outputs = models.TextField(_("outputs"), blank=True)
    unit = models.CharField(_("unit"), max_length=300, blank=True)
    topic = models.CharField(_("topic"), max_length=200, blank=True)
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    roles = models.JSONField(_("our roles"), default=list, blank=True)
    development = models.CharField(_("developed"), max_length=12, choices=DEVELOPMENT, default="unknown")
    supplier = models.CharField(_("supplier"), max_length=300, blank=True)
    model_name = models.CharField(_("model or product"), max_length=300, blank=True)
    datasets = models.TextField(_("data used"), blank=True)
    personal_data = models.CharField(_("personal data"), max_length=8, choices=ANSWERS, default="unknown")
    affected = models.TextField(_("affected people"), blank=True)
    autonomy = models.TextField(_("autonomy"), blank=True)
    oversight = models.TextField(_("human oversight"), blank=True)
    jurisdictions = models.CharField(_("jurisdictions"), max_length=300, blank=True)
    environment = models.TextField(_("environment"), blank=True)
    ai_act_class = models.CharField(_("EU AI Act class"), max_length=200, blank=True)
    """Codes of aims.catalogue with a blank between, in its order; a system can fall into several at once."""
    go_live = models.DateField(_("go-live"), null=True, blank=True)
    retired_on = models.DateField(_("retired on"), null=True, blank=True)
    next_review = models.DateField(_("next review"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    state = models.CharField(_("scope"), max_length=16, choices=STATES, default=TO_SCREEN, editable=False)
    state_reason = models.TextField(_("reason"), blank=True, editable=False)
    screened_at = models.DateTimeField(null=True, blank=True, editable=False)
    stage = models.CharField(_("life-cycle stage"), max_length=4, choices=STAGES, default="INC", editable=False)
    stage_since = models.DateField(_("in this stage since"), null=True, blank=True, editable=False)
    gates = models.JSONField(_("gates passed"), default=dict, blank=True, editable=False)
    """Gate to the ISO date it was passed on; a step back forgets them, because everything is looked at afresh."""
    missing = models.JSONField(_("no longer in"), default=dict, blank=True, editable=False)
    """Source to the ISO date of the complete delivery that first lacked the system. Nothing is retired by it."""
    group = models.ForeignKey(
        "aims.AssessmentGroup", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("assessment group"),
    )  # fmt: skip
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("merged into"),
    )  # fmt: skip
    contact = models.CharField(_("who reported it"), max_length=200, blank=True, editable=False)
    """As somebody without an account wrote it by an intake link; personal data, so never in the ledger."""

    objects = AISystemQuerySet.as_manager()

    class Meta(ReferencedModel.Meta):
        verbose_name = _("AI system")
        verbose_name_plural = _("AI systems")
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.CheckConstraint(
                condition=~models.Q(state="out_of_scope") | ~models.Q(state_reason=""),
                name="aims_system_out_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["management_system", "state", "stage"], name="aims_system_state"),
            models.Index(fields=["management_system", "name"], name="aims_system_name"),
            models.Index(fields=["management_system", "created_at", "id"], name="aims_system_paged"),
        ]

    def search_text(self) -> tuple[str, str]:
        """Name; purpose, unit, supplier."""
        return self.name, " ".join((self.purpose, self.unit, self.supplier, self.model_name))

    @property
    def ai_act_classes(self) -> list[str]:
        """The codes of its EU AI Act classes."""
        return self.ai_act_class.split()

    @property
    def is_retired(self) -> bool:
        """Whether it was switched off for good."""
        return self.state == self.RETIRED


class AssessmentGroup(ReferencedModel):
    """AI systems that are assessed together: many uses of one product, one assessment (6.1.2)."""

    ref_prefix = "GRP"

    name = models.CharField(_("name"), max_length=200)
    purpose = models.TextField(_("what its systems share"), blank=True, max_length=4000)

    class Meta(ReferencedModel.Meta):
        verbose_name = _("assessment group")
        verbose_name_plural = _("assessment groups")
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(fields=["management_system", "name"], name="aims_assessmentgroup_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def search_text(self) -> tuple[str, str]:
        """Name; what its systems share."""
        return self.name, self.purpose


class DistinctSystems(TenantModel):
    """Two systems that look alike and are not the same: somebody said so, and nobody is asked again."""

    first = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="+", verbose_name=_("AI system"))
    second = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="+", verbose_name=_("other AI system"))

    class Meta:
        verbose_name = _("not a duplicate")
        verbose_name_plural = _("not duplicates")
        constraints = [
            models.UniqueConstraint(
                fields=["management_system", "first", "second"], name="aims_distinctsystems_once"
            ),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="aims_distinctsystems_order"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class IntakeLink(TenantModel):
    """A link by which people without an account tell of an AI use; shown once and kept as a hash."""

    ledger_private: ClassVar[frozenset[str]] = frozenset({"key_hash"})
    SOURCE = "intake"
    """The source of what comes in by links."""

    name = models.CharField(_("name"), max_length=120)
    key_hash = models.CharField(max_length=64, db_index=True, editable=False)
    issued_at = models.DateTimeField(_("address made"), editable=False)
    """When its present key was made."""
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("intake link")
        verbose_name_plural = _("intake links")

    def __str__(self) -> str:
        return self.name


class SourceClaim(TenantModel):
    """A source speaks of a system that it does not feed: whether both mean the same one is a person's decision."""

    WAITING, SAME, OTHER = "waiting", "same", "other"
    STATES: ClassVar[list] = [(WAITING, _("Waiting")), (SAME, _("The same system")), (OTHER, _("Another system"))]

    source = models.SlugField(_("source"), max_length=60)
    key = models.CharField(_("key"), max_length=400)
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="+", verbose_name=_("AI system"))
    values = models.JSONField(default=dict)
    """What the source says, field to text, as it was delivered last."""
    state = models.CharField(_("state"), max_length=8, choices=STATES, default=WAITING, editable=False)

    class Meta:
        verbose_name = _("claim of a source")
        verbose_name_plural = _("claims of sources")
        constraints = [
            models.UniqueConstraint(fields=["management_system", "source", "key"], name="aims_sourceclaim_once")
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.key}"
