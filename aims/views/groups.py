"""Assessment groups: systems that are assessed together."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims import queries, sheet
from aims.forms import GroupForm, SystemGroupForm
from aims.models import AssessmentGroup
from aims.services import change_group, dissolve_group, make_group, put_into_group
from aims.views.base import AimsView, OneSystem, tabs
from core import policy
from core.pages.views import ConfirmPage, FormPage

MANAGE = "aims.group_systems"


class Groups(AimsView):
    """All groups."""

    template = "aims/groups.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        page = self.page_of(queries.groups(self.scope))
        may = not self.scope.past and policy.allows(self.actor, MANAGE)
        return self.render(page=page, may_group=may, tabs=tabs(self, "system_groups"))


class OneGroup(AimsView):
    """A page of the group its address names."""

    @cached_property
    def group(self) -> AssessmentGroup:
        """The group. Raises Http404."""
        found = queries.group_by_ref(self.scope, self.kwargs["ref"])
        if found is None:
            raise Http404
        return found

    def record(self) -> AssessmentGroup:
        """The group afresh, for forms."""
        self.__dict__.pop("group", None)
        return self.group

    @property
    def url(self) -> str:
        """The page of the group."""
        return self.address("system_group", ref=self.group.ref)


class GroupPage(OneGroup):
    """One group: its systems, what they share, what other rooms know of it."""

    template = "aims/group.html"

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show it."""
        return self.render(
            group=self.group,
            page=self.page_of(queries.systems_of_group(self.scope, self.group)),
            may_group=not self.scope.past and policy.allows(self.actor, MANAGE),
            panels=sheet.panels(self.group, self.scope, self.actor, request),
        )


class NewGroup(AimsView, FormPage):
    """Begin a group."""

    permission = MANAGE
    form_class = GroupForm
    autosave = False

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words of the page."""
        return {"title": _("New assessment group"), "back": self.address("system_groups")}

    def save(self, form: Any) -> str:
        """Begin it."""
        data = form.cleaned_data
        group = make_group(actor=self.actor, name=data["name"], purpose=data["purpose"])
        return self.address("system_group", ref=group.ref)


class EditGroup(OneGroup, NewGroup):
    """Change name and words of a group."""

    def form_options(self) -> dict[str, Any]:
        """What is stored."""
        group = self.record_or_none()
        return {"initial": {"name": group.name, "purpose": group.purpose}, "version": group.version}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words of the page."""
        return {"title": _("Change %(name)s") % {"name": self.record_or_none().name}, "back": self.url}

    def save(self, form: Any) -> str:
        """Change it."""
        data = form.cleaned_data
        change_group(
            actor=self.actor, group_id=self.group.pk, name=data["name"], purpose=data["purpose"],
            expected_version=form.expected_version,
        )  # fmt: skip
        return self.url


class DissolveGroup(OneGroup, ConfirmPage):
    """End a group."""

    permission = MANAGE
    button = gettext_lazy("Dissolve the group")

    def about(self) -> AssessmentGroup:
        """The group."""
        return self.group

    def question(self) -> str:
        """The question."""
        return _("Dissolve “%(name)s”?") % {"name": self.group.name}

    def consequences(self) -> tuple[str, ...]:
        """What goes, and what stays."""
        return (_("Its AI systems stay, each on its own. Risks stay linked to them."),)

    def back(self) -> str:
        """The group."""
        return self.url

    def act(self) -> str:
        """Dissolve it."""
        dissolve_group(actor=self.actor, group_id=self.group.pk, expected_version=self.expected_version)
        return self.address("system_groups")


class GroupOfSystem(OneSystem, FormPage):
    """Put one system into a group."""

    permission = MANAGE
    form_class = SystemGroupForm
    autosave = False

    def form_options(self) -> dict[str, Any]:
        """The groups to choose from."""
        system = self.record_or_none()
        return {
            "groups": queries.groups(self.scope), "initial": {"group": system.group_id}, "version": system.version,
        }  # fmt: skip

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Words of the page."""
        return {"title": _("Assessment group of %(name)s") % {"name": self.system.name}, "back": self.url}

    def save(self, form: Any) -> str:
        """Put it there."""
        group = form.cleaned_data["group"]
        put_into_group(
            actor=self.actor, system_id=self.system.pk, group_id=group.pk if group else None,
            expected_version=form.expected_version,
        )  # fmt: skip
        return self.url
