"""Views of registers that people saved, and with which of them somebody begins."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.models.base import TenantModel, TenantQuerySet


class SavedViewQuerySet(TenantQuerySet):
    """Questions asked of saved views."""

    def offered_to(self, actor: Actor) -> Self:
        """Those the actor has in lists: what is shared, and what is theirs."""
        return self.visible_to(actor).filter(Q(shared=True) | Q(person_id=actor.person_id, person__isnull=False))


class SavedView(TenantModel):
    """An address of a register under a name: search, filters, sort and columns; one person's or shared with all."""

    LONGEST = 2_000

    register = models.CharField(_("register"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(_("what is shown"), blank=True, max_length=LONGEST)
    shared = models.BooleanField(_("shared"), default=False)
    person = models.ForeignKey(
        "core.Person", null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("saved by")
    )

    objects = SavedViewQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("view")
        constraints = [
            models.UniqueConstraint(
                fields=["management_system", "register", "name"], condition=Q(shared=True), name="core_savedview_shared"
            ),
            models.UniqueConstraint(
                fields=["management_system", "register", "person", "name"],
                condition=Q(shared=False),
                name="core_savedview_own",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StartView(TenantModel):
    """The view somebody begins a register with."""

    register = models.CharField(_("register"), max_length=40)
    person = models.ForeignKey("core.Person", on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    view = models.ForeignKey(SavedView, on_delete=models.PROTECT, related_name="starts", verbose_name=_("view"))

    class Meta:
        verbose_name = _("start view")
        constraints = [
            models.UniqueConstraint(fields=["management_system", "register", "person"], name="core_startview_one"),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.view_id}"
