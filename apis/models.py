"""Services and their descriptions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apis.findings import Exemption, Finding, OwnRule, PostureRun, RuleChoice
from core.models import Person, ReferencedModel

__all__ = ["ApiDescription", "Exemption", "Finding", "OwnRule", "PostureRun", "RuleChoice", "Service"]


class Service(ReferencedModel):
    """Something that answers calls."""

    ref_prefix = "SVC"
    name = models.CharField(_("name"), max_length=300)
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta(ReferencedModel.Meta):
        verbose_name = _("service")


class ApiDescription(ReferencedModel):
    """A description that was brought in."""

    ref_prefix = "DSC"
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="descriptions")
    name = models.CharField(_("name"), max_length=300)
    blob = models.ForeignKey("core.Blob", on_delete=models.PROTECT, related_name="+")

    class Meta(ReferencedModel.Meta):
        verbose_name = _("description")
