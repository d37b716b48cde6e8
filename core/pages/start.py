"""Outside any management system: mine, a new one, joining by invitation."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views import View

from core import context, languages
from core.models import Invitation
from core.pages.people_forms import JoinForm, StartForm
from core.pages.views import add_errors
from core.queries import people
from core.services.members import accept_invitation, invitation_by_key
from core.services.tenancy import create_management_system


class PersonView(View):
    """A page of a signed-in person at no place in particular."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send the signed-out to sign-in."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]


class ManagementSystems(PersonView):
    """My management systems; with exactly one, straight to it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List, or go on."""
        frame = context.shell(request)["shell"]
        if len(frame.systems) == 1 and not request.GET.get("all"):
            return HttpResponseRedirect(frame.systems[0]["url"])
        return render(request, "core/management_systems.html", {"may_create": settings.INSTANCE_MAY_CREATE})


class Start(PersonView):
    """Start a management system of one's own."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the little that is needed."""
        return self._page(request, StartForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start it and go on to inviting people."""
        form = StartForm(request.POST)
        if not settings.INSTANCE_MAY_CREATE:
            return self._page(request, form.unchecked(), 403)
        if not form.is_valid():
            return self._page(request, form, 422)
        try:
            tenant = create_management_system(
                actor=request.actor,  # type: ignore[attr-defined]
                administrator=request.user,  # type: ignore[arg-type]
                language=languages.of_person(request.user),  # type: ignore[arg-type]
                **form.cleaned_data,
            )
        except ValidationError as error:
            add_errors(form, error)
            return self._page(request, form, 422)
        return HttpResponseRedirect(reverse("invite", kwargs={"slug": tenant.slug}) + "?first=1")

    def _page(self, request: HttpRequest, form: StartForm, status: int = 200) -> HttpResponse:
        given: dict[str, Any] = {"form": form, "may_create": settings.INSTANCE_MAY_CREATE}
        return render(request, "core/start.html", given, status=status)


class Join(View):
    """The page behind an invitation's link."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Say who invites to what; a new person names themselves, an existing one signs in first."""
        return self._page(request, key, None)

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Join."""
        invitation = self._invitation(request, key)
        if request.user.is_authenticated:
            try:
                accept_invitation(key=key, person=request.user)
            except ValidationError:
                return self._page(request, key, None, 422)
            return self._home(invitation.management_system.slug)
        form = JoinForm(request.POST, email=invitation.email)
        if not form.is_valid():
            return self._page(request, key, form, 422)
        data = form.cleaned_data
        try:
            member = accept_invitation(key=key, name=data["name"], password=data["password"])
        except ValidationError as error:
            add_errors(form, error)
            return self._page(request, key, form, 422)
        login(request, member.person, backend=settings.AUTHENTICATION_BACKENDS[0])
        record_authentication(request, member.person, "password", email=member.person.email)
        return self._home(invitation.management_system.slug)

    def _invitation(self, request: HttpRequest, key: str) -> Invitation:
        """Return the invitation, and speak the language of who reads it."""
        found = invitation_by_key(key)
        if request.user.is_authenticated:
            spoken = languages.of_person(request.user, found.management_system_id)
        else:
            spoken = languages.of_invitation(found)
        translation.activate(spoken)
        return found

    def _home(self, slug: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("home", kwargs={"slug": slug}))

    def _page(self, request: HttpRequest, key: str, form: Any, status: int = 200) -> HttpResponse:
        invitation = self._invitation(request, key)
        known = people.person_by_email(invitation.email)
        given: dict[str, Any] = {
            "form": form or JoinForm(initial={"name": invitation.name}, email=invitation.email),
            "invitation": invitation, "known": known, "place": people.name_of_system(invitation.management_system),
            "roles": people.role_words(invitation.roles),
            "sign_in": f"{reverse('account_login')}?next={request.path}",
        }  # fmt: skip
        return render(request, "core/join.html", given, status=status)
