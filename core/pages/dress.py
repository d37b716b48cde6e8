"""Settings: colour and logo of printed reports."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import images
from core.errors import NotFound
from core.models import Profile
from core.pages.forms import RecordForm
from core.pages.views import FormPage, MemberView
from core.queries import people
from core.services.dressing import dress_reports, logo_of


class DressForm(RecordForm):
    """Colour and logo."""

    accent = forms.CharField(
        label=gettext_lazy("Colour"), max_length=7, required=False,
        help_text=gettext_lazy(
            "For numbers, rules and the band on the cover: # and six digits, such as #0c4a57. Empty: the product's own."
        ),
    )  # fmt: skip
    logo = forms.FileField(
        label=gettext_lazy("Logo"), required=False,
        help_text=gettext_lazy("PNG or JPEG, at most 512 kB. It stands on the cover, up to 7 cm wide and 2 cm high."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )  # fmt: skip
    without_logo = forms.BooleanField(label=gettext_lazy("Print no logo"), required=False)


class EditDress(FormPage):
    """Change colour and logo."""

    permission = "core.settings"
    form_class = DressForm
    autosave = False

    def record(self) -> Profile:
        """Return the profile."""
        return people.profile(self.scope)

    def form_options(self) -> dict[str, Any]:
        """Return what is stored."""
        profile = self.record_or_none()
        return {"initial": {"accent": profile.accent}, "version": profile.version}

    def page_context(self, form: Any) -> Mapping[str, Any]:
        """Return title and way back."""
        return {"title": _("Look of reports"), "back": self.back()}

    def back(self) -> str:
        """Return the settings."""
        return reverse("settings", kwargs={"slug": self.management_system.slug})

    def save(self, form: Any) -> str:
        """Dress."""
        given = form.cleaned_data
        file = given["logo"]
        dress_reports(
            actor=self.actor, accent=given["accent"], without_logo=given["without_logo"],
            logo=file.read(images.MOST_BYTES + 1) if file else None, expected_version=form.expected_version,
        )  # fmt: skip
        return self.back()


class Logo(MemberView):
    """The logo, for the settings page."""

    permission = "core.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        data = logo_of(people.profile(self.scope))
        if not data:
            raise NotFound
        answer = HttpResponse(data, content_type="image/png")
        answer["X-Content-Type-Options"] = "nosniff"
        return answer
