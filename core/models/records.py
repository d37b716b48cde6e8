"""Records of core's own mechanisms; they refer by (record_type, record_id) to any room's record."""

import re

from django.db import models
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantModel


class Approval(TenantModel):
    """A signature: who, when, what it means, bound to the hash of exactly what was shown (TRUST T09)."""

    record_type = models.CharField(max_length=60)
    record_id = models.UUIDField()
    record_ref = models.CharField(max_length=24, blank=True)
    number = models.PositiveIntegerField()
    meaning = models.CharField(max_length=40)
    person = models.ForeignKey("core.Person", on_delete=models.PROTECT, related_name="+")
    function = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    content = models.TextField()
    content_hash = models.CharField(max_length=64)
    language = models.CharField(max_length=8, default="en")
    conditions = models.TextField(blank=True)
    authors = models.JSONField(default=list)
    valid_until = models.DateField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("approval")
        constraints = [
            models.UniqueConstraint(
                fields=["management_system", "record_type", "record_id", "meaning", "number"],
                name="core_approval_number",
            )
        ]
        indexes = [models.Index(fields=["record_type", "record_id"], name="core_approval_record")]

    def __str__(self) -> str:
        return f"{self.meaning} v{self.number}"


NAMED_BY_ID = r"@\[([0-9a-f-]{36})\]"
"""How the text of a comment names a member: by id, because names change and are erased."""


class Comment(TenantModel):
    """What somebody said about a record or one line of it."""

    ledger_schema = 2
    record_type = models.CharField(max_length=60)
    record_id = models.UUIDField()
    line = models.CharField(max_length=60, blank=True)
    text = models.TextField(_("comment"), max_length=4000, blank=True)
    person = models.ForeignKey("core.Person", null=True, on_delete=models.PROTECT, related_name="+")
    record_ref = models.CharField(max_length=24, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    """When its author took it back: the text is blank then; the history keeps what was said."""

    class Meta:
        verbose_name = _("comment")
        indexes = [models.Index(fields=["record_type", "record_id"], name="core_comment_record")]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def ref(self) -> str:
        """The reference of what it is about."""
        return self.record_ref

    def search_text(self) -> tuple[str, str] | None:
        """What was said, without whom it names; nothing once it was taken back, or when it belongs to a document."""
        said = re.sub(NAMED_BY_ID, "@…", self.text)
        return (Truncator(" ".join(said.split())).chars(80), said) if said and self.record_ref else None


class Mention(models.Model):
    """Somebody a comment names, until they have seen it."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey("core.Person", on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "person"], name="core_mention_once")]
        indexes = [models.Index(fields=["person", "seen_at"], name="core_mention_unseen")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.comment_id}"


class ExternalId(models.Model):
    """What a source calls a record; part of the record's own state, so it has no entry of its own."""

    management_system = models.ForeignKey("core.ManagementSystem", on_delete=models.PROTECT, related_name="+")
    source = models.SlugField(max_length=60)
    key = models.CharField(max_length=400)
    record_type = models.CharField(max_length=60)
    record_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["management_system", "source", "key"], name="core_externalid_once")
        ]
        indexes = [models.Index(fields=["record_type", "record_id"], name="core_externalid_record")]

    def __str__(self) -> str:
        return f"{self.source}:{self.key}"
