"""What was observed of a service in a month: the item of evidence, and what it says about each API requirement."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import TenantModel
from evidence.models import Evidence

IN_LINE, CONTRADICTS, NO_DATA = "in_line", "contradicts", "no_data"
OBSERVED: dict[str, Any] = {
    IN_LINE: _("In line"),
    CONTRADICTS: _("Contradicted"),
    NO_DATA: _("No data"),
}
"""What evidence says of a requirement; "nothing wrong was found" and "nothing was looked at" are two answers."""


class ServiceEvidence(TenantModel):
    """The evidence of a service and month, attached to the API requirements that its runs spoke to."""

    service = models.ForeignKey(
        "apis.Service", on_delete=models.PROTECT, related_name="+", verbose_name=_("service"), editable=False
    )
    month = models.DateField(_("month"), editable=False)
    """Its first day."""
    item = models.OneToOneField(
        Evidence, on_delete=models.PROTECT, related_name="+", verbose_name=_("evidence"), editable=False
    )
    requirements = models.JSONField(_("API requirements"), default=dict, editable=False)
    """Code → {"state", "judged", "open", "accepted", "worst"}; only those that a run spoke to."""

    class Meta:
        verbose_name = _("evidence of a service")
        verbose_name_plural = _("evidence of services")
        constraints = [models.UniqueConstraint(fields=["service", "month"], name="apis_serviceevidence_month")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.month:%Y-%m}"
