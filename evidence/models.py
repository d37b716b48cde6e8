"""Evidence that something is as it is said to be: an item, and versions of it that are never changed (7.5.3)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core import canonical
from core.models import ReferencedModel, TenantModel


class Evidence(ReferencedModel):
    """One thing that proves something over a period; each time it changes it gets a further version."""

    ref_prefix = "EVD"

    title = models.CharField(_("title"), max_length=400, editable=False)
    kind = models.CharField(_("kind"), max_length=40, editable=False)
    """Which room made it; `evidence.kinds` knows its words."""
    source = models.CharField(_("source"), max_length=200, editable=False)
    """What it is of, so that the next run finds it again; once per management system."""
    period_from = models.DateField(_("period from"), editable=False)
    period_to = models.DateField(_("period to"), editable=False)
    number = models.PositiveIntegerField(_("version of the evidence"), default=0, editable=False)
    sha256 = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    """Of the newest version."""
    collected_at = models.DateTimeField(_("collected"), editable=False)

    class Meta(ReferencedModel.Meta):
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(fields=["management_system", "source"], name="evidence_evidence_source"),
        ]

    def search_text(self) -> tuple[str, str] | None:
        """Its title."""
        return self.title, self.title


class EvidenceVersion(TenantModel):
    """What an item said at one moment: the content, and the SHA-256 of its canonical text."""

    item = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="versions", verbose_name=_("evidence"))
    number = models.PositiveIntegerField(_("version of the evidence"), editable=False)
    at = models.DateTimeField(_("collected"), editable=False)
    content = models.JSONField(_("content"), default=dict, editable=False)
    sha256 = models.CharField(_("fingerprint"), max_length=64, editable=False)

    class Meta:
        verbose_name = _("version of evidence")
        verbose_name_plural = _("versions of evidence")
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "number"], name="evidence_version_once")]

    def __str__(self) -> str:
        return f"{self.item_id} v{self.number}"

    @property
    def text(self) -> bytes:
        """The canonical text of the content, UTF-8: what is downloaded."""
        return canonical.dumps(canonical.plain(self.content))

    @property
    def is_whole(self) -> bool:
        """Whether the content is still what the fingerprint was taken of."""
        return canonical.digest(self.text) == self.sha256
