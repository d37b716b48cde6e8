"""The tenant and how it describes itself."""

from typing import ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import PERSON, Actor
from core.ids import uuid7
from core.models.base import TenantModel

RESERVED_SLUGS = frozenset(
    "accounts api admin static media healthz start help about docs drafts jobs settings me new search invitations "
    "status sign-in sign-out well-known favicon robots www mail tell".split()
)


class ManagementSystemQuerySet(models.QuerySet):
    """Which management systems somebody sees."""

    def visible_to(self, actor: Actor) -> Self:
        """The actor's own; a person at no place in particular sees those they belong to."""
        if actor.management_system_id:
            return self.filter(pk=actor.management_system_id)
        return self.filter(pk__in=()) if actor.kind == PERSON else self


class ManagementSystem(models.Model):
    """One AI management system with its own scope (clause 4.3): the tenant."""

    ledger_schema: ClassVar[int] = 1
    ledger_private: ClassVar[frozenset[str]] = frozenset()

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    slug = models.SlugField(
        _("address"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$", _("Use a–z, 0–9 and hyphens."))],
        help_text=_("Part of every link; cannot be changed later."),
    )
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = ManagementSystemQuerySet.as_manager()

    class Meta:
        verbose_name = _("management system")

    def __str__(self) -> str:
        return self.slug


class Profile(TenantModel):
    """How a management system describes itself: name, one-sentence scope, time zone, language, paper."""

    name = models.CharField(_("name"), max_length=120)
    organisation = models.CharField(_("organisation"), max_length=120, blank=True)
    scope_statement = models.TextField(_("scope in one sentence"), max_length=600, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    language = models.CharField(_("language of reports"), max_length=8, default="en")
    paper = models.CharField(_("paper"), max_length=8, default="A4", choices=[("A4", "A4"), ("Letter", "Letter")])
    classification = models.CharField(_("classification"), max_length=60, default="Internal", blank=True)
    next_audit_on = models.DateField(_("next audit"), null=True, blank=True)
    accent = models.CharField(_("colour of reports"), max_length=7, blank=True)
    """As #rrggbb, dark enough to be read on white; "" is the product's own."""
    logo = models.CharField(_("logo of reports"), max_length=64, blank=True, editable=False)
    """SHA-256 of the stored PNG, so that a past report wears the logo of its time; "" for none."""

    class Meta:
        verbose_name = _("profile")
        constraints = [models.UniqueConstraint(fields=["management_system"], name="core_profile_one")]

    def __str__(self) -> str:
        return self.name
