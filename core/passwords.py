"""What a password must not be, beside Django's own rules (TRUST T06)."""

import re
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FEWEST = 6
REPEATED = re.compile(r"^(.{1,12}?)\1+.{0,3}$", re.DOTALL)
TAIL = re.compile(r"[\W\d_]+$")


class SamenessValidator:
    """Refuses short passwords in disguise: repeated words, few letters, a common word and a tail."""

    def __init__(self) -> None:
        self.common = CommonPasswordValidator().passwords

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password that only looks long."""
        plain = password.casefold()
        repeated = REPEATED.match(plain)
        if len(set(plain)) < FEWEST or repeated or TAIL.sub("", plain) in self.common:
            raise ValidationError(_("Choose words that are not repeated and not on every list."), code="too_plain")

    def get_help_text(self) -> str:
        """Said beside the field."""
        return _("Four unrelated words are easy to remember and hard to guess.")
