"""Sign-in rules: accounts come by invitation or by the command line."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import translation

from core import languages


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: an invitation is the only door."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write in the addressee's language."""
        with translation.override(languages.of_address(email)):
            super().send_mail(template_prefix, email, context)
