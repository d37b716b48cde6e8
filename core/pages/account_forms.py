"""The forms of sign-in, in our words and with our error sentences (settings.ACCOUNT_FORMS, MFA_FORMS)."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django.utils.translation import gettext_lazy as _

from core.pages.forms import PageFormMixin

CODE_HINT = _("Six digits from your authenticator app, or one of your recovery codes")


class DoorForm(PageFormMixin):
    """A form at the door: everything in it is needed, so nothing is starred."""

    marks_required = False
    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")
            field.widget.attrs.pop("placeholder", None)


class SignInForm(DoorForm, account.LoginForm):
    """Address and password."""

    labels = {"login": _("Work email"), "password": _("Password"), "remember": _("Stay signed in on this browser")}


class ResetForm(DoorForm, account.ResetPasswordForm):
    """Ask for a link; the answer is the same for any address."""

    labels = {"email": _("Work email")}


class NewPasswordForm(DoorForm, account.ResetPasswordKeyForm):
    """A new password by link."""

    labels = {"password1": _("New password"), "password2": _("New password again")}
    hints = {"password1": _("At least 12 characters; three or four unrelated words are good")}


class ChangeForm(DoorForm, account.ChangePasswordForm):
    """A new password for the signed-in."""

    labels = {"oldpassword": _("Present password"), **NewPasswordForm.labels}
    hints = NewPasswordForm.hints


class AgainForm(DoorForm, account.ReauthenticateForm):
    """The password once more, before something that matters."""

    labels = {"password": _("Password")}


class CodeForm(DoorForm, mfa.AuthenticateForm):
    """The second factor at sign-in."""

    labels = {"code": _("Code")}
    hints = {"code": CODE_HINT}


class CodeAgainForm(DoorForm, mfa.ReauthenticateForm):
    """The second factor once more."""

    labels = {"code": _("Code")}
    hints = {"code": CODE_HINT}


class ActivateForm(DoorForm, totp.ActivateTOTPForm):
    """The first code proves that the app is set up."""

    labels = {"code": _("Code shown by the app now")}
