"""Saving, renaming, sharing and deleting views of registers, and beginning with one."""

import uuid
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import places, policy
from core.errors import NotFound
from core.models import SavedView
from core.pages.fields import version_shown
from core.pages.forms import PageForm, RecordForm
from core.pages.views import ConfirmPage, FormPage, MemberView
from core.registers import Register, registers
from core.registers.views import kept_of, url_of
from core.services import saved_views

SHARE = gettext_lazy("Everybody here finds it in this list. Else only you do, though the history names it.")


class SharedMixin(forms.Form):
    """Name and, for those who may, whether everybody has it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    shared = forms.BooleanField(label=gettext_lazy("Share with everybody here"), required=False, help_text=SHARE)

    def __init__(self, *args: Any, may_share: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["shared"]


class NewViewForm(SharedMixin, PageForm):
    """A view to be saved."""

    start = forms.BooleanField(label=gettext_lazy("Begin this list with it"), required=False)


class ViewForm(SharedMixin, RecordForm):
    """A view to be renamed or shared."""


class ViewDoor(MemberView):
    """What the doors of one view share."""

    permission = "core.save_views"

    @cached_property
    def view(self) -> SavedView:
        """Return the view of the address; somebody else's own is not found."""
        found = SavedView.objects.offered_to(self.actor).filter(pk=self.kwargs["pk"]).first()
        if found is None or found.register not in registers():
            raise NotFound
        return found

    @property
    def may_share(self) -> bool:
        """Return whether the person may share views."""
        return policy.allows(self.actor, "core.share_views")

    def may_change(self) -> None:
        """Refuse those who may not change a shared view."""
        if self.view.shared:
            policy.require(self.actor, "core.share_views")

    def address(self, view: SavedView) -> str:
        """Return where the view shows its rows."""
        slug = self.management_system.slug
        return url_of(view, places.address(registers()[view.register].place, slug))


class ViewsPage(MemberView):
    """All views one has, by register."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        known, slug = registers(), self.management_system.slug
        rows = SavedView.objects.offered_to(self.actor).filter(register__in=known).select_related("person")
        begins = saved_views.begun_with(self.actor)
        shares = policy.allows(self.actor, "core.share_views")
        found = [
            {
                "view": view, "title": known[view.register].title, "begins": view.pk in begins,
                "url": url_of(view, places.address(known[view.register].place, slug)),
                "may_change": not view.shared or shares,
            }
            for view in rows.order_by("register", "-shared", "name")
        ]  # fmt: skip
        return self.render("registers/saved.html", rows=found, slug=slug)


class NewView(FormPage):
    """Keep an address of a register under a name."""

    permission = "core.save_views"
    form_class = NewViewForm
    autosave = False

    @cached_property
    def register(self) -> Register:
        """Return the register of the address."""
        found = registers().get(self.request.GET.get("register", ""))
        if found is None:
            raise NotFound
        policy.require(self.actor, found.permission)
        return found

    @cached_property
    def listing(self) -> Any:
        """Return the list that is to be kept, without what it does not know."""
        asked = QueryDict(self.request.GET.get("state", ""), mutable=True)
        path = places.address(self.register.place, self.management_system.slug)
        found = self.register.listing(self.scope, self.actor, asked, path, self.management_system.slug)
        found.filterset  # noqa: B018 (leaves out what makes no sense)
        return found

    def form_options(self) -> dict[str, Any]:
        """Offer sharing to those who may."""
        return {"may_share": policy.allows(self.actor, "core.share_views")}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Return title and way back."""
        title = _("Save a view of: %(register)s") % {"register": self.register.title}
        return {"title": title, "button": _("Save view"), "back": self.listing.canonical}

    def save(self, form: Any) -> str:
        """Keep it."""
        view = saved_views.save_view(
            actor=self.actor, register=self.register.key, query=self.listing.state, **form.cleaned_data
        )
        return url_of(view, self.listing.path)


class EditView(ViewDoor, FormPage):
    """Rename a view, share it or take it back."""

    form_class = ViewForm
    autosave = False

    def record(self) -> SavedView:
        """Return the view."""
        self.may_change()
        return self.view

    def form_options(self) -> dict[str, Any]:
        """Return what is stored."""
        view = self.record_or_none()
        return {
            "initial": {"name": view.name, "shared": view.shared}, "version": view.version, "may_share": self.may_share,
        }  # fmt: skip

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Return title and way back."""
        title = _("Rename or share “%(name)s”") if self.may_share else _("Rename “%(name)s”")
        return {"title": title % {"name": self.view.name}, "back": self.address(self.view)}

    def save(self, form: Any) -> str:
        """Change it."""
        values = {name: form.cleaned_data[name] for name in ("name", "shared") if name in form.cleaned_data}
        return self.address(
            saved_views.change_view(actor=self.actor, view=self.view, expected_version=form.expected_version, **values)
        )


class KeepState(ViewDoor):
    """Keep what is shown now in a view that was saved before."""

    writes = True

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Keep it."""
        self.may_change()
        register, asked = registers()[self.view.register], QueryDict(request.POST.get("state", ""))
        view = saved_views.change_view(
            actor=self.actor, view=self.view, expected_version=version_shown(request),
            query=kept_of(register, self.scope, self.actor, asked, self.management_system.slug),
        )  # fmt: skip
        return self.done(self.address(view), _("“%(name)s” keeps what is shown now.") % {"name": view.name})


class BeginWith(ViewDoor):
    """Begin a register with a view, or as usual again."""

    writes = True

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Remember it."""
        start = bool(request.POST.get("start"))
        saved_views.start_with(actor=self.actor, view=self.view, start=start)
        words = _("The list begins with “%(name)s”.") if start else _("The list begins as usual.")
        return self.done(self.address(self.view), words % {"name": self.view.name})


class DeleteView(ViewDoor, ConfirmPage):
    """Delete a view."""

    def question(self) -> str:
        """Ask."""
        self.may_change()
        return _("Delete the view “%(name)s”?") % {"name": self.view.name}

    def consequences(self) -> Sequence[str]:
        """Say who loses it."""
        begins = saved_views.beginners(self.view)
        said = [_("It is gone for everybody here. The records it shows stay as they are.")] if self.view.shared else []
        words = ngettext(
            "For %(n)d person the list begins as usual again.",
            "For %(n)d people the list begins as usual again.",
            begins,
        )
        return [*said, words % {"n": begins}] if begins else said

    def back(self) -> str:
        """Return the view."""
        return self.address(self.view)

    def act(self) -> str:
        """Delete it."""
        saved_views.delete_view(actor=self.actor, view=self.view)
        return places.address(registers()[self.view.register].place, self.management_system.slug)
