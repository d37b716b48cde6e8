"""Reports as they were issued."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Person, ReferencedModel


class IssuedReport(ReferencedModel):
    """A report somebody asked for: the moment it shows, the fingerprint of its data, the hashes of its files."""

    ref_prefix = "RPT"

    kind = models.CharField(_("report"), max_length=20)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language"), max_length=8, default="en")
    paper = models.CharField(_("paper"), max_length=8, default="A4")
    as_of = models.DateTimeField(_("as of"))
    seq = models.BigIntegerField()
    people_seq = models.BigIntegerField(default=0)
    past = models.BooleanField(default=False)
    content_hash = models.CharField(_("data fingerprint"), max_length=64)
    files = models.JSONField(default=list)
    """[{"format", "name", "sha256", "size", "media_type"}], bytes in the blob store."""
    asked_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    job_id = models.UUIDField()

    class Meta(ReferencedModel.Meta):
        verbose_name = _("report")
        constraints = [
            *ReferencedModel.Meta.constraints,
            models.UniqueConstraint(fields=["management_system", "job_id"], name="reports_issued_once"),
        ]

    def search_text(self) -> tuple[str, str]:
        """Reference and title."""
        return f"{self.ref} {self.title}", self.content_hash
