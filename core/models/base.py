"""What every record has."""

from typing import Any, ClassVar, Self

from django.db import models

from core.actor import Actor
from core.ids import uuid7


class TenantQuerySet(models.QuerySet):
    """Reading starts from ``visible_to``; a test bans bare managers in doors."""

    def visible_to(self, actor: Actor) -> Self:
        """Rows of the actor's management system; nothing for an actor without one."""
        if actor.management_system_id is None:
            return self.none()
        return self.filter(management_system_id=actor.management_system_id)

    def of(self, scope: Any) -> Self:
        """Rows of a scope's management system, from the scope's database (now or as of a past moment)."""
        return self.using(scope.alias).filter(management_system_id=scope.management_system_id)


class TenantModel(models.Model):
    """A ledgered record of one management system. Written only through ``core.change``."""

    ledger_schema: ClassVar[int] = 1
    """Rises when a field is renamed; an upcaster then reads older states (core.replay)."""
    ledger_private: ClassVar[frozenset[str]] = frozenset()
    """Fields that never enter the ledger: personal data that must stay erasable, secrets, use counters."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.ForeignKey("core.ManagementSystem", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(
        "core.Person", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField(editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True

    def search_text(self) -> tuple[str, str] | None:
        """Return (title, text) for the global search, or None to stay out of it."""
        return None


class ReferencedModel(TenantModel):
    """A record that people name aloud: ``RSK-7``. References are never reused; gaps are allowed."""

    ref_prefix: ClassVar[str] = ""

    ref = models.CharField(max_length=24, editable=False)

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["management_system", "ref"], name="%(app_label)s_%(class)s_ref")]

    def __str__(self) -> str:
        return self.ref or f"new {self._meta.verbose_name}"


class Synced(models.Model):
    """Mixin of records that a source may fill: who owns each field, since when.

    ``field_owners`` maps a field to ``{"by": "source:NAME" | "person:<id>", "since": ISO moment}``.
    """

    field_owners = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        abstract = True
