"""Imports being prepared, and how files were read that may come again."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock
from core.ids import uuid7
from core.models.base import TenantModel


class Import(models.Model):
    """A file on its way into a register: which, and what was said about it so far. Nothing is written by it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    management_system = models.ForeignKey("core.ManagementSystem", on_delete=models.CASCADE, related_name="+")
    register = models.CharField(max_length=40)
    blob = models.ForeignKey("core.Blob", on_delete=models.PROTECT, related_name="+")
    setup = models.JSONField(default=dict)
    """As core.imports.setup.Setup."""
    person = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    job = models.ForeignKey("core.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar[list] = [
            models.Index(fields=["management_system", "register", "-updated_at"], name="core_import_recent")
        ]

    def __str__(self) -> str:
        return self.blob.name


class SavedMapping(TenantModel):
    """How the columns and values of a file become fields of a register, kept under a name for files like it."""

    register = models.CharField(_("register"), max_length=40)
    name = models.SlugField(_("name"), max_length=60)
    columns = models.JSONField(_("columns"), default=list)
    setup = models.JSONField(_("how it is read"), default=dict)

    class Meta:
        verbose_name = _("mapping")
        constraints: ClassVar[list] = [
            models.UniqueConstraint(fields=["management_system", "register", "name"], name="core_savedmapping_name")
        ]

    def __str__(self) -> str:
        return self.name
