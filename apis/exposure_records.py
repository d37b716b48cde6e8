"""Records of data exposure: which class of sensitive data was met on which flow, counted (operational: batches add)."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apis.exposure.classes import CLASSES
from core.ids import uuid7
from core.models import ManagementSystem

WHERE_LABELS: dict[str, Any] = {
    "path": _("Path"), "query": _("Query"), "header": _("Header"), "body": _("Body"),
}  # fmt: skip
DIRECTION_LABELS: dict[str, Any] = {"request": _("Sent with the request"), "response": _("Sent back")}


class FlowQuerySet(models.QuerySet):
    """Questions asked of flows. Counts are read in the present only."""

    def of(self, scope: Any) -> Self:
        """Rows of a scope's management system; none of a past moment, as batches add up and leave no trace."""
        if scope.past:
            return self.none()
        return self.filter(management_system_id=scope.management_system_id)

    def visible_to(self, actor: Any) -> Self:
        """Rows of the actor's management system."""
        return self.filter(management_system_id=actor.management_system_id)

    def to_models(self) -> Self:
        """What goes into a model: asked in path, query or body of a call that names one or goes to a provider's."""
        return self.filter(TO_MODEL)


TO_MODEL = Q(direction="request", where__in=("path", "query", "body"), to_model=True)
"""Headers carry the caller's own credentials, which no model sees."""


class FlowTally(models.Model):
    """One class of sensitive data on one flow: endpoint, place, direction, model. Values are never kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.ForeignKey(ManagementSystem, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey(
        "apis.Service", on_delete=models.CASCADE, related_name="flows", verbose_name=_("service")
    )
    method = models.CharField(_("method"), max_length=20)
    template = models.CharField(_("path"), max_length=2000)
    model = models.CharField(_("model"), max_length=100, blank=True)
    code = models.CharField(_("data class"), max_length=20, choices=[(one.code, one.label) for one in CLASSES.values()])
    where = models.CharField(_("where"), max_length=8, choices=list(WHERE_LABELS.items()))
    direction = models.CharField(
        _("direction"), max_length=8, choices=[("request", "Request"), ("response", "Response")]
    )
    to_model = models.BooleanField(_("goes to a model"), default=False)
    """Whether the call names a model, does AI work or goes to a model provider."""
    count = models.BigIntegerField(_("times"), default=0)
    validated = models.BigIntegerField(_("validated"), default=0)
    examples = models.JSONField(_("looks like"), default=list)
    """The look of a few, digits as 0 and letters as a."""
    first_at = models.DateTimeField(_("first seen"))
    last_at = models.DateTimeField(_("last seen"))
    parts = models.JSONField(default=dict, editable=False)
    """Place → [count, validated, examples, first, last] of what adds up to this; empty where that is the path alone."""

    objects: ClassVar = FlowQuerySet.as_manager()

    class Meta:
        verbose_name = _("flow")
        verbose_name_plural = _("flows")
        constraints = [
            models.UniqueConstraint(
                fields=["service", "method", "template", "model", "code", "where", "direction"], name="apis_flow_once"
            )
        ]
        indexes = [models.Index(fields=["management_system", "code"], name="apis_flow_class")]

    def __str__(self) -> str:
        return f"{self.code} {self.line}"

    @property
    def way(self) -> Any:
        """The direction in words."""
        return DIRECTION_LABELS[self.direction]

    @property
    def line(self) -> str:
        """The endpoint as people read it."""
        return f"{self.method} {self.template}"

    @property
    def share(self) -> float:
        """Validated share, 0 to 1."""
        return self.validated / self.count if self.count else 0.0

    @property
    def percent(self) -> int:
        """Validated share in percent; 100 only when all are."""
        return self.validated * 100 // self.count if self.count else 0

    @property
    def shown_class(self) -> Any:
        """The class in words; its code when the product no longer knows it."""
        return CLASSES[self.code].label if self.code in CLASSES else self.code


class FlowLooked(models.Model):
    """Of how many calls of an endpoint bodies could be looked at: "nothing found" and "not looked" are different."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.ForeignKey(ManagementSystem, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey("apis.Service", on_delete=models.CASCADE, related_name="+")
    method = models.CharField(max_length=20)
    template = models.CharField(max_length=2000)
    requests = models.BigIntegerField(default=0)
    responses = models.BigIntegerField(default=0)
    parts = models.JSONField(default=dict, editable=False)
    """Place → [requests, responses] of what adds up to this; empty where that is the path alone."""

    objects: ClassVar = FlowQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "method", "template"], name="apis_looked_once")]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"
