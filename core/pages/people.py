"""Pages about people and roles."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import belongings, mail, policy, registries, when
from core.errors import NotFound, ReauthenticationNeeded
from core.lists.people import MemberRegister, standing
from core.lists.tokens import InvitationRegister, is_open
from core.models import Invitation, Membership
from core.pages import once
from core.pages.people_forms import HandOverForm, InviteForm, MemberForm, NameForm, bounds
from core.pages.registers import RegisterView
from core.pages.views import ConfirmPage, FormPage, MemberView
from core.queries import history, people
from core.records import type_of
from core.services.handing_over import hand_over
from core.services.members import change_member, end_membership, invite, withdraw_invitation
from core.services.renaming import rename_member
from core.wording import filled

MANAGE, HAND_OVER = "core.manage_people", "core.hand_over"
SAID = 8
"""Records that are named when they stayed after a hand-over."""


class AskedAgain:
    """Pages whose service wants the password again ask before anything is typed."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for the password first, then show the page."""
        if not self.actor.recently_authenticated:  # type: ignore[attr-defined]
            raise ReauthenticationNeeded
        return super().get(request, *args, **kwargs)  # type: ignore[misc]


def tabs(view: MemberView, current: str) -> list[tuple[Any, str, bool]]:
    """Return the tabs of people and roles."""
    slug = view.management_system.slug
    names = [("people", _("People")), ("who_can", _("Who can do what"))]
    if policy.allows(view.actor, MANAGE):
        names.insert(1, ("invitations", _("Invitations")))
    return [(label, reverse(name, kwargs={"slug": slug}), name == current) for name, label in names]


class PeoplePage(RegisterView):
    """The register of people."""

    register = MemberRegister
    template = "core/people.html"

    def page_context(self) -> dict[str, Any]:
        """Return tabs, and whether the reader may invite."""
        return {"tabs": tabs(self, "people"), "may_invite": policy.allows(self.actor, MANAGE)}


class InvitationsPage(RegisterView):
    """The register of invitations."""

    register = InvitationRegister
    template = "core/people.html"

    def page_context(self) -> dict[str, Any]:
        """Return tabs, and whether the reader may invite."""
        return {"tabs": tabs(self, "invitations"), "may_invite": True}


class WhoCanPage(MemberView):
    """Every permission, the roles that give it, the people who hold it."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Draw the table."""
        return self.render("core/who_can.html", areas=people.who_can(self.scope), tabs=tabs(self, "who_can"))


class OfMember(MemberView):
    """A page about one member."""

    def found(self) -> Membership:
        """Return the member; raises NotFound."""
        held = people.member(self.scope, self.kwargs["pk"])
        if held is None:
            raise NotFound
        return held

    def page_of_member(self) -> str:
        """Return the member's page."""
        return reverse("member", kwargs={"slug": self.management_system.slug, "pk": self.kwargs["pk"]})


class MemberPage(OfMember):
    """One member: roles, dates, what they may do, history."""

    permission = "core.read"

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Show the member."""
        held = self.found()
        may = policy.allows(self.actor, MANAGE) and not self.scope.past
        given: dict[str, Any] = {
            "member": held, "standing": standing(held), "may_manage": may,
            "may_rename": not self.scope.past and people.may_rename(self.actor, held.person),
            "only_administrator": people.only_administrator(self.scope, held),
            "may_hand_over": not self.scope.past and policy.allows(self.actor, HAND_OVER)
            and bool(belongings.of_person(self.scope, held.person_id)),
            "changes": history.history_of(self.scope, held, self.management_system.slug),
        }  # fmt: skip
        return self.render("core/member.html", **given)


class EditMember(AskedAgain, OfMember, FormPage):
    """Roles, function and dates."""

    permission = MANAGE
    form_class = MemberForm

    def record(self) -> Membership:
        """Return the member."""
        return self.found()

    def form_options(self) -> dict[str, Any]:
        """Return what is stored."""
        held, zone = self.record_or_none(), self.scope.zone
        days = {
            name: when.local(getattr(held, name), zone).date() if getattr(held, name) else None
            for name in ("valid_from", "valid_to")
        }
        return {"initial": {"roles": held.roles, "function": held.function, **days}, "version": held.version}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Return title and way back."""
        name = self.record_or_none().person.name
        return {"title": _("Roles of %(name)s") % {"name": name}, "back": self.page_of_member()}

    def save(self, form: Any) -> str:
        """Change the membership."""
        data = form.cleaned_data
        begin, end = bounds(data, self.scope.zone)
        change_member(
            actor=self.actor, member=self.record_or_none(), expected_version=form.expected_version,
            reason=data["reason"], roles=data["roles"], function=data["function"], valid_from=begin, valid_to=end,
        )  # fmt: skip
        return self.page_of_member()


class HandOver(OfMember, FormPage):
    """Give what a member answers for to others."""

    permission = HAND_OVER
    form_class = HandOverForm
    autosave = False
    template = "core/hand_over.html"

    @cached_property
    def owned(self) -> list[belongings.Belonging]:
        """What the member answers for."""
        return belongings.of_person(self.scope, self.found().person_id)

    def form_options(self) -> dict[str, Any]:
        """Return kinds with their counts, and who could get them."""
        return {"kinds": self.owned, "people": belongings.receivers(self.scope, self.found().person_id)}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Return title, what there is and way back."""
        title = _("Hand over what %(name)s answers for") % {"name": self.found().person.name}
        return {"title": title, "back": self.page_of_member(), "owned": self.owned}

    def save(self, form: Any) -> str:
        """Hand it over, and name what stayed."""
        data = form.cleaned_data
        done = hand_over(actor=self.actor, member=self.found(), to=data["to"], reason=data["reason"])
        told = ngettext("%(n)d record was handed over.", "%(n)d records were handed over.", done.given)
        messages.success(self.request, filled(told, {"n": done.given}))
        for ref, why in done.kept[:SAID]:
            messages.warning(self.request, _("%(ref)s stays: %(why)s") % {"ref": ref, "why": why})
        return self.page_of_member()


def drawn(view: MemberView, owned: list[belongings.Belonging]) -> list[dict[str, Any]]:
    """Return each kind with links to its first records."""
    slug, found = view.management_system.slug, []
    for one in owned:
        links = []
        for record in one.records[: belongings.NAMED]:
            address = registries.address_of(type_of(record))
            value = getattr(record, address.by, "") if address and address.by else ""
            links.append((str(record), address.url(slug, value) if address else ""))
        found.append({"label": one.label, "count": one.count, "links": links, "more": one.count - len(links)})
    return found


class EndMember(AskedAgain, OfMember, ConfirmPage):
    """Somebody leaves; what they answer for is named before."""

    permission = MANAGE
    template = "core/member_end.html"

    def render(self, template: str = "", status: int = 200, **context: Any) -> HttpResponse:
        """Draw the question with what would be left without anybody."""
        held = self.found()
        owned = belongings.of_person(self.scope, held.person_id)
        more = {"owned": drawn(self, owned), "left": sum(one.count for one in owned), "member": held}
        return super().render(template, status, **context, **more)

    def question(self) -> str:
        """Ask."""
        return _("End the membership of %(name)s?") % {"name": self.found().person.name}

    def consequences(self) -> Sequence[str]:
        """Say what goes with it."""
        return (
            _("They lose access with their next click; tokens that act as them stop working."),
            _("What they wrote, approved and own keeps their name."),
        )

    def back(self) -> str:
        """Return the member's page."""
        return self.page_of_member()

    def about(self) -> Membership:
        """Return the membership."""
        return self.found()

    def act(self) -> str:
        """End it."""
        end_membership(actor=self.actor, member=self.found(), expected_version=self.expected_version)
        return reverse("people", kwargs={"slug": self.management_system.slug})


class RenameMember(OfMember, FormPage):
    """Another printed name from now on."""

    permission = "core.read"
    form_class = NameForm
    autosave = False

    def form_options(self) -> dict[str, Any]:
        """Return the present name."""
        return {"initial": {"name": self.found().person.name}}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Return title and way back."""
        return {
            "title": _("Change the name of %(name)s") % {"name": self.found().person.name},
            "back": self.page_of_member(),
        }

    def save(self, form: Any) -> str:
        """Rename."""
        rename_member(actor=self.actor, member=self.found(), name=form.cleaned_data["name"])
        return self.page_of_member()


class InvitePage(AskedAgain, FormPage):
    """Invite somebody; the link is shown once, on the next page."""

    permission = MANAGE
    form_class = InviteForm
    autosave = False
    template = "core/invite.html"

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Return title and way back."""
        slug = self.management_system.slug
        first = bool(self.request.GET.get("first"))
        back = reverse("home" if first else "people", kwargs={"slug": slug})
        return {"title": _("Invite people") if first else _("Invite somebody"), "back": back, "first": first}

    def save(self, form: Any) -> str:
        """Invite."""
        data = form.cleaned_data
        begin, end = bounds(data, self.scope.zone)
        invitation, key = invite(
            actor=self.actor, email=data["email"], roles=data["roles"], name=data["name"], function=data["function"],
            member_from=begin, member_to=end, language=data["language"],
        )  # fmt: skip
        link = self.request.build_absolute_uri(reverse("join", kwargs={"key": key}))
        sent = mail.send_invitation(invitation, link, self.scope.profile.name, self.request.user.name)  # type: ignore[union-attr]
        once.keep(self.request, f"invitation {invitation.pk}", link=link, sent=sent)
        url = reverse("invited", kwargs={"slug": self.management_system.slug, "pk": invitation.pk})
        return f"{url}?first=1" if self.request.GET.get("first") else url


class OfInvitation(MemberView):
    """A page about one invitation."""

    permission = MANAGE

    def found(self) -> Invitation:
        """Return the invitation; raises NotFound."""
        one = people.invitation(self.scope, self.kwargs["pk"])
        if one is None:
            raise NotFound
        return one


class InvitedPage(OfInvitation):
    """An invitation that was just made: its link, this once."""

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Show the link, or say that it was shown."""
        invitation = self.found()
        given: dict[str, Any] = {
            "invitation": invitation, "open": is_open(invitation), "roles": people.role_words(invitation.roles),
            "first": bool(request.GET.get("first")), **once.take(request, f"invitation {pk}"),
        }  # fmt: skip
        return self.render("core/invited.html", **given)


class WithdrawInvitation(OfInvitation, ConfirmPage):
    """Make an unused link worthless."""

    def question(self) -> str:
        """Ask."""
        return _("Withdraw the invitation of %(email)s?") % {"email": self.found().email}

    def consequences(self) -> Sequence[str]:
        """Say what goes with it."""
        return (_("The link stops working. You can invite the same address again."),)

    def back(self) -> str:
        """Return the list."""
        return reverse("invitations", kwargs={"slug": self.management_system.slug})

    def act(self) -> str:
        """Withdraw it."""
        withdraw_invitation(actor=self.actor, invitation=self.found())
        return self.back()
