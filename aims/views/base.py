"""What pages of one AI system share."""

from functools import cached_property
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from aims import queries
from aims.models import AISystem
from core import policy
from core.pages.views import MemberView


class AimsView(MemberView):
    """A page of this room."""

    permission = "aims.read"

    def address(self, name: str, **more: Any) -> str:
        """The address of a page of this management system."""
        return reverse(name, kwargs={"slug": self.management_system.slug, **more})


def tabs(view: AimsView, current: str) -> list[tuple[Any, str, bool]]:
    """The tabs of screening."""
    names = [
        ("systems_to_screen", _("Inbox")),
        ("systems_duplicates", _("Look-alikes")),
        ("system_groups", _("Assessment groups")),
    ]
    if policy.allows(view.actor, "aims.intake"):
        names.append(("system_intake", _("Intake links")))
    return [(label, view.address(name), name == current) for name, label in names]


class OneSystem(AimsView):
    """A page of the system its address names."""

    @cached_property
    def system(self) -> AISystem:
        """The system. Raises Http404."""
        found = queries.system_by_ref(self.scope, self.kwargs["ref"])
        if found is None:
            raise Http404
        return found

    def record(self) -> AISystem:
        """The system afresh, for forms."""
        self.__dict__.pop("system", None)
        return self.system

    @property
    def url(self) -> str:
        """The page of the system."""
        return self.address("system", ref=self.system.ref)
