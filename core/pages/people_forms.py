"""Forms about people, invitations, tokens, settings, new management systems."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import when
from core.belongings import Belonging
from core.models import Membership, Person, Profile
from core.pages.fields import Boxes, DayField, Prose
from core.pages.forms import PageForm, PageFormMixin, RecordForm, RecordModelForm
from core.services.tokens import SCOPES

ROLE_HINTS = gettext_lazy(
    "Administrators look after people and tokens; managers run the management system; contributors do their part; "
    "approvers decide; auditors read."
)
ZONES = [(name, name) for name in when.zones() if "/" in name or name == "UTC"]


class RolesMixin(forms.Form):
    """Roles, function and dates of a membership."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=list(Membership.ROLE_NAMES.items()), widget=Boxes(), help_text=ROLE_HINTS
    )
    function = forms.CharField(
        label=gettext_lazy("Function"), max_length=120, required=False,
        help_text=gettext_lazy("Printed beside the name on approvals, for example Head of claims."),
    )  # fmt: skip
    valid_from = DayField(label=gettext_lazy("From"), required=False, help_text=gettext_lazy("Empty: at once."))
    valid_to = DayField(
        label=gettext_lazy("Until, that day included"), required=False,
        help_text=gettext_lazy("External auditors always need a last day."),
    )  # fmt: skip


def bounds(data: dict[str, Any], zone: dt.tzinfo) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return the days of a form as the moments a membership begins and ends."""
    begin, end = data.get("valid_from"), data.get("valid_to")
    return when.day_start(begin, zone) if begin else None, when.day_end(end, zone) if end else None


class InviteForm(PageFormMixin, RolesMixin):
    """Who is invited, as what."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, required=False,
        help_text=gettext_lazy("They can correct it when they join."),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False,
        choices=[("", gettext_lazy("That of the management system")), *settings.LANGUAGES],
        help_text=gettext_lazy("Of the mail, and of their pages until they choose another."),
    )  # fmt: skip
    field_order = ("email", "name", "language", "roles", "function", "valid_from", "valid_to")


class MemberForm(RecordForm, RolesMixin):
    """Roles, function and dates of a member."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, required=False, widget=Prose(rows=2))
    field_order = ("roles", "function", "valid_from", "valid_to", "reason")


class HandOverForm(PageForm):
    """Who gets what: all to one person, or each kind to somebody."""

    everything = forms.ChoiceField(label=gettext_lazy("Everything to"), required=False)

    def __init__(self, *args: Any, kinds: list[Belonging], people: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(person.pk), person.name) for person in people]
        self.kinds = [one.key for one in kinds]
        self.fields["everything"].choices = [("", _("Choose below for each kind")), *choices]  # type: ignore[attr-defined]
        each = [("", _("As above")), ("keep", _("Leave as it is")), *choices]
        for one in kinds:
            self.fields[f"to_{one.key}"] = forms.ChoiceField(
                label=f"{one.label} ({one.count})", help_text=one.words(), required=False, choices=each
            )
        self.fields["reason"] = forms.CharField(label=_("Why"), max_length=500, required=False, widget=Prose(rows=2))

    def clean(self) -> dict[str, Any]:
        """Say for each kind who gets it; kinds that are left are not named."""
        data = super().clean() or {}
        chosen = {key: data.get(f"to_{key}") or data.get("everything") for key in self.kinds}
        data["to"] = {key: uuid.UUID(pk) for key, pk in chosen.items() if pk and pk != "keep"}
        if not data["to"] and not self.errors:
            self.add_error("everything", _("Choose who gets it."))
        return data


class NameForm(PageForm):
    """A printed name."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=200,
        help_text=gettext_lazy("Printed from now on; earlier approvals and reports keep the earlier name."),
    )  # fmt: skip


class JoinForm(PageForm):
    """Name and password of somebody new."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=200, help_text=gettext_lazy("As it is printed on approvals.")
    )
    password = forms.CharField(
        label=gettext_lazy("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False, max_length=200, help_text=gettext_lazy("At least 12 characters; a few words are good."),
    )  # fmt: skip
    again = forms.CharField(
        label=gettext_lazy("Password once more"), strip=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """Judge the password by the rules of this instance."""
        data = super().clean() or {}
        password = data.get("password", "")
        if password and password != data.get("again"):
            self.add_error("again", _("The two passwords differ."))
        if password:
            try:
                password_validation.validate_password(password, Person(email=self.email, name=data.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return data


class TokenForm(PageForm):
    """What a token may do and until when."""

    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=120,
        help_text=gettext_lazy("For example Model registry, nightly."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"), choices=[(code, words) for code, words in SCOPES.items()], widget=Boxes()
    )
    as_person = forms.BooleanField(
        label=gettext_lazy("It acts as me"), required=False,
        help_text=gettext_lazy("Within the scopes, with my roles; History names me. Else it is a service of its own."),
    )  # fmt: skip
    source = forms.SlugField(
        label=gettext_lazy("Source"), max_length=60, required=False,
        help_text=gettext_lazy("Needed to sync: names the system the records come from, such as model-registry."),
    )  # fmt: skip
    expires_on = DayField(
        label=gettext_lazy("Expires at the end of"), help_text=gettext_lazy("At most 366 days ahead.")
    )


class ProfileForm(RecordModelForm):
    """How the management system describes itself."""

    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=ZONES)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("Of reports, and of pages for people who have chosen none for themselves."),
        choices=settings.LANGUAGES,
    )
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, required=False, widget=Prose(rows=2))

    class Meta(RecordModelForm.Meta):
        model = Profile
        fields = (
            "name", "organisation", "scope_statement", "next_audit_on", "time_zone", "language", "paper",
            "classification",
        )  # fmt: skip


class StartForm(PageForm):
    """A new management system."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("As it is printed on reports, for example Sample Mutual."),
    )
    slug = forms.SlugField(
        label=gettext_lazy("Address"), max_length=40,
        help_text=gettext_lazy("Short, a–z, 0–9 and hyphens. It is part of every link and cannot be changed later."),
    )  # fmt: skip
    organisation = forms.CharField(label=gettext_lazy("Organisation"), max_length=120, required=False)
    scope_statement = forms.CharField(
        label=gettext_lazy("Scope in one sentence"), max_length=600, widget=Prose(rows=2),
        help_text=gettext_lazy("What it covers: which use of AI, where, for whom (clause 4.3). Refine it later."),
    )  # fmt: skip
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=ZONES, initial="UTC")
