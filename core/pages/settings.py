"""Settings: how the management system describes itself, tokens."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock, policy, when
from core.errors import NotFound
from core.lists.tokens import TokenRegister, token_state
from core.models import ApiToken, Profile
from core.pages import once
from core.pages.people import AskedAgain
from core.pages.people_forms import ProfileForm, TokenForm
from core.pages.registers import RegisterView
from core.pages.views import ConfirmPage, FormPage, MemberView
from core.queries import history, people
from core.services.tenancy import describe
from core.services.tokens import SCOPES, create_token, revoke_token

MANAGE = "core.manage_tokens"
USUAL_DAYS = 90


class SettingsPage(MemberView):
    """How the management system describes itself, with its history."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        profile = people.profile(self.scope)
        given: dict[str, Any] = {
            "profile": profile, "language_name": dict(settings.LANGUAGES).get(profile.language, profile.language),
            "may_change": policy.allows(self.actor, "core.settings") and not self.scope.past,
            "changes": history.history_of(self.scope, profile, self.management_system.slug),
        }  # fmt: skip
        return self.render("core/settings.html", **given)


class EditSettings(FormPage):
    """Change name, scope sentence, time zone and the like."""

    permission = "core.settings"
    form_class = ProfileForm

    def record(self) -> Profile:
        """Return the profile."""
        return people.profile(self.scope)

    def form_options(self) -> dict[str, Any]:
        """Return what is stored."""
        return {"instance": self.record_or_none()}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Return title and way back."""
        return {"title": _("Change settings"), "back": self.back()}

    def back(self) -> str:
        """Return the settings."""
        return reverse("settings", kwargs={"slug": self.management_system.slug})

    def save(self, form: Any) -> str:
        """Describe."""
        data = dict(form.cleaned_data)
        data.pop("version", None)
        reason = data.pop("reason", "")
        describe(actor=self.actor, expected_version=form.expected_version, reason=reason, **data)
        return self.back()


class TokensPage(RegisterView):
    """The register of tokens."""

    register = TokenRegister
    template = "core/tokens.html"

    def page_context(self) -> dict[str, Any]:
        """Return whether the reader may make one."""
        return {"may_manage": policy.allows(self.actor, MANAGE)}


class TokenPage(MemberView):
    """One token: what it may, until when, its history; right after it was made its secret, this once."""

    permission = "core.read"

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Show it."""
        token = people.token(self.scope, pk)
        if token is None:
            raise NotFound
        given: dict[str, Any] = {
            "token": token, "state": token_state(token), "scopes": [SCOPES.get(s, s) for s in token.scopes],
            "may_revoke": policy.allows(self.actor, MANAGE) and not token.revoked_at and not self.scope.past,
            "changes": history.history_of(self.scope, token, self.management_system.slug),
            "secret": once.take(request, f"token {pk}").get("secret", ""),
            "root": request.build_absolute_uri(f"/api/v1/{self.management_system.slug}/"),
        }  # fmt: skip
        return self.render("core/token.html", **given)


class NewToken(AskedAgain, FormPage):
    """Make a token; its secret is shown once, on the token's page."""

    permission = MANAGE
    form_class = TokenForm
    autosave = False
    template = "core/token_new.html"

    def form_options(self) -> dict[str, Any]:
        """Propose ninety days."""
        return {"initial": {"expires_on": self.scope.today + dt.timedelta(days=USUAL_DAYS)}}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Return title and way back."""
        back = reverse("tokens", kwargs={"slug": self.management_system.slug})
        return {"title": _("Make a token"), "back": back, "button": _("Make the token")}

    def save(self, form: Any) -> str:
        """Make it."""
        data = form.cleaned_data
        end = min(when.day_end(data["expires_on"], self.scope.zone), clock.now() + dt.timedelta(days=366))
        if data["expires_on"] < self.scope.today:
            end = when.day_end(data["expires_on"], self.scope.zone)
        token, secret = create_token(
            actor=self.actor, name=data["name"], scopes=data["scopes"], expires_at=end, source=data["source"],
            as_person=data["as_person"],
        )  # fmt: skip
        once.keep(self.request, f"token {token.pk}", secret=secret)
        return reverse("token", kwargs={"slug": self.management_system.slug, "pk": token.pk})


class RevokeToken(ConfirmPage):
    """End a token now."""

    permission = MANAGE

    def found(self) -> ApiToken:
        """Return the token; raises NotFound."""
        token = people.token(self.scope, self.kwargs["pk"])
        if token is None:
            raise NotFound
        return token

    def question(self) -> str:
        """Ask."""
        return _("Revoke the token “%(name)s”?") % {"name": self.found().name}

    def consequences(self) -> Sequence[str]:
        """Say what goes with it."""
        return (
            _("Programs that use it are refused from now on. This cannot be taken back; make a new token instead."),
        )

    def back(self) -> str:
        """Return the token's page."""
        return reverse("token", kwargs={"slug": self.management_system.slug, "pk": self.kwargs["pk"]})

    def act(self) -> str:
        """Revoke it."""
        revoke_token(actor=self.actor, token=self.found())
        return self.back()
